/** Collects what was written, each path once. */
import { isAtOrBelow, normalisePath } from '../../core/mounts/paths.ts';
import { maxPaths } from './reading.ts';
import type {
  Change,
  DirectoryFacts,
  PathType,
  WrittenPath,
} from '../../core/learn/observation.ts';

/** Collects the paths of one container. */
export interface WrittenPaths {
  /** Adds a path, absolute in any form, in the order in which things were done. */
  readonly add: (path: string, change: Change, type?: PathType) => void;
  /** What is known of a path so far. */
  readonly get: (path: string) => WrittenPath | undefined;
  /** Whether there were more than `maxPaths`. */
  readonly isFull: () => boolean;
  /** In the order in which they came. */
  readonly list: () => readonly WrittenPath[];
}

/** File systems of the kernel, which every container has and may write to. */
const kernelPaths = ['/dev', '/proc', '/sys'];

/** Whether a normalised path is on the container's root, as far as its name tells. */
export function isOnRoot(path: string): boolean {
  return path !== '/' && !kernelPaths.some((kernel) => isAtOrBelow(path, kernel));
}

/** An empty collection. Paths below /dev, /proc and /sys are left out. */
export function collectPaths(): WrittenPaths {
  const byPath = new Map<string, WrittenPath>();
  let dropped = false;
  return {
    add(path, change, type = 'unknown') {
      const normal = normalisePath(path);
      if (!isOnRoot(normal)) return;
      const before = byPath.get(normal);
      if (before === undefined && byPath.size >= maxPaths) dropped = true;
      else byPath.set(normal, merged(before, { path: normal, change, type }));
    },
    get: (path) => byPath.get(normalisePath(path)),
    isFull: () => dropped,
    list: () => [...byPath.values()],
  };
}

function merged(before: WrittenPath | undefined, next: WrittenPath): WrittenPath {
  if (before === undefined || before.change === 'refused') return next;
  const change = changeOf(before.change, next.change);
  const isOther = before.type === 'unknown' || before.change === 'deleted';
  return {
    path: next.path,
    change,
    type: isOther && next.type !== 'unknown' ? next.type : before.type,
  };
}

/** What the path is since the container began, by what was done first and what after it. */
function changeOf(before: Change, next: Change): Change {
  if (next === 'refused') return before;
  switch (before) {
    // What goes away again was made all the same.
    case 'created':
    case 'unknown':
      return before;
    case 'changed':
      return next === 'deleted' ? 'deleted' : 'changed';
    case 'deleted':
      return next === 'deleted' ? 'deleted' : 'changed';
    case 'refused':
      return next;
  }
}

/** A directory in which names were made or removed, of which nothing else is known. */
export function touchedDirectory(path: string): DirectoryFacts {
  return { path, inImage: undefined, imageEntries: undefined, touched: true };
}
