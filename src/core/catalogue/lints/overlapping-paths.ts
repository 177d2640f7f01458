/**
 * No two entries that can hold for one container are the same directory or lie one below the other:
 * the outer volume would hide what the inner one is mounted on, and a copy of the outer one would
 * hold the inner one's files twice.
 *
 * A variant's entry may replace one of the profile or of an earlier variant. Variants are taken to
 * apply together unless their tags exclude each other, or one is for root and the other is not.
 */
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { parseTagPattern, tagPatternsOverlap } from '../../images/tag-pattern.ts';
import type { Lint, LintProblem, ProfileOutline, OutlineEntry, OutlineVariant } from './lint.ts';

interface Owned {
  readonly entry: OutlineEntry;
  /** Absent for the profile's own entries, which always hold. */
  readonly variant?: OutlineVariant;
  readonly directory: string;
}

export const overlappingPaths: Lint = {
  id: 'overlapping-paths',
  title: 'No two entries are one directory, and none contains another',
  check(outline) {
    const owned = ownedEntries(outline);
    return owned.flatMap((later, index) =>
      owned.slice(0, index).flatMap((earlier): LintProblem[] => {
        const message = overlapProblem(earlier, later);
        return message === undefined ? [] : [{ at: later.entry.at, message }];
      }),
    );
  },
};

function ownedEntries(outline: ProfileOutline): readonly Owned[] {
  const own = outline.entries.map((entry) => ({ entry }));
  const varied = outline.variants.flatMap((variant) =>
    variant.entries.map((entry) => ({ entry, variant })),
  );
  return [...own, ...varied]
    .filter(({ entry }) => entry.path.startsWith('/') && canonicalPath(entry.path) !== '/')
    .map((item) => ({ ...item, directory: canonicalPath(item.entry.path) }));
}

function overlapProblem(earlier: Owned, later: Owned): string | undefined {
  const [a, b] = [earlier.directory, later.directory];
  if (a === b) {
    if (earlier.variant !== later.variant) return undefined;
    return `is the same directory as ${earlier.entry.list} ${earlier.entry.path}.`;
  }
  if (!isAtOrBelow(a, b) && !isAtOrBelow(b, a)) return undefined;
  if (exclude(earlier.variant, later.variant)) return undefined;
  const relation = isAtOrBelow(b, a) ? 'lies below' : 'contains';
  return `${relation} ${earlier.entry.list} ${earlier.entry.path}.`;
}

/** Whether no tag, or no user, satisfies both variants. */
function exclude(a: OutlineVariant | undefined, b: OutlineVariant | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return false;
  if (a.user !== undefined && b.user !== undefined && a.user !== b.user) return true;
  const [left, right] = [a, b].map(({ tags }) => tags?.map(parseTagPattern));
  if (left === undefined || right === undefined) return false;
  return left.every((x) =>
    right.every((y) => x.ok && y.ok && !tagPatternsOverlap(x.value, y.value)),
  );
}
