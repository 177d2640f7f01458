/** Patterns of one source between which nothing decides: an error when the catalogue is built. */
import type { Problem } from '../result.ts';
import { groupBy } from './group-by.ts';
import { repositoriesOverlap } from './pattern.ts';
import type { SourcedPattern } from './precedence.ts';

/**
 * A problem for each two patterns of different profiles in one source that are equally specific and are both for some
 * image: the same text, or wildcards with the same literal start, such as `quay.io/a/*-x` and `quay.io/a/*`.
 */
export function findTies(patterns: readonly SourcedPattern[]): readonly Problem[] {
  const groups = groupBy(patterns, groupKey);
  return [...groups.values()].flatMap((group) =>
    group.flatMap((first, index) =>
      group
        .slice(index + 1)
        .filter((second) => second.compiled !== first.compiled && overlap(first, second))
        .map((second) => tie(first, second)),
    ),
  );
}

/** Only patterns that are equal in all of these can tie. */
function groupKey({ pattern, source }: SourcedPattern): string {
  const qualifier = pattern.digest ?? (pattern.tag === undefined ? '' : `:${pattern.tag.text}`);
  return [source, pattern.literalPrefix, pattern.wildcard ? '*' : '', qualifier].join('\0');
}

function overlap({ pattern: a }: SourcedPattern, { pattern: b }: SourcedPattern): boolean {
  if (a.repository === b.repository) return true;
  const [left, right] = [literalSuffix(a.repository), literalSuffix(b.repository)];
  // Most pairs differ in their ends: a look at those spares the full comparison.
  if (!left.endsWith(right) && !right.endsWith(left)) return false;
  return repositoriesOverlap(a.repository, b.repository);
}

/** What comes after the last `*`. */
export function literalSuffix(repository: string): string {
  return repository.slice(repository.lastIndexOf('*') + 1);
}

function tie(first: SourcedPattern, second: SourcedPattern): Problem {
  const [a, b] = [first, second].map(
    ({ pattern, compiled }) => `"${pattern.text}" of profile ${compiled.profile.name}`,
  );
  return {
    ...(second.file === undefined ? {} : { file: second.file }),
    message: `${b ?? ''} and ${a ?? ''}${where(first)} are equally specific and both for some image.`,
  };
}

function where({ file }: SourcedPattern): string {
  return file === undefined ? '' : ` (${file})`;
}
