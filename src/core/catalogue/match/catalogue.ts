/**
 * The catalogue: which profile an image has.
 *
 * The most specific pattern wins (`precedence.ts` has the order). Patterns are found through maps,
 * on the digest, on the repository and on the literal start and end of a wildcard, so that a
 * look-up costs the same in a catalogue of ten profiles and of ten thousand.
 */
import { InjectedNames } from '../../mounts/names.ts';
import { orderMirrors, parseReference, rewriteMirror } from '../../images/image-reference.ts';
import type { ImageReference, Mirror } from '../../images/image-reference.ts';
import { publicMirrors } from '../../images/public-mirrors.ts';
import { failure, success } from '../../values/result.ts';
import type { Place, Problem, Result } from '../../values/result.ts';
import { groupBy } from '../../values/group-by.ts';
import { extendProfiles } from './extends.ts';
import type { CatalogueEntry } from './extends.ts';
import { findTies, inBrackets } from './ambiguous-patterns.ts';
import { buildIndex } from './pattern-index.ts';
import type { PatternIndex } from './pattern-index.ts';
import { parsePattern, readPattern } from '../../images/pattern.ts';
import type { ImagePattern } from '../../images/pattern.ts';
import { comparePatterns, sourceRank } from './precedence.ts';
import type { SourcedPattern } from './precedence.ts';
import type { Profile, ProfileSource } from '../profile/profile.ts';
import { coverageOf, makeFamilies } from './tags-apart.ts';
import type { Coverage } from './tags-apart.ts';
import { compileProfile } from '../profile/variant.ts';
import type { CompiledProfile } from '../profile/variant.ts';

/** The profile of images that no pattern matches. */
export const defaultProfileName = 'default';

export type { CatalogueEntry } from './extends.ts';

export interface CatalogueOptions {
  readonly mirrors?: readonly Mirror[];
}

export interface Match {
  /** `default`: no pattern is for the image, or it cannot be read. */
  readonly matched: 'pattern' | 'default';
  readonly profile: Profile;
  /** The same profile, as `resolveVariant` takes it. */
  readonly compiled: CompiledProfile;
  readonly source: ProfileSource;
  /**
   * The image, normalised, with its mirror's prefix rewritten; that of a public mirror only where
   * no pattern is for its own name. Absent where the text is no reference.
   */
  readonly reference?: ImageReference;
  /** The text of the pattern that won. */
  readonly pattern?: string;
  /**
   * Profiles that are for other tags of the image's repository, where no pattern is for the image.
   */
  readonly coverage?: readonly Coverage[];
}

export interface Catalogue {
  /** The profile for what a container's `image` says. Never throws. */
  readonly match: (image: string | null | undefined) => Match;
  /** How many profiles there are. */
  readonly size: number;
  /** As they were given. */
  readonly profiles: readonly CatalogueEntry[];
  /** Of what is injected for its paths. */
  readonly names: InjectedNames;
}

/**
 * How many images' matches are remembered. A cluster runs a few hundred images, and asks for each
 * again and again.
 */
const maxRemembered = 1024;

/**
 * Builds the catalogue. Refused, all at once: two profiles of one name in one source, two equally
 * specific patterns of one source that are for one image, a profile that extends none, mirrors that
 * contradict each other, and a catalogue without the profile `default`. Between sources, cluster
 * beats directory beats builtin at equal specificity; a name alone replaces nothing.
 */
export function buildCatalogue(
  given: readonly CatalogueEntry[],
  options: CatalogueOptions = {},
): Result<Catalogue> {
  const { entries, problems: unextended } = extendProfiles(given);
  const mirrors = orderMirrors(options.mirrors ?? []);
  const { patterns, problems: unread } = sourcedPatterns(entries);
  const fallback = strongestDefault(entries);
  const built = new Set(entries.filter((entry) => entry.built).map(({ profile }) => profile));
  const problems = [
    ...(mirrors.ok ? [] : mirrors.problems),
    ...unread,
    ...unextended,
    ...duplicateNames(entries),
    ...findTies(patterns.filter(({ profile }) => !built.has(profile))),
    ...(fallback === undefined ? [{ message: 'No profile is named "default".' }] : []),
  ];
  if (problems.length > 0 || !mirrors.ok || fallback === undefined) return failure(...problems);
  const index = buildIndex(patterns.sort(comparePatterns));
  return success(makeCatalogue(entries, index, fallback, mirrors.value));
}

