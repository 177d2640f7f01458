/**
 * Where a pod moves the paths of its images' profiles: by PGDATA, GF_PATHS_DATA, `--datadir` and
 * the like.
 *
 * The literal value of a variable or flag replaces the entry's path. An entry remains at the
 * profile's path, with a finding, where the pod's text does not show the value, or where the value
 * leads to a directory at which no profile may mount anything.
 */
import { lintPath } from '../catalogue/lints/index.ts';
import { mayComeFromElsewhere, readFlags, readVariables } from '../pod/container-values.ts';
import { isInjectedName } from '../mounts/names.ts';
import { entryAt, moveEntry } from './entry.ts';
import type { Movable } from './entry.ts';
import { canonicalPath, isAtOrBelow, normalisePath, parentOf } from '../mounts/paths.ts';
import type { Value } from '../pod/container-values.ts';
import type { MovedBy, WritablePath } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';

/** An entry that remains at the profile's path, though the pod may use another directory. */
export interface NotMoved<E extends WritablePath> {
  readonly entry: E;
  /** The variable or flag that may move it. */
  readonly by: string;
  /** The reason, worded to follow the name in a sentence: `is empty`. */
  readonly why: string;
  /**
   * True where the pod itself names the variable or flag: the program surely uses another
   * directory.
   */
  readonly certain: boolean;
}

/** The entries of a container at the paths where the container has them. */
export interface Placed<E extends Movable> {
  readonly entries: readonly E[];
  readonly notMoved: readonly NotMoved<E>[];
}

/** The most directories that are read from one list: more than a program has disks. */
const maxList = 16;

/** All variables and flags that move entries of a profile: one pass over a container finds them. */
export interface Movers {
  readonly env: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
}

/** The variables and flags that move any of the entries. Undefined where there are none. */
export function moversOf(entries: readonly WritablePath[]): Movers | undefined {
  const env = new Set(entries.flatMap(({ movedBy }) => movedBy?.env ?? []));
  const flags = new Set(entries.flatMap(({ movedBy }) => movedBy?.flags ?? []));
  return env.size + flags.size === 0 ? undefined : { env, flags };
}

/**
 * Places the entries where the container has them.
 *
 * `images` are the patterns of the profile: the lints know by them which directories the image
 * needs. `added` are the variables that Lithopod sets in the container.
 */
export function placeEntries<E extends Movable>(
  container: Container,
  entries: readonly E[],
  movers: Movers,
  images: readonly string[],
  added: ReadonlyMap<string, string>,
): Placed<E> {
  const variables = new Map<string, Value>(added);
  for (const [name, value] of readVariables(container, movers.env)) variables.set(name, value);
  const flags = readFlags(container, movers.flags);
  const site = siteOf(container, images);
  const placed: E[] = [];
  const notMoved: NotMoved<E>[] = [];
  for (const entry of entries) {
    const mover = entry.movedBy && moverOf(container, entry.movedBy, variables, flags);
    if (mover === undefined) {
      placed.push(entry);
      continue;
    }
    const { by, value, certain } = mover;
    const { moved, refused, stays } = placesOf(entry, by, value, site);
    if (refused !== undefined) notMoved.push({ entry, by, why: refused, certain });
    placed.push(...(stays || moved.length === 0 ? [entry, ...moved] : moved));
  }
  return { entries: withoutRepeats(placed), notMoved };
}

/** The variable or flag that moves one entry. */
interface Mover {
  readonly by: string;
  readonly value: Value;
  readonly certain: boolean;
}

function moverOf(
  container: Container,
  { env = [], flags = [] }: MovedBy,
  variables: ReadonlyMap<string, Value>,
  flagValues: ReadonlyMap<string, Value>,
): Mover | undefined {
  for (const [names, values] of [
    [flags, flagValues],
    [env, variables],
  ] as const) {
    for (const by of names) {
      const value = values.get(by);
      if (value !== undefined) return { by, value, certain: true };
    }
  }
  const by = env.find((name) => mayComeFromElsewhere(container, name));
  return by === undefined ? undefined : { by, value: null, certain: false };
}

