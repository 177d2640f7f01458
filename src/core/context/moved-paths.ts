/**
 * Where a pod moves the paths of its images' profiles: PGDATA, GF_PATHS_DATA, `--datadir` and their
 * like.
 *
 * The literal value of a variable or flag takes the place of the entry's path. An entry whose path
 * cannot be told from the pod's text, or that would go where no profile may mount anything, stays
 * where it was, and that is told.
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

/** An entry that stays where it was, though the pod may have it elsewhere. */
export interface NotMoved<E extends WritablePath> {
  readonly entry: E;
  readonly by: string;
  /** Follows the name: `comes from elsewhere`. */
  readonly why: string;
  /**
   * Whether the pod itself names the variable or flag, so that its program will surely use another
   * directory.
   */
  readonly certain: boolean;
}

export interface Placed<E extends Movable> {
  readonly entries: readonly E[];
  readonly notMoved: readonly NotMoved<E>[];
}

/** More directories in one list than any program has disks. */
const maxList = 16;

/** The names that move entries of a profile: looked for at once, in one pass over the container. */
export interface Movers {
  readonly env: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
}

/** Undefined where nothing moves any of the entries. */
export function moversOf(entries: readonly WritablePath[]): Movers | undefined {
  const env = new Set(entries.flatMap(({ movedBy }) => movedBy?.env ?? []));
  const flags = new Set(entries.flatMap(({ movedBy }) => movedBy?.flags ?? []));
  return env.size + flags.size === 0 ? undefined : { env, flags };
}

/**
 * The entries where the container has them. `images` are the patterns of the profile, by which the
 * lints know what the image keeps where; `added` are the variables that Lithopod sets in the
 * container.
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
  /** Why a value cannot be used. */
  readonly refused?: string | undefined;
  /** A value leads to the entry's own place. */
  readonly stays: boolean;
}

function placesOf<E extends Movable>(entry: E, by: string, value: Value, site: Site): Places<E> {
  const { append, list } = entry.movedBy ?? {};
  const nowhere = (refused: string): Places<E> => ({ moved: [], refused, stays: true });
  if (value === null) return nowhere('has a value that the pod does not show');
  // Programs pass over blanks around the parts of a list.
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
    // What the pod moves to a place below the entry is writable with it.
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

/** What decides where a container's entries may go. */
interface Site {
  readonly images: readonly string[];
  /** The file that the container surely executes, which no volume of ours may hide. */
  readonly program: string | undefined;
  /** The places of its author's mounts. */
  readonly mounted: ReadonlySet<string>;
}

function siteOf({ command, volumeMounts }: Container, images: readonly string[]): Site {
  const program = command?.[0];
  const mounted = new Set<string>();
  // By those of an earlier pass of ours the second would know more than the first.
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
  // Nothing of ours comes to where the pod mounts something itself.
  if (mounted.has(canonicalPath(to))) return to;
  const above = entry.movedBy?.parent === true ? parentOf(to) : to;
  const isFree = (path: string): boolean =>
    (program === undefined || !isAtOrBelow(program, canonicalPath(path))) &&
    lintPath(entryAt(entry, path), images) === undefined;
  return [above, to].find(isFree);
}

/** Whether what is copied there is surely in the image; nothing is copied to an empty one. */
function isFilled({ contents, seededAt }: WritablePath, path: string): boolean {
  const at = canonicalPath(path);
  return contents === 'empty' || seededAt?.some((known) => canonicalPath(known) === at) === true;
}

/**
 * Two entries of one directory would be two mounts at one place. One that stays where the profile
 * has it holds, since that says what the image keeps there; of the others the first.
 */
function withoutRepeats<E extends Movable>(entries: readonly E[]): readonly E[] {
  const places = entries.map(({ path }) => canonicalPath(path));
  const taken = new Set(places.filter((_, index) => entries[index]?.moved === undefined));
  return entries.filter(({ moved }, index) => {
    const at = places[index] ?? '';
    return moved === undefined || (!taken.has(at) && taken.add(at));
  });
}
