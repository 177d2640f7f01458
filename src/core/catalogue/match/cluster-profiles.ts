/**
 * The ImageProfiles of a cluster, beside the profiles that a program has from elsewhere.
 *
 * Anybody whom RBAC lets may write one at any time, so no object is a reason to refuse the others:
 * one that has a problem counts for nothing, and its condition says why. The outcome depends on the
 * objects alone, not on the order in which they came: every replica comes to the same.
 */
import { formatProblem } from '../../values/result.ts';
import type { Result } from '../../values/result.ts';
import { compareText, shown, shownList } from '../../values/text.ts';
import type { Mirror } from '../../images/image-reference.ts';
import { parseProfileObject } from '../parse/parse.ts';
import type { Profile } from '../profile/profile.ts';
import { tiedPairs } from './ambiguous-patterns.ts';
import { buildCatalogue, defaultProfileName, sourcedPatterns } from './catalogue.ts';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';
import { extendProfiles } from './extends.ts';

/** An object as the API server stores it. Of one that changed there is another. */
export interface ClusterObject {
  readonly metadata: {
    readonly name: string;
    /** RFC 3339 in UTC, so that texts compare as times do. */
    readonly creationTimestamp: string;
  };
}

/** What the object's condition `Ready` says. */
export interface Verdict {
  readonly ready: boolean;
  readonly reason: VerdictReason;
  /** Sentences for people. */
  readonly message: string;
}

export type VerdictReason =
  | 'InUse'
  /** In use, where without it another source's profile would be. */
  | 'InPlaceOfAnother'
  /** The schema or a lint refuses it. */
  | 'Invalid'
  /** What it extends is not there, or the whole of both is refused. */
  | 'CannotExtend'
  /** An older object is for the same images, and nothing decides between them. */
  | 'OlderProfileHolds';