/** The patterns of all entries, and what cannot be read. */
export function sourcedPatterns(entries: readonly CatalogueEntry[]): {
  readonly patterns: SourcedPattern[];
  readonly problems: readonly Problem[];
} {
  const patterns: SourcedPattern[] = [];
  const problems: Problem[] = [];
  for (const entry of entries) {
    const { profile, source, file, place } = entry;
    for (const [index, pattern] of patternsOf(entry).entries()) {
      const at = { ...(file !== undefined && { file }), ...place?.images[index] };
      if (pattern.ok) patterns.push({ pattern: pattern.value, profile, source, at });
      else problems.push(...pattern.problems.map((problem) => ({ ...at, ...problem })));
    }
  }
  return { patterns, problems };
}

const patternsMemo = new WeakMap<Profile, readonly Result<ImagePattern>[]>();

/** Once for each profile: where one of a thousand changed, the others are as they were. */
function patternsOf({ profile, built }: CatalogueEntry): readonly Result<ImagePattern>[] {
  let patterns = patternsMemo.get(profile);
  if (patterns === undefined) {
    patterns = profile.images.map((text) =>
      built === true ? success(readPattern(text)) : parsePattern(text),
    );
    patternsMemo.set(profile, patterns);
  }
  return patterns;
}

function duplicateNames(entries: readonly CatalogueEntry[]): readonly Problem[] {
  const bySourceAndName = groupBy(entries, ({ source, profile }) => `${source}/${profile.name}`);
  return [...bySourceAndName.values()].flatMap(([first, ...others]) =>
    others.map((entry) => ({
      ...nameAt(entry),
      message: `There is another profile named ${entry.profile.name}${first === undefined ? '' : inBrackets(nameAt(first))}.`,
    })),
  );
}

function nameAt({ file, place }: CatalogueEntry): Place {
  return { ...(file !== undefined && { file }), ...place?.name };
}

/** What every look-up answers where no pattern is for the image. */
function strongestDefault(entries: readonly CatalogueEntry[]): Match | undefined {
  const [strongest] = entries
    .filter(({ profile }) => profile.name === defaultProfileName)
    .sort((a, b) => sourceRank(a.source) - sourceRank(b.source));
  if (strongest === undefined) return undefined;
  const { profile, source } = strongest;
  return { matched: 'default', profile, compiled: compileProfile(profile), source };
}

function makeCatalogue(
  profiles: readonly CatalogueEntry[],
  index: PatternIndex,
  fallback: Match,
  mirrors: readonly Mirror[],
): Catalogue {
  // A memo keeps the answer a function of the question: it is bounded, since pods' authors choose
  // the keys.
  const remembered = new Map<string, Match>();
  const find = makeFinder(index, fallback);
  return {
    size: profiles.length,
    profiles,
    names: new InjectedNames(),
    match(image) {
      const text = image ?? '';
      const known = remembered.get(text);
      if (known !== undefined) return known;
      const parsed = parseReference(text);
      if (!parsed.ok) return fallback;
      const found = find(asPublished(rewriteMirror(parsed.value, mirrors), index));
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(text, found);
      return found;
    },
  };
}

/** Whoever writes a pattern for the name of a public mirror means it. */
function asPublished(reference: ImageReference, index: PatternIndex): ImageReference {
  const published = rewriteMirror(reference, publicMirrors);
  return published === reference || index.find(reference) !== undefined ? reference : published;
}

function makeFinder(index: PatternIndex, fallback: Match): (reference: ImageReference) => Match {
  const families = makeFamilies(index);
  return (reference) => {
    const found = index.find(reference);
    const bare = reference.tag === undefined && found?.pattern.digest === undefined;
    const { profile, compiled, source } = found === undefined ? fallback : matchOf(found);
    const coverage = found === undefined ? coverageOf(index.tagsFor(reference.repository)) : [];
    return {
      matched: found === undefined ? 'default' : 'pattern',
      profile,
      compiled: bare ? families(reference.repository, compiled, found) : compiled,
      source,
      reference,
      ...(found !== undefined && { pattern: found.pattern.text }),
      ...(coverage.length > 0 && { coverage }),
    };
  };
}

function matchOf({
  profile,
  source,
}: SourcedPattern): Pick<Match, 'profile' | 'compiled' | 'source'> {
  return { profile, compiled: compileProfile(profile), source };
}
