/**
 * No path is, or hides, a directory that every program needs: an empty directory there takes away
 * the loader, the shell, the name service or the devices, and a copy would make all of it writable.
 *
 * Directories that belong to the kernel or the kubelet are refused with all that is below them.
 * /dev/shm is the exception: the one place below /dev that is meant for files. /home, /root, /srv,
 * /mnt and /run hold nothing that most images need.
 */
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';

/** These themselves; their subdirectories are the business of the image. */
export const neededDirectories: ReadonlySet<string> = new Set([
  ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/usr', '/var'],
  ...[
    'bin',
    'include',
    'lib',
    'lib32',
    'lib64',
    'libexec',
    'libx32',
    'local',
    'sbin',
    'share',
    'src',
  ].map((name) => `/usr/${name}`),
  ...['bin', 'etc', 'include', 'lib', 'lib64', 'libexec', 'sbin', 'share'].map(
    (name) => `/usr/local/${name}`,
  ),
  '/var/lib',
]);

/**
 * These and all that is below: the kernel's, the boot loader's, and where the kubelet mounts the
 * pod's credentials.
 */
export const systemTrees = ['/boot', '/dev', '/proc', '/sys', '/run/secrets/kubernetes.io'];
export const sharedMemory = '/dev/shm';

/**
 * Where an emptyDir, which is a directory, can only fail; the kubelet mounts some of these itself.
 */
export const systemFiles: ReadonlySet<string> = new Set(
  [
    'group',
    'hostname',
    'hosts',
    'nsswitch.conf',
    'os-release',
    'passwd',
    'resolv.conf',
    'shadow',
  ].map((name) => `/etc/${name}`),
);

export const systemDirectory = makePathLint({
  id: 'system-directory',
  title: 'No path is or hides a system directory',
  refuse: ({ path }) =>
    path.startsWith('/') ? systemDirectoryProblem(canonicalPath(path)) : undefined,
});

/** `path` is canonical. Why it is refused, or undefined where it is none of the system's. */
export function systemDirectoryProblem(path: string): string | undefined {
  if (neededDirectories.has(path))
    return 'is a system directory: name the directory below it that is written.';
  if (systemFiles.has(path)) return 'is a file, and a mounted volume is a directory.';
  const tree = systemTrees.find((candidate) => isAtOrBelow(path, candidate));
  if (tree === undefined || path === sharedMemory) return undefined;
  return `is in ${tree}, which belongs to the system.`;
}