export interface ClusterMerge {
  readonly catalogue: Catalogue;
  /** One for each object, by its name. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** A message is for people; all problems of a hostile object would be too long for one. */
const maxProblems = 8;
const maxMessage = 2000;

/**
 * The catalogue of the objects that count, and of the profiles of weaker sources. `others` are
 * those of a catalogue that could be built. Refused only where the others are.
 */
export function mergeClusterProfiles(
  others: readonly CatalogueEntry[],
  objects: readonly ClusterObject[],
  options: { readonly mirrors?: readonly Mirror[] } = {},
): Result<ClusterMerge> {
  const verdicts = new Map<string, Verdict>();
  const sound = [...objects].sort(byAge).flatMap((object) => {
    const parsed = parseOnce(object);
    if (parsed.ok) return [entryOf(parsed.value)];
    verdicts.set(object.metadata.name, unready('Invalid', parsed.problems.map(formatProblem)));
    return [];
  });
  const counting = settle(sound, others, verdicts);
  const built = buildCatalogue([...others, ...counting], options);
  if (!built.ok) return built;
  const shadowed = shadowedBy(counting, others);
  for (const { profile } of counting) {
    verdicts.set(profile.name, readyVerdict(shadowed.get(profile.name) ?? []));
  }
  return { ok: true, value: { catalogue: built.value, verdicts } };
}

/** The older first, and of one second the first by name: the same on every replica. */
function byAge({ metadata: a }: ClusterObject, { metadata: b }: ClusterObject): number {
  return compareText(a.creationTimestamp, b.creationTimestamp) || compareText(a.name, b.name);
}

const parsedMemo = new WeakMap<ClusterObject, Result<Profile>>();

/**
 * Reads an object ahead of the merge, so that whoever has others to serve can do so in between:
 * each takes about a millisecond. Gives whether it had not been read before.
 */
export function readClusterObject(object: ClusterObject): boolean {
  const isNew = !parsedMemo.has(object);
  parseOnce(object);
  return isNew;
}

/** At a change all objects but one are as they were. */
function parseOnce(object: ClusterObject): Result<Profile> {
  let parsed = parsedMemo.get(object);
  if (parsed === undefined) {
    parsed = parseProfileObject(object, '');
    parsedMemo.set(object, parsed);
  }
  return parsed;
}

function entryOf(profile: Profile): CatalogueEntry {
  return { profile, source: 'cluster', file: objectName(profile.name) };
}

function objectName(name: string): string {
  return `imageprofile/${name}`;
}

/**
 * Those of the sound entries, the older first, that count: none ties with an older one, and each
 * has what it extends. One that extends a profile which does not count may so lose its base; it is
 * then out for good, and what tied with it is looked at again.
 */
function settle(
  sound: readonly CatalogueEntry[],
  others: readonly CatalogueEntry[],
  verdicts: Map<string, Verdict>,
): readonly CatalogueEntry[] {
  let left = dropUnextended(sound, others, verdicts);
  for (;;) {
    const ties = tieVerdicts(left);
    const winners = left.filter(({ profile }) => !ties.has(profile.name));
    const counting = dropUnextended(winners, others, verdicts);
    if (counting.length === winners.length) {
      for (const [name, verdict] of ties) verdicts.set(name, verdict);
      return counting;
    }
    left = left.filter((entry) => counting.includes(entry) || ties.has(entry.profile.name));
  }
}

/** Without the entries that cannot be extended, and those that lose their base by it. */
function dropUnextended(
  entries: readonly CatalogueEntry[],
  others: readonly CatalogueEntry[],
  verdicts: Map<string, Verdict>,
): readonly CatalogueEntry[] {
  let left = entries;
  for (;;) {
    const messages = new Map<string, string[]>();
    for (const { file = '', message } of extendProfiles([...others, ...left]).problems) {
      messages.set(file, [...(messages.get(file) ?? []), message]);
    }
    const kept = left.filter(({ profile }) => {
      const own = messages.get(objectName(profile.name));
      if (own !== undefined) verdicts.set(profile.name, unready('CannotExtend', own));
      return own === undefined;
    });
    if (kept.length === left.length) return kept;
    left = kept;
  }
}

/** Of the entries, the older first, those that tie with an older one that holds. */
function tieVerdicts(entries: readonly CatalogueEntry[]): ReadonlyMap<string, Verdict> {
  const { patterns } = sourcedPatterns(entries);
  const order = new Map(entries.map(({ profile }, index) => [profile.name, index]));
  const pairs = tiedPairs(patterns)
    .map(([first, second]) => ({
      older: first.profile.name,
      younger: second.profile.name,
      pattern: second.pattern.text,
    }))
    .sort((a, b) => (order.get(a.younger) ?? 0) - (order.get(b.younger) ?? 0));
  const out = new Map<string, Verdict>();
  for (const { older, younger, pattern } of pairs) {
    // Whether the older one holds is settled: pairs come in the order of the younger.
    if (out.has(older) || out.has(younger)) continue;
    const message = `"${pattern}" is as specific as a pattern of the older ${objectName(older)}, which holds.`;
    out.set(younger, unready('OlderProfileHolds', [message]));
  }
  return out;
}

/** By name, what each entry is used in place of. */
function shadowedBy(
  counting: readonly CatalogueEntry[],
  others: readonly CatalogueEntry[],
): ReadonlyMap<string, readonly string[]> {
  const names = new Map(others.map((entry) => [entry.profile, shownSource(entry)]));
  const all = [...others, ...counting].map((entry) => ({ ...entry, source: 'cluster' as const }));
  const shadowed = new Map<string, Set<string>>();
  const add = (name: string, other: string): void => {
    const known = shadowed.get(name);
    if (known === undefined) shadowed.set(name, new Set([other]));
    else known.add(other);
  };
  // Those of one source do not tie, so of each pair the first is of the others.
  for (const [first, second] of tiedPairs(sourcedPatterns(all).patterns)) {
    const other = names.get(first.profile);
    if (other !== undefined && !names.has(second.profile)) {
      add(second.profile.name, other);
    }
  }
  for (const entry of others) {
    if (entry.profile.name === defaultProfileName) add(defaultProfileName, shownSource(entry));
  }
  return new Map([...shadowed].map(([name, texts]) => [name, [...texts]]));
}

function shownSource({ profile, source }: CatalogueEntry): string {
  return source === 'builtin'
    ? `the built-in profile ${profile.name}`
    : `the profile ${profile.name} of --profiles`;
}

function readyVerdict(shadowed: readonly string[]): Verdict {
  const message = 'New pods with its images are hardened by it.';
  if (shadowed.length === 0) return { ready: true, reason: 'InUse', message };
  const instead = `It is used in place of ${shownList(shadowed)}, for the patterns that both have.`;
  return {
    ready: true,
    reason: 'InPlaceOfAnother',
    message: shown(`${message} ${instead}`, maxMessage),
  };
}

function unready(reason: VerdictReason, problems: readonly string[]): Verdict {
  const first = problems.slice(0, maxProblems);
  const more = problems.length - first.length;
  const rest = more > 0 ? [`There are ${more} more problems.`] : [];
  const message = ['It counts for nothing:', ...first, ...rest].join(' ');
  return { ready: false, reason, message: shown(message, maxMessage) };
}