interface Places<E extends Movable> {
  readonly moved: readonly E[];
  /** Why a value cannot be used, if one cannot. */
  readonly refused?: string | undefined;
  /** A value leads to the entry's own path or below it, so the entry remains too. */
  readonly stays: boolean;
}

function placesOf<E extends Movable>(entry: E, by: string, value: Value, site: Site): Places<E> {
  const { append, list } = entry.movedBy ?? {};
  const nowhere = (refused: string): Places<E> => ({ moved: [], refused, stays: true });
  if (value === null) return nowhere('has a value that the pod does not show');
  // Programs ignore blanks around the parts of a list.
  const parts = list === undefined ? [value] : value.split(list).map((each) => each.trim());
  const values = list === undefined ? parts : parts.filter((each) => each !== '');
  if (values.length === 0) return nowhere('is empty');
  if (values.length > maxList) return nowhere(`names more than ${maxList} directories`);
  const moved: E[] = [];
  let refused: string | undefined;
  let stays = false;
  for (const each of values) {
    if (!each.startsWith('/')) {
      refused = 'does not name an absolute path';
      continue;
    }
    const to = normalisePath(`${each}${append ?? ''}`);
    // A directory below the entry's path is writable with the entry.
    if (isAtOrBelow(canonicalPath(to), canonicalPath(entry.path))) {
      stays = true;
      continue;
    }
    const path = placeFor(entry, to, site);
    if (path === undefined) refused = 'names a directory at which no profile may mount anything';
    else moved.push(moveEntry(entry, path, { by, to, unknownContents: !isFilled(entry, path) }));
  }
  return { moved, refused, stays };
}

/** What decides at which paths a container's entries may be mounted. */
interface Site {
  readonly images: readonly string[];
  /** The file that the container surely executes: no injected volume may hide it. */
  readonly program: string | undefined;
  /** The paths that the pod's author mounts. */
  readonly mounted: ReadonlySet<string>;
}

function siteOf({ command, volumeMounts }: Container, images: readonly string[]): Site {
  const program = command?.[0];
  const mounted = new Set<string>();
  // Without injected mounts: with them a second pass could decide differently from the first.
  for (const { name, mountPath } of volumeMounts ?? []) {
    if (!isInjectedName(name)) mounted.add(canonicalPath(mountPath));
  }
  return {
    images,
    program: program?.startsWith('/') === true ? canonicalPath(program) : undefined,
    mounted,
  };
}

function placeFor(
  entry: WritablePath,
  to: string,
  { images, program, mounted }: Site,
): string | undefined {
  // The pod mounts something there itself, so nothing is injected and nothing can be hidden.
  if (mounted.has(canonicalPath(to))) return to;
  const above = entry.movedBy?.parent === true ? parentOf(to) : to;
  const isFree = (path: string): boolean =>
    (program === undefined || !isAtOrBelow(program, canonicalPath(path))) &&
    lintPath(entryAt(entry, path), images) === undefined;
  return [above, to].find(isFree);
}

/** Whether the image surely has the files to copy. An empty entry needs none. */
function isFilled({ contents, seededAt }: WritablePath, path: string): boolean {
  const at = canonicalPath(path);
  return contents === 'empty' || seededAt?.some((known) => canonicalPath(known) === at) === true;
}

/**
 * Keeps one entry for each directory, since two would be two mounts at one path. An entry that is
 * not moved wins, since its profile knows what the image has there; else the first one.
 */
function withoutRepeats<E extends Movable>(entries: readonly E[]): readonly E[] {
  const places = entries.map(({ path }) => canonicalPath(path));
  const taken = new Set(places.filter((_, index) => entries[index]?.moved === undefined));
  return entries.filter(({ moved }, index) => {
    const at = places[index] ?? '';
    return moved === undefined || (!taken.has(at) && taken.add(at));
  });
}
