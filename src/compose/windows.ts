/** Services whose containers run on Windows, which has neither a read-only root nor tmpfs. */
import type { Service } from './service.ts';

const windowsImage =
  /(?:^|\/)(?:mcr\.microsoft\.com\/(?:windows|dotnet\/framework)|microsoft\/(?:windowsservercore|nanoserver|iis|aspnet|mssql-server-windows))|windowsservercore|nanoserver/i;

/** Whether a service's platform, isolation, image or mounts say that it runs on Windows. */
export function isWindows({ platform, isolation, image, mounts }: Service): boolean {
  if (platform !== undefined) return platform.startsWith('windows');
  if (isolation === 'hyperv' || isolation === 'process') return true;
  if (image !== undefined && windowsImage.test(image.slice(0, 512))) return true;
  return mounts.some(({ target }) => /^\/(?:[A-Za-z]:|\\)/.test(target));
}
