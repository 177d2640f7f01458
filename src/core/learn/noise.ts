/** What is in every container and says nothing of its image: files and mounts of the runtime. */
import { ancestorsOf, canonicalPath, isAtOrBelow } from '../mounts/paths.ts';

/** The kernel's, and where the kubelet and container runtimes keep what they mount. */
const trees = ['/dev', '/proc', '/sys', '/run/secrets', '/run/.containerenv'];

/** Made or mounted by Docker, containerd, CRI-O or podman before the image's program starts. */
const files: ReadonlySet<string> = new Set([
  '/.dockerenv',
  '/.dockerinit',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/mtab',
  '/etc/resolv.conf',
  '/run/.containerenv',
]);

/** Whether a canonical path is one of the runtime's. */
export function isNoise(path: string): boolean {
  return path === '/' || files.has(path) || trees.some((tree) => isAtOrBelow(path, tree));
}

/**
 * The directories in which the runtime itself makes names: mount points that the image lacks, and
 * its own files. That names were made in one of these shows nothing.
 */
export function runtimeParents(mounts: readonly string[]): ReadonlySet<string> {
  // A mount point may be made with all that is above it.
  return new Set(['/', '/etc', '/run', ...ancestorsOf(mounts.map(canonicalPath))]);
}
