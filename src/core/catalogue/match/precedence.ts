/**
 * Which of two patterns that are for one image wins: a total order, so that no result depends on
 * the order of files.
 *
 *   1. a digest, then a tag, then neither
 *   2. a repository in full, then the wildcard with the longer literal start
 *   3. among tags: an exact one, then a glob (the one with more literal characters first), then a
 *      range
 *   4. a cluster object, then a file of `--profiles`, then the built-in catalogue
 *   5. by text: reached by tag patterns only, such as two ranges; anything else is a tie, which is
 *      refused (`ambiguous-patterns.ts`)
 */
import { profileSources } from '../profile/profile.ts';
import type { Profile, ProfileSource } from '../profile/profile.ts';
import type { ImagePattern } from '../../images/pattern.ts';
import { compareText } from '../../values/text.ts';
import type { Place } from '../../values/result.ts';

/** A pattern, and whose it is. */
export interface SourcedPattern {
  readonly pattern: ImagePattern;
  readonly profile: Profile;
  readonly source: ProfileSource;
  readonly at: Place;
}

const tagKinds = ['exact', 'glob', 'range'];

/** Below 0 where `a` wins. */
export function comparePatterns(a: SourcedPattern, b: SourcedPattern): number {
  return (
    qualifierRank(a.pattern) - qualifierRank(b.pattern) ||
    Number(a.pattern.wildcard) - Number(b.pattern.wildcard) ||
    b.pattern.literalPrefix.length - a.pattern.literalPrefix.length ||
    compareTags(a.pattern, b.pattern) ||
    sourceRank(a.source) - sourceRank(b.source) ||
    compareText(a.pattern.text, b.pattern.text)
  );
}

/** 0 for the source that wins over all others. */
export function sourceRank(source: ProfileSource): number {
  return profileSources.indexOf(source);
}

function qualifierRank({ digest, tag }: ImagePattern): number {
  if (digest !== undefined) return 0;
  return tag === undefined ? 2 : 1;
}

function compareTags({ tag: a }: ImagePattern, { tag: b }: ImagePattern): number {
  if (a === undefined || b === undefined) return 0;
  return tagKinds.indexOf(a.kind) - tagKinds.indexOf(b.kind) || b.literalLength - a.literalLength;
}
