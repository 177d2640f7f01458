/** Looks at the container whose log it is. */
import { VolumeIndex, placementOf } from '../mounts/volume-index.ts';
import { isMask } from '../context/injected.ts';
import { isInjectedName } from '../mounts/names.ts';
import { canonicalBinary } from '../mounts/paths.ts';
import type { Placement } from '../mounts/volume-index.ts';
import type { VolumeMount } from '../pod/pod.ts';
import type { CrashSite } from './diagnosis.ts';

/** What is at the path; nothing where no container is known. */
export function placementAt(path: string, { container, pod }: CrashSite): Placement {
  if (container === undefined || pod === undefined) {
    return { kind: 'free', mountPath: path, nested: false };
  }
  return placementOf(container, path, new VolumeIndex(pod, []));
}

/** Whether Lithopod made the mount, by its name. */
export function hardenedPart({ name }: Pick<VolumeMount, 'name'>): boolean {
  return isInjectedName(name);
}

export function volumeOf({ name }: VolumeMount): string {
  return `"${name}"`;
}

/** Whether a mask is where the binary was. */
export function isMasked(path: string, { container }: CrashSite): boolean {
  const wanted = canonicalBinary(path);
  return (container?.volumeMounts ?? []).some(
    (mount) => isMask(mount) && canonicalBinary(mount.mountPath) === wanted,
  );
}

/** The absolute path of one that is relative to a working directory which the pod names. */
export function absolutePath(relative: string, { container }: CrashSite): string | undefined {
  const directory = container?.workingDir;
  return directory?.startsWith('/') === true ? `${directory}/${relative}` : undefined;
}
