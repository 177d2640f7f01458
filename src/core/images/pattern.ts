/**
 * Image patterns: which images a profile is for.
 *
 *   docker.io/library/nginx                  this repository, whatever the tag
 *   docker.io/library/nginx:*-alpine         its tags that the glob matches
 *   docker.io/library/nginx:>=1.25 <2        its tags whose numbers are in the range
 *   docker.io/library/nginx@sha256:…         this one image
 *   registry.corp/team-a/*                   one segment below registry.corp/team-a
 *   registry.corp/**                         every repository of the registry
 *
 * `*` matches any run of characters within a segment, `**` for any run of whole segments.
 * Between two segments that run may be empty; at the start and at the end it holds at least one.
 * Names are written in full: a short name would hide which registry is meant.
 */
import { failure, success } from '../values/result.ts';
import type { Result } from '../values/result.ts';
import {
  looksLikeRegistry,
  parseReference,
  digestProblem,
  registryProblem,
  segmentProblem,
} from './image-reference.ts';
import type { ImageReference } from './image-reference.ts';
import { compileGlob, globsOverlap, sequenceMatches, sequencesOverlap } from './glob.ts';
import { readTagPattern, tagPatternProblem } from './tag-pattern.ts';
import type { TagPattern } from './tag-pattern.ts';

export interface ImagePattern {
  readonly text: string;
  /** The part for the repository: `docker.io/library/*`. */
  readonly repository: string;
  /** What comes before the first `*`: all of it where there is none. */
  readonly literalPrefix: string;
  readonly wildcard: boolean;
  readonly tag?: TagPattern;
  readonly digest?: string;
  /** Whether the pattern is for a repository of this name; tag and digest are not looked at. */
  readonly matchesRepository: (repository: string) => boolean;
}

const maxPatternLength = 512;
const anySegments = '**';

/** Reads a pattern. Each refusal says what to write instead, where that is known. */
export function parsePattern(text: string): Result<ImagePattern> {
  if (text.length > maxPatternLength) {
    return failure({ message: `The image pattern is longer than ${maxPatternLength} characters.` });
  }
  const { repository, tagText, digest } = splitPattern(text);
  const message =
    repositoryProblem(repository, text) ??
    qualifierProblem(tagText, digest) ??
    (tagText === undefined ? undefined : tagPatternProblem(tagText));
  return message === undefined ? success(readPattern(text)) : failure({ message });
}

/** A pattern that `parsePattern` has taken before. */
export function readPattern(text: string): ImagePattern {
  const { repository, tagText, digest } = splitPattern(text);
  const star = repository.indexOf('*');
  return {
    text,
    repository,
    literalPrefix: star < 0 ? repository : repository.slice(0, star),
    wildcard: star >= 0,
    matchesRepository: star < 0 ? (name) => name === repository : wildcardMatcher(repository),
    ...(tagText === undefined ? {} : { tag: readTagPattern(tagText) }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Whether the pattern is for this image. `docker.io/library/nginx:latest` is for `nginx` too, whose
 * tag is implied.
 */
export function patternMatches(pattern: ImagePattern, reference: ImageReference): boolean {
  if (pattern.digest !== undefined && pattern.digest !== reference.digest) return false;
  if (pattern.tag !== undefined) {
    if (reference.tag === undefined || !pattern.tag.matches(reference.tag)) return false;
  }
  return pattern.matchesRepository(reference.repository);
}

/** Whether some repository is matched by both patterns, given as text without tag and digest. */
export function repositoriesOverlap(a: string, b: string): boolean {
  return sequencesOverlap(wholeSegments(a), wholeSegments(b), anySegments, globsOverlap);
}

/** The segments, where each `**` may match nothing: `q.io/a/**` is not for q.io/a itself. */
function wholeSegments(repository: string): readonly string[] {
  const segments = repository.split('/');
  return [
    ...(segments[0] === anySegments ? ['*'] : []),
    ...segments,
    ...(segments[segments.length - 1] === anySegments ? ['*'] : []),
  ];
}

function wildcardMatcher(pattern: string): (repository: string) => boolean {
  const segments = wholeSegments(pattern);
  const matchers = segments.map(compileGlob);
  return (repository) =>
    sequenceMatches(segments, repository.split('/'), anySegments, (index, segment) => {
      const matcher = matchers[index];
      return matcher !== undefined && segments[index] !== anySegments && matcher(segment);
    });
}

/** A colon before the first slash belongs to a port; a range holds neither a slash nor a colon. */
function splitPattern(text: string): { repository: string; tagText?: string; digest?: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.indexOf('/') + 1);
  return {
    repository: colon < 0 ? named : named.slice(0, colon),
    ...(colon < 0 ? {} : { tagText: named.slice(colon + 1) }),
    ...(at < 0 ? {} : { digest: text.slice(at + 1) }),
  };
}

function qualifierProblem(tag: string | undefined, digest: string | undefined): string | undefined {
  if (digest === undefined) return undefined;
  if (tag !== undefined) return 'A digest says already which image is meant: leave the tag out.';
  return digestProblem(digest);
}

function repositoryProblem(repository: string, text: string): string | undefined {
  if (text === '') return 'The image pattern is empty.';
  const [registry = '', ...path] = repository.split('/');
  const wild = registry.includes('*');
  if (path.length === 0 || (!wild && !looksLikeRegistry(registry))) return missingRegistry(text);
  if (registry === 'index.docker.io')
    return 'Write docker.io: runtimes turn index.docker.io into it.';
  if (registry === 'docker.io' && path.length === 1 && path[0] !== anySegments) {
    return missingRegistry(text, text.slice('docker.io/'.length));
  }
  return (wild ? undefined : plainRegistryProblem(registry)) ?? segmentsProblem(registry, path);
}

function plainRegistryProblem(registry: string): string | undefined {
  return /[A-Z]/.test(registry) ? `"${registry}" must be lower case.` : registryProblem(registry);
}

function segmentsProblem(registry: string, path: readonly string[]): string | undefined {
  for (const segment of [registry, ...path]) {
    if (segment !== anySegments && segment.includes(anySegments)) {
      return `In "${segment}" the "**" is beside other characters: it is for whole segments.`;
    }
  }
  for (const segment of path) {
    // A letter in place of each star leaves the rules for what is around them.
    const message = segmentProblem(segment.replaceAll('*', 'x'), segment);
    if (message !== undefined) return message;
  }
  return undefined;
}

/**
 * `text` is no full name: says what the full name is, as far as a runtime would know it from
 * `short`.
 */
function missingRegistry(text: string, short = text): string {
  const { repository } = splitPattern(short);
  if (/^\*+$/.test(text)) return 'For all images there is the profile named default.';
  const full = parseReference(repository.replaceAll('*', 'x'));
  if (!full.ok) return `"${text}" is not a registry and a path, such as docker.io/library/nginx.`;
  const prefix = repository.includes('/') ? 'docker.io' : 'docker.io/library';
  return `"${text}" is not a full name: write ${prefix}/${short}.`;
}
