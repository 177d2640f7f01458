/**
 * Finds the winning pattern for an image by look-ups in maps.
 *
 * A wildcard is kept below its literal start, and there below its literal end: a name has at most
 * as many starts and ends as it has characters, however many patterns there are.
 */
import type { ImageReference } from '../../images/image-reference.ts';
import { groupBy } from '../../values/group-by.ts';
import { patternMatches } from '../../images/pattern.ts';
import type { SourcedPattern } from './precedence.ts';
import { literalSuffix } from './ambiguous-patterns.ts';

export interface PatternIndex {
  /** The first of the ordered patterns that is for the image. */
  find(reference: ImageReference): SourcedPattern | undefined;
  /**
   * The patterns with a tag that are written for this very repository, or for the same wildcard.
   * Ordered.
   */
  tagsOf(repository: string): readonly SourcedPattern[];
  /** The patterns with a tag that are for the repository, whatever the tag. Ordered. */
  tagsFor(repository: string): readonly SourcedPattern[];
}

interface Ranked extends SourcedPattern {
  readonly rank: number;
}

/** Patterns of one qualifier by repository. Lists keep the order. */
interface RepositoryIndex {
  readonly exact: Map<string, Ranked[]>;
  readonly wildcards: Buckets<Buckets<Ranked[]>>;
}

/** Values by a start or an end of names, and the lengths that occur, longest first. */
interface Buckets<T> {
  readonly byText: Map<string, T>;
  readonly lengths: readonly number[];
}

/** Makes the index of patterns that are already in the order of `comparePatterns`. */
export function buildIndex(ordered: readonly SourcedPattern[]): PatternIndex {
  const ranked = ordered.map((entry, rank) => ({ ...entry, rank }));
  const digests = groupBy(
    ranked.filter(({ pattern }) => pattern.digest !== undefined),
    ({ pattern }) => pattern.digest,
  );
  const byDigest = new Map([...digests].map(([digest, list]) => [digest, indexRepositories(list)]));
  const tagged = ranked.filter(({ pattern }) => pattern.tag !== undefined);
  const exactTags = new Map<string, Ranked>();
  for (const entry of tagged.filter(isExactTag)) {
    if (!exactTags.has(entry.pattern.text)) exactTags.set(entry.pattern.text, entry);
  }
  const otherTags = indexRepositories(tagged.filter((entry) => !isExactTag(entry)));
  const byText = groupBy(tagged, ({ pattern }) => pattern.repository);
  const { wildcards } = indexRepositories(tagged);
  const untagged = indexRepositories(
    ranked.filter(({ pattern }) => pattern.tag === undefined && pattern.digest === undefined),
  );
  return {
    find: (reference) =>
      search(byDigest.get(reference.digest), reference) ??
      exactTags.get(`${reference.repository}:${reference.tag ?? ''}`) ??
      search(otherTags, reference) ??
      search(untagged, reference),
    tagsOf: (repository) => byText.get(repository) ?? [],
    tagsFor: (repository) =>
      [...(byText.get(repository) ?? []), ...wildcardsFor(wildcards, repository)].sort(
        (a, b) => a.rank - b.rank,
      ),
  };
}

function wildcardsFor({ byText, lengths }: RepositoryIndex['wildcards'], name: string): Ranked[] {
  return startsOf(lengths, name).flatMap((start) => {
    const ends = byText.get(start);
    return (ends?.lengths ?? [])
      .filter((length) => length <= name.length)
      .flatMap((length) => ends?.byText.get(name.slice(name.length - length)) ?? [])
      .filter(({ pattern }) => pattern.matchesRepository(name));
  });
}

function startsOf(lengths: readonly number[], name: string): readonly string[] {
  return lengths.filter((length) => length <= name.length).map((length) => name.slice(0, length));
}

function isExactTag({ pattern }: Ranked): boolean {
  return !pattern.wildcard && pattern.tag?.kind === 'exact';
}

function indexRepositories(entries: readonly Ranked[]): RepositoryIndex {
  const [wild, exact] = [true, false].map((wildcard) =>
    entries.filter(({ pattern }) => pattern.wildcard === wildcard),
  );
  return {
    exact: groupBy(exact ?? [], ({ pattern }) => pattern.repository),
    wildcards: bucket(
      wild ?? [],
      ({ pattern }) => pattern.literalPrefix,
      (list) =>
        bucket(
          list,
          ({ pattern }) => literalSuffix(pattern.repository),
          (inner) => inner,
        ),
    ),
  };
}

function bucket<T>(
  entries: readonly Ranked[],
  key: (entry: Ranked) => string,
  value: (list: Ranked[]) => T,
): Buckets<T> {
  const byText = new Map([...groupBy(entries, key)].map(([text, list]) => [text, value(list)]));
  const lengths = [...new Set([...byText.keys()].map((text) => text.length))];
  return { byText, lengths: lengths.sort((a, b) => b - a) };
}

function search(index: RepositoryIndex | undefined, reference: ImageReference): Ranked | undefined {
  if (index === undefined) return undefined;
  const name = reference.repository;
  const exact = index.exact.get(name)?.find(({ pattern }) => patternMatches(pattern, reference));
  if (exact !== undefined) return exact;
  const { byText, lengths } = index.wildcards;
  for (const length of lengths) {
    const bySuffix = length > name.length ? undefined : byText.get(name.slice(0, length));
    const found = bySuffix === undefined ? undefined : searchSuffixes(bySuffix, reference);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Among patterns with one literal start the order decides, whatever their ends are. */
function searchSuffixes(
  { byText, lengths }: Buckets<Ranked[]>,
  reference: ImageReference,
): Ranked | undefined {
  const name = reference.repository;
  let best: Ranked | undefined;
  for (const length of lengths) {
    const list = length > name.length ? undefined : byText.get(name.slice(name.length - length));
    const found = list?.find(({ pattern }) => patternMatches(pattern, reference));
    if (found !== undefined && (best === undefined || found.rank < best.rank)) best = found;
  }
  return best;
}
