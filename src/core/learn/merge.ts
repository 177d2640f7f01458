/** What several observations of one image know together, by canonical path. */
import { ancestorsOf, canonicalPath, isAtOrBelow, lineage } from '../mounts/paths.ts';
import { isNoise, runtimeParents } from './noise.ts';
import type { Change, DirectoryFacts, Observation, User, WrittenPath } from './observation.ts';

/** A path that one or more of them found written. */
export interface SeenPath extends WrittenPath {
  /** Which observations, by index. */
  readonly in: ReadonlySet<number>;
}

/** Everything that is known, without what the runtime made and what is on other file systems. */
export interface Knowledge {
  readonly observations: readonly Observation[];
  readonly written: ReadonlyMap<string, SeenPath>;
  readonly directories: ReadonlyMap<string, DirectoryFacts>;
  /** In which observations names were made or removed in the directory, by the image's program. */
  readonly touched: ReadonlyMap<string, ReadonlySet<number>>;
  readonly volumes: readonly string[];
  /** Directories with a written path below them. */
  readonly above: ReadonlySet<string>;
  readonly users: readonly User[];
}

/** A look is exact about what others guess; `unknown` gives way to anything. */
const strength: Readonly<Record<Change, number>> = {
  unknown: 0,
  refused: 1,
  deleted: 2,
  created: 3,
  changed: 4,
};

/** Merges what was observed. A path is compared with the links /var/run and /var/lock resolved. */
export function merge(observations: readonly Observation[]): Knowledge {
  const written = new Map<string, SeenPath>();
  const directories = new Map<string, DirectoryFacts>();
  const touched = new Map<string, Set<number>>();
  const volumes = new Set<string>();
  observations.forEach((observation, index) => {
    for (const path of observation.volumes) volumes.add(canonicalPath(path));
    const mounts = observation.mounts.map(({ path }) => canonicalPath(path));
    const mounted = new Set(mounts.filter((path) => path !== '/'));
    const isElsewhere = (path: string): boolean => isOnMount(path, mounted);
    const isMountPoint = (path: string): boolean =>
      mounts.some((mount) => mount !== path && isAtOrBelow(mount, path));
    for (const item of observation.written) {
      const path = canonicalPath(item.path);
      if (isNoise(path) || isElsewhere(path)) continue;
      // Made by the runtime on the way to a mount point.
      if (item.type === 'directory' && item.change !== 'changed' && isMountPoint(path)) continue;
      addPath(written, { ...item, path }, index);
    }
    const parents = runtimeParents(mounts);
    for (const facts of observation.directories) {
      const path = canonicalPath(facts.path);
      directories.set(path, join(directories.get(path), { ...facts, path }));
      if (facts.touched !== true || parents.has(path) || isNoise(path) || isElsewhere(path))
        continue;
      touched.set(path, (touched.get(path) ?? new Set()).add(index));
    }
  });
  return {
    observations,
    written,
    directories,
    touched,
    volumes: [...volumes].sort(),
    above: ancestorsOf(written.keys()),
    users: usersOf(observations),
  };
}

/** Whether the path is at or below one of the mounts. */
function isOnMount(path: string, mounts: ReadonlySet<string>): boolean {
  for (const at of lineage(path)) if (mounts.has(at)) return true;
  return false;
}

function addPath(written: Map<string, SeenPath>, item: WrittenPath, index: number): void {
  const known = written.get(item.path);
  if (known === undefined) {
    written.set(item.path, { ...item, in: new Set([index]) });
    return;
  }
  const stronger = strength[item.change] > strength[known.change] ? item : known;
  const type = known.type === 'unknown' ? item.type : known.type;
  written.set(item.path, { ...stronger, type, in: new Set([...known.in, index]) });
}

/** Of two observations the one that found more of the image in it. */
function join(known: DirectoryFacts | undefined, facts: DirectoryFacts): DirectoryFacts {
  if (known === undefined) return facts;
  const imageFiles = larger(known.imageFiles, facts.imageFiles);
  return {
    ...known,
    inImage: known.inImage ?? facts.inImage,
    imageEntries: larger(known.imageEntries, facts.imageEntries),
    ...(imageFiles !== undefined && { imageFiles }),
  };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

/** Each once; those of first processes before those of others. */
function usersOf(observations: readonly Observation[]): readonly User[] {
  const first = observations.flatMap(({ users }) => users.slice(0, 1));
  const others = observations.flatMap(({ users }) => users.slice(1));
  const known = new Map<string, User>();
  for (const user of [...first, ...others]) {
    const key = `${user.uid}:${user.gid}`;
    if (!known.has(key)) known.set(key, user);
  }
  return [...known.values()];
}
