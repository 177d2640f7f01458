/** What a volume at a directory must hold when the container starts. */
import { isAtOrBelow } from '../mounts/paths.ts';
import { likelyContents } from '../diagnose/directory.ts';
import type { Knowledge, SeenPath } from './merge.ts';

/** Each program has a directory of its own in these: to mount one hides those of the others. */
const sharedDirectories: ReadonlySet<string> = new Set([
  ...['/home', '/mnt', '/root', '/run', '/run/lock', '/srv'],
  ...['/var/cache', '/var/lib', '/var/log', '/var/spool'],
]);

/** Programs make what they need in these while they run, and nothing of the image counts. */
const alwaysEmpty: ReadonlySet<string> = new Set(['/tmp', '/var/tmp', '/dev/shm']);

const scratchTrees = ['/run', '/tmp', '/var/cache', '/var/log', '/var/spool', '/var/tmp'];

/** Whether several programs share the directory, each with one of its own in it. */
export function isShared(path: string): boolean {
  return sharedDirectories.has(path);
}

/** Whether the directory is of those in which programs keep what nobody misses. */
export function isScratch(path: string): boolean {
  return scratchTrees.some((tree) => isAtOrBelow(path, tree));
}

/**
 * `seeded` where the image has something that would be missed: its own entries, as far as they are
 * known, and what may have been the image's before it was written over. `children`: what was
 * written directly in it.
 */
export function contentsOf(
  path: string,
  children: readonly SeenPath[],
  { directories, written }: Knowledge,
): 'empty' | 'seeded' {
  if (alwaysEmpty.has(path)) return 'empty';
  const facts = directories.get(path);
  if (facts?.inImage === false || written.get(path)?.change === 'created') return 'empty';
  // A directory of the image in which the program works must be there.
  if (children.some(({ type, change }) => type === 'directory' && change === 'changed'))
    return 'seeded';
  if (isScratch(path) && isShared(path)) return 'empty';
  if (children.some(({ type, change }) => type !== 'directory' && change === 'changed'))
    return 'seeded';
  const { imageEntries, imageFiles = imageEntries } = facts ?? {};
  if (isScratch(path) && imageFiles !== undefined) return imageFiles > 0 ? 'seeded' : 'empty';
  if (imageEntries !== undefined && imageEntries > 0) return 'seeded';
  if (children.length > 0 && children.every(({ change }) => change === 'created'))
    return imageEntries === 0 ? 'empty' : likelyContents(path, undefined);
  // What was replaced cannot be distinguished from what was made. A file of configuration among
  // many others was made with them.
  const files = children.filter(({ type }) => type !== 'directory');
  const isSeeded = (file: SeenPath): boolean =>
    likelyContents(path, file.path.slice(path.length + 1)) === 'seeded';
  return files.length > 0 && files.every(isSeeded) ? 'seeded' : likelyOf(path, imageEntries);
}

/** With nothing of the image left in it there is nothing that a copy would keep. */
function likelyOf(path: string, imageEntries: number | undefined): 'empty' | 'seeded' {
  return imageEntries === 0 ? 'empty' : likelyContents(path, undefined);
}
