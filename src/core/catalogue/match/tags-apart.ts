/**
 * Profiles that are for certain tags of a repository, seen from an image that has another tag or
 * none.
 *
 * An image without a tag may be any of those that are written for the repository of its own
 * profile. A wildcard that happens to be for it too says nothing of its family:
 * `docker.io/**:*debug*` is for half of a registry.
 */
import { shownList } from '../../values/text.ts';
import { groupBy } from '../../values/group-by.ts';
import { sourceRank } from './precedence.ts';
import type { PatternIndex } from './pattern-index.ts';
import type { SourcedPattern } from './precedence.ts';
import { compileProfile, withSiblings } from '../profile/variant.ts';
import type { CompiledProfile } from '../profile/variant.ts';

/** A profile that is for the image's repository, and not for its tag. */
export interface Coverage {
  readonly profile: string;
  /** As the profile writes them: tags, globs and ranges. */
  readonly tags: readonly string[];
}

/** The profiles of the patterns with the tags that each is for. */
export function coverageOf(patterns: readonly SourcedPattern[]): readonly Coverage[] {
  const byProfile = groupBy(patterns, ({ profile }) => profile.name);
  return [...byProfile].map(([profile, own]) => ({
    profile,
    tags: [...new Set(own.flatMap(({ pattern }) => pattern.tag?.text ?? []))],
  }));
}

/** `mail-relay is for the tags >=2.0 <3`. */
export function coverageText(coverage: readonly Coverage[]): string {
  const each = coverage.map(
    ({ profile, tags }) =>
      `${profile} is for the ${tags.length === 1 ? 'tag' : 'tags'} ${shownList(tags)}`,
  );
  return shownList(each);
}

/**
 * Answers with the profile for images without a tag, which may be those of any profile that is for
 * tags of the repository. One that is written for the same repository is not contradicted by a
 * weaker source: who writes it knows which image they run. `found` is the pattern that won, if any.
 */
export function makeFamilies(
  index: PatternIndex,
): (repository: string, compiled: CompiledProfile, found?: SourcedPattern) => CompiledProfile {
  // By repository as patterns write it, so there are no more than patterns, whatever is asked for.
  const families = new Map<string, CompiledProfile>();
  return (repository, compiled, found) => {
    const own = index.tagsOf(repository);
    const written = own.length > 0 ? repository : (found?.pattern.repository ?? repository);
    const known = families.get(written);
    if (known !== undefined) return known;
    const weakest = written === found?.pattern.repository ? sourceRank(found.source) : Infinity;
    const siblings = index
      .tagsOf(written)
      .filter(
        ({ profile, source }) => profile !== compiled.profile && sourceRank(source) <= weakest,
      )
      .map(({ profile }) => compileProfile(profile));
    if (siblings.length === 0) return compiled;
    const family = withSiblings(compiled, [...new Set(siblings)]);
    families.set(written, family);
    return family;
  };
}
