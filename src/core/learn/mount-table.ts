/**
 * The mounts that a process sees: /proc/PID/mountinfo (proc_pid_mountinfo(5)), as
 * observe/mounts.go reads it.
 */
import type { MountFacts } from './observation.ts';

/** A container has some dozens. */
const maxMounts = 4096;

/** What containerd, Docker and podman mount for a VOLUME of the image: a directory of theirs. */
const imageVolume = /\/containers\/[0-9a-f]{64}\/volumes\/[^/]+$|\/volumes\/[0-9a-f]{64}\/_data$/;

/** What a kubelet mounts for a volume of the pod. */
const podVolume =
  /\/pods\/[^/]+\/(?:volumes|volume-subpaths)\/|^\/(?:volumes|volume-subpaths)\/kubernetes\.io~/;

/** A later mount at the same path hides the earlier one. Lines of another form are passed over. */
export function mountTable(text: string): readonly MountFacts[] {
  const mounts = new Map<string, MountFacts>();
  for (const line of text.split('\n')) {
    const [before = '', after] = line.split(' - ', 2);
    const [, , , source = '', at = '', options = ''] = before.split(' ');
    const [fileSystem = '', , superOptions = ''] = (after ?? '').split(' ');
    if (after === undefined || !at.startsWith('/')) continue;
    const path = unescape(at);
    if (mounts.size >= maxMounts && !mounts.has(path)) continue;
    const from = originOf(unescape(source));
    mounts.set(path, {
      ...{ path, fileSystem, readOnly: isReadOnly(options) || isReadOnly(superOptions) },
      ...(from !== undefined && { from }),
    });
  }
  return [...mounts.values()];
}

function originOf(source: string): MountFacts['from'] {
  if (imageVolume.test(source)) return 'image';
  return podVolume.test(source) ? 'pod' : undefined;
}

function isReadOnly(options: string): boolean {
  return options.split(',').includes('ro');
}

/** Spaces, tabs, line breaks and backslashes are written in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}
