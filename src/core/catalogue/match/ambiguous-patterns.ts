/** Patterns of one source between which nothing decides: an error when the catalogue is built. */
import { formatPlace } from '../../values/result.ts';
import type { Place, Problem } from '../../values/result.ts';
import { groupBy } from '../../values/group-by.ts';
import { repositoriesOverlap } from '../../images/pattern.ts';
import type { SourcedPattern } from './precedence.ts';

/**
 * A problem for each two patterns of different profiles in one source that are equally specific and
 * are both for some image: the same text, or wildcards with the same literal start, such as
 * `quay.io/a/*-x` and `quay.io/a/*`.
 */
export function findTies(patterns: readonly SourcedPattern[]): readonly Problem[] {
  return tiedPairs(patterns).map(([first, second]) => tie(first, second));
}

/** Those pairs, the first given first. */
export function tiedPairs(
  patterns: readonly SourcedPattern[],
): readonly (readonly [SourcedPattern, SourcedPattern])[] {
  return [...groupBy(patterns, groupKey).values()].flatMap((group) =>
    candidates(group).filter(
      ([first, second]) => second.profile !== first.profile && overlap(first, second),
    ),
  );
}

/**
 * The pairs of a group of which the literal end of one ends that of the other: no others have an
 * image in common. They are looked up and not compared with each other, since a large catalogue may
 * have thousands like `*-name`.
 */
function candidates(
  group: readonly SourcedPattern[],
): readonly (readonly [SourcedPattern, SourcedPattern])[] {
  const numbered = group.map((entry, order) => ({
    entry,
    order,
    suffix: literalSuffix(entry.pattern.repository),
  }));
  const bySuffix = groupBy(numbered, ({ suffix }) => suffix);
  const lengths = [...new Set([...bySuffix.keys()].map((suffix) => suffix.length))];
  return numbered.flatMap((later) =>
    lengths
      .filter((length) => length <= later.suffix.length)
      .flatMap((length) => bySuffix.get(later.suffix.slice(later.suffix.length - length)) ?? [])
      .filter(({ suffix, order }) => suffix !== later.suffix || order < later.order)
      .map((other) => {
        const [first, second] = other.order < later.order ? [other, later] : [later, other];
        return [first.entry, second.entry] as const;
      }),
  );
}

/** Only patterns that are equal in all of these can tie. */
function groupKey({ pattern, source }: SourcedPattern): string {
  const qualifier = pattern.digest ?? (pattern.tag === undefined ? '' : `:${pattern.tag.text}`);
  return [source, pattern.literalPrefix, pattern.wildcard ? '*' : '', qualifier].join('\0');
}

function overlap({ pattern: a }: SourcedPattern, { pattern: b }: SourcedPattern): boolean {
  return a.repository === b.repository || repositoriesOverlap(a.repository, b.repository);
}

/** What comes after the last `*`. */
export function literalSuffix(repository: string): string {
  return repository.slice(repository.lastIndexOf('*') + 1);
}

function tie(first: SourcedPattern, second: SourcedPattern): Problem {
  const [a, b] = [first, second].map(
    ({ pattern, profile }) => `"${pattern.text}" of profile ${profile.name}`,
  );
  return {
    ...second.at,
    message: `${b ?? ''} and ${a ?? ''}${inBrackets(first.at)} are equally specific and both for some image.`,
  };
}

/** ` (shop.yaml:5:7)`, or nothing where no place is known. */
export function inBrackets(place: Place): string {
  const text = formatPlace(place);
  return text === '' ? '' : ` (${text})`;
}
