/**
 * Patterns of tags: an exact tag (`1.27`), a glob (`*alpine*`) or a semver range (`>=1.25 <2`).
 *
 * A range looks at the numbers a tag starts with, because what follows names a variant and not an
 * earlier release, as it would in semver: `18-alpine` is 18.0.0 and satisfies `>=18`. A tag without
 * such a lead (`latest`, `bookworm`) satisfies no range.
 */
// The two alone: the whole of the library takes as long to load as the catalogue.
import Range from 'semver/classes/range.js';
import SemVer from 'semver/classes/semver.js';
import { failure, success } from '../values/result.ts';
import type { Result } from '../values/result.ts';
import { compileGlob, globsOverlap } from './glob.ts';
import type { Matcher } from './glob.ts';

export interface TagPattern {
  readonly text: string;
  readonly kind: 'exact' | 'glob' | 'range';
  /** How many literal characters it has: the whole of an exact tag, none of a range. */
  readonly literalLength: number;
  readonly matches: Matcher;
}

const maxPatternLength = 128;
/** More digits than any release has, and few enough for a safe integer. */
const maxDigits = 15;

/** Reads a tag pattern. What begins with one of `<>=^~`, or holds a space or `||`, is a range. */
export function parseTagPattern(text: string): Result<TagPattern> {
  const message = tagPatternProblem(text);
  return message === undefined ? success(readTagPattern(text)) : failure({ message });
}

/** Why a text is no tag pattern, as a sentence; undefined where it is one. */
export function tagPatternProblem(text: string): string | undefined {
  if (text === '') return 'A tag pattern is empty.';
  if (text.length > maxPatternLength)
    return `A tag pattern is longer than ${maxPatternLength} characters.`;
  return isRange(text) ? rangeProblem(text) : globProblem(text);
}

/** A tag pattern that `parseTagPattern` has taken before. */
export function readTagPattern(text: string): TagPattern {
  if (isRange(text)) return { text, kind: 'range', literalLength: 0, matches: rangeMatcher(text) };
  return {
    text,
    kind: text.includes('*') ? 'glob' : 'exact',
    literalLength: text.replaceAll('*', '').length,
    matches: compileGlob(text),
  };
}

/**
 * The numbers that a tag starts with, as `MAJOR.MINOR.PATCH`; undefined where it starts with none.
 */
export function tagVersion(tag: string): string | undefined {
  const lead = /^v?(\d+)(?:\.(\d+)(?:\.(\d+))?)?(?:$|[-_.+]|(?:alpha|beta|rc)\d*(?:$|-))/.exec(tag);
  if (lead === null) return undefined;
  const numbers = [lead[1] ?? '0', lead[2] ?? '0', lead[3] ?? '0'];
  if (numbers.some((digits) => digits.length > maxDigits)) return undefined;
  return numbers.map(Number).join('.');
}

/** Whether some tag could be matched by both. Says yes where it is not plain that none can. */
export function tagPatternsOverlap(a: TagPattern, b: TagPattern): boolean {
  if (a.kind === 'exact') return b.matches(a.text);
  if (b.kind === 'exact') return a.matches(b.text);
  if (a.kind === 'range') {
    return b.kind === 'range' ? rangeOf(a.text).intersects(rangeOf(b.text)) : globMeetsRange(b, a);
  }
  return b.kind === 'range' ? globMeetsRange(a, b) : globsOverlap(a.text, b.text);
}

/**
 * What a glob starts with may settle the numbers of its tags: `edge-*` has none, `18-*` is 18.0.0.
 */
function globMeetsRange(glob: TagPattern, range: TagPattern): boolean {
  const start = glob.text.slice(0, glob.text.indexOf('*'));
  if (/^v?\d+(?:\.\d+){0,2}[-_]/.test(start)) return range.matches(start);
  return start === '' || /^v?(?:\d|$)/.test(start);
}

function isRange(text: string): boolean {
  return /^[<>=^~]/.test(text) || text.includes(' ') || text.includes('||');
}

function globProblem(text: string): string | undefined {
  if (/^[\w.*-]+$/.test(text)) return undefined;
  return `"${text}" matches no tag: tags are made of letters, digits, "_", "." and "-". A range starts with <, >, =, ^ or ~.`;
}

function rangeProblem(text: string): string | undefined {
  try {
    rangeOf(text);
    return undefined;
  } catch {
    return `"${text}" is not a semver range, such as ">=1.25 <2" or "^7".`;
  }
}

/** The range is parsed when a tag is asked for: few of a catalogue's ever are. */
function rangeMatcher(text: string): Matcher {
  let range: Range | undefined;
  return (tag) => {
    const version = tagVersion(tag);
    return version !== undefined && (range ??= rangeOf(text)).test(new SemVer(version));
  };
}

/** Tags such as `24.04` write their numbers with zeros in front, which semver refuses. */
function rangeOf(text: string): Range {
  return new Range(text.replace(/\d+/g, (digits) => digits.replace(/^0+/, '') || '0'));
}
