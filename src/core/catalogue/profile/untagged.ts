/**
 * What a profile says for an image that is named by its digest alone, where the tag would decide.
 *
 * Any of the variants may be the image. So it gets the paths of all of them, as far as an emptyDir
 * there hides nothing in any of them; nothing that takes something away unless all say so; and no
 * user on whom they do not agree.
 */
import { equalValues } from '../../pod/equal.ts';
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { mergeVariant } from './merge.ts';
import type { ImageUser, ResolvedProfile, Variant, WritablePath } from './profile.ts';

/** What a variant states. `unknown`: it has no user whom a profile could name. */
export interface Statements extends Omit<Variant, 'match' | 'user'> {
  readonly user?: ImageUser | 'unknown';
}

/** Statements that may hold for an image. */
export interface Possible {
  readonly statements: Statements;
  /** They hold whatever the tag is. */
  readonly certain: boolean;
}

/** The union of what may hold, in the order of the statements. */
export function unionOf(base: ResolvedProfile, possible: readonly Possible[]): ResolvedProfile {
  let sure = base;
  for (const { statements, certain } of possible) {
    const { user: _user, ...rest } = statements;
    if (certain) sure = mergeVariant(sure, rest);
  }
  const unsure = possible.flatMap(({ statements, certain }) => (certain ? [] : [statements]));
  const { user, contradicted } = agreedUser(base.user, possible);
  const { added, left } = unitedEntries(sure, unsure);
  const data = new Set(
    unsure.flatMap((statements) => (statements.data ?? []).map(({ path }) => path)),
  );
  const isReported = unsure.some(
    (each) => each.writable ?? each.data ?? each.user ?? each.lowPorts !== undefined,
  );
  const { user: _user, ...rest } = sure;
  return {
    ...rest,
    ...(user === undefined ? {} : { user }),
    writable: [...sure.writable, ...added],
    lowPorts: sure.lowPorts || unsure.some(({ lowPorts }) => lowPorts === true),
    maskable: unsure.reduce(
      (names, { maskable }) =>
        maskable === undefined ? names : names.filter((name) => maskable.includes(name)),
      sure.maskable,
    ),
    ...(isReported && {
      undecided: {
        user: contradicted,
        readOnly: left,
        data: [...data].filter((path) => added.some((entry) => entry.path === path)),
      },
    }),
  };
}

/** The user that holds whichever of the uncertain statements do. */
function agreedUser(
  own: ImageUser | undefined,
  possible: readonly Possible[],
): { readonly user: ImageUser | undefined; readonly contradicted: boolean } {
  let user = own;
  let contradicted = false;
  for (const { statements, certain } of possible) {
    const named = statements.user;
    if (named === undefined) continue;
    if (named !== 'unknown' && (certain || equalValues(named, user))) {
      if (certain) [user, contradicted] = [named, false];
    } else {
      contradicted ||= user !== undefined || named !== 'unknown';
      user = undefined;
    }
  }
  return { user, contradicted };
}

interface United {
  readonly added: readonly WritablePath[];
  /** Paths for which there is no entry. */
  readonly left: readonly string[];
}

/**
 * The uncertain entries that hide nothing. Those that only some variants have at one directory, or
 * one inside another, are left out where one of the two holds files; of two empty ones the inner is
 * taken. Where it should be kept, nobody knows: no entry is data.
 */
function unitedEntries(sure: ResolvedProfile, unsure: readonly Statements[]): United {
  const certain = [...sure.writable, ...sure.data].map(({ path }) => canonicalPath(path));
  const byPlace = new Map<string, WritablePath>();
  const seeded = new Set<string>();
  for (const { writable = [], data = [] } of unsure) {
    for (const entry of [...writable, ...data]) {
      const place = canonicalPath(entry.path);
      if (certain.some((path) => isAtOrBelow(place, path))) continue;
      if (entry.contents === 'seeded') seeded.add(place);
      if (!byPlace.has(place)) byPlace.set(place, entry);
    }
  }
  const added: WritablePath[] = [];
  const left: string[] = [];
  const inside = [...certain, ...byPlace.keys()];
  for (const [place, entry] of byPlace) {
    const hides =
      inside.some((path) => path !== place && isAtOrBelow(path, place)) ||
      [...seeded].some((path) => isAtOrBelow(place, path));
    if (hides) left.push(entry.path);
    else added.push(entry);
  }
  return { added, left };
}
