/**
 * Profiles that continue others: `extends: postgres` has all that postgres says, and what it says
 * itself wins.
 *
 * The other profile is looked for in the same source and then in the weaker ones, so that one in
 * `--profiles` can have the name of the built-in one that it continues. What comes of it must pass
 * every lint, like a profile that says it all.
 */
import type { Problem } from '../../values/result.ts';
import { groupBy } from '../../values/group-by.ts';
import { lints } from '../lints/index.ts';
import { pathText } from '../lints/lint.ts';
import { outlineOf } from '../lints/read-outline.ts';
import { mergeEntries, mergeVariables } from '../profile/merge.ts';
import { sourceRank } from './precedence.ts';
import type { ProfilePlace } from '../parse/parse.ts';
import type { Profile, ProfileSource } from '../profile/profile.ts';
import { maxVariants } from '../profile/variant.ts';

export interface CatalogueEntry {
  readonly profile: Profile;
  readonly source: ProfileSource;
  /** Named in problems. */
  readonly file?: string;
  /** Where in the file, for problems too. */
  readonly place?: ProfilePlace;
  /**
   * A catalogue was built of this and all others of its source: nothing of them is looked into once
   * more.
   */
  readonly built?: true;
}

/** More steps than any family of images has. */
const maxDepth = 8;

/**
 * The entries with every profile whole. A problem for each that continues one which does not exist,
 * itself, or a chain of more than eight; and for each whose whole is refused by a lint or has too
 * many variants.
 */
export function extendProfiles(entries: readonly CatalogueEntry[]): {
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly Problem[];
} {
  if (entries.every(({ profile }) => profile.extends === undefined)) {
    return { entries, problems: [] };
  }
  const byName = groupBy(entries, ({ profile }) => profile.name);
  for (const list of byName.values()) {
    list.sort((a, b) => sourceRank(a.source) - sourceRank(b.source));
  }
  const problems: Problem[] = [];
  const extended = entries.map((entry) => {
    if (entry.profile.extends === undefined) return entry;
    const whole = wholeOf(entry, byName, []);
    const wrong = typeof whole === 'string' ? [whole] : problemsOf(whole);
    if (typeof whole !== 'string' && wrong.length === 0) return { ...entry, profile: whole };
    const place = { ...(entry.file !== undefined && { file: entry.file }), ...entry.place?.name };
    problems.push(...wrong.map((message) => ({ ...place, message })));
    return entry;
  });
  return { entries: extended, problems };
}

/** The profile with all that it continues, or what is wrong with the chain. */
function wholeOf(
  entry: CatalogueEntry,
  byName: ReadonlyMap<string, readonly CatalogueEntry[]>,
  above: readonly CatalogueEntry[],
): Profile | string {
  const { profile, source } = entry;
  if (profile.extends === undefined) return profile;
  const wanted = profile.extends.profile;
  const rank = sourceRank(source);
  const base = byName
    .get(wanted)
    ?.find((other) => other !== entry && sourceRank(other.source) >= rank);
  if (base === undefined) return `${profile.name} extends ${wanted}, and there is no such profile.`;
  const chain = [...above, entry];
  if (chain.includes(base)) return `${profile.name} extends ${wanted}, which extends it in turn.`;
  if (chain.length > maxDepth) return `${profile.name} extends more than ${maxDepth} profiles.`;
  const whole = wholeOf(base, byName, chain);
  return typeof whole === 'string' ? whole : extend(whole, profile);
}

function extend(base: Profile, own: Profile): Profile {
  const { extends: extension, ...said } = own;
  const stated = new Set(extension?.stated);
  const user = stated.has('user') ? own.user : base.user;
  const readOnlyRoot = stated.has('readOnlyRoot') ? own.readOnlyRoot : base.readOnlyRoot;
  return {
    ...said,
    writable: mergeEntries(base.writable, own.writable, own.data),
    data: mergeEntries(base.data, own.data, own.writable),
    environment: mergeVariables(base.environment, own.environment),
    lowPorts: (stated.has('lowPorts') ? own : base).lowPorts,
    fileCapabilities: (stated.has('fileCapabilities') ? own : base).fileCapabilities,
    maskable: (stated.has('maskable') ? own : base).maskable,
    cp: (stated.has('cp') ? own : base).cp,
    ownDirectories: (stated.has('ownDirectories') ? own : base).ownDirectories,
    volumes: (stated.has('volumes') ? own : base).volumes,
    when: [...base.when, ...own.when],
    ...(user !== undefined && { user }),
    ...(readOnlyRoot !== undefined && { readOnlyRoot }),
  };
}

function problemsOf(profile: Profile): readonly string[] {
  const { name } = profile;
  if (profile.when.length > maxVariants) {
    return [`${name} has more than ${maxVariants} variants with those that it extends.`];
  }
  const outline = outlineOf({ metadata: { name }, spec: profile });
  const linted = lints.flatMap((lint) => lint.check(outline));
  return linted.map(
    ({ at, message }) => `${name}, with what it extends: ${pathText(at)} ${message}`,
  );
}
