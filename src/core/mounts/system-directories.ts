/**
 * Directories of an image with the files that it executes and trusts: the one table of the rule
 * `termination-message`, of its policy, and of the finding on mounts by the pod's author.
 */
import { isAtOrBelow, normalisePath } from './paths.ts';

/** At or below these a container may have no termination message file. */
export const systemDirectories: readonly string[] = [
  '/bin',
  '/boot',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/proc',
  '/root',
  '/sbin',
  '/sys',
  '/usr',
];

/** Whether the path of a container, of any form, is in a system directory or is one. */
export function isInSystemDirectory(path: string): boolean {
  const normal = normalisePath(path);
  return systemDirectories.some((directory) => isAtOrBelow(normal, directory));
}

const executed = new Set([
  ...['/', '/bin', '/sbin', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/usr'],
  ...[
    '/usr/bin',
    '/usr/sbin',
    '/usr/lib',
    '/usr/lib32',
    '/usr/lib64',
    '/usr/libx32',
    '/usr/libexec',
  ],
  ...['/usr/local', '/usr/local/bin', '/usr/local/sbin', '/usr/local/lib'],
]);

/**
 * Whether a mount at the path, which must be normalised, hides what the image executes or trusts.
 * A mount further below, at the directory of one program, does not.
 */
export function hidesSystemDirectory(path: string): boolean {
  return executed.has(path);
}
