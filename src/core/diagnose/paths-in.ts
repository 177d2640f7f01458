/** The absolute paths in a piece of text, by what is around them. */

export interface FoundPath {
  /** As it is written. */
  readonly path: string;
  /** Where it is, without quotes: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
}

const closing: Readonly<Record<string, readonly string[]>> = {
  "'": ["'"],
  '"': ['"'],
  '`': ['`', "'"],
  '‘': ['’'],
  '“': ['”'],
};

const maxPath = 1024;
/** More than any sentence names. */
const maxPaths = 32;

/**
 * Behind one of these a slash is inside a word: a relative path, a date, a fraction, an expansion.
 */
const insideWord = /[\w.~)}\]%*/$-]/;
const ends = /[\s'"`()[\]{}<>,;:|‘’“”*?\\]/;

/**
 * In the order of the text. A path in quotes may hold spaces; URLs and the targets of HTTP requests
 * are none.
 */
export function pathsIn(text: string): readonly FoundPath[] {
  const found: FoundPath[] = [];
  let at = text.indexOf('/');
  while (at >= 0 && found.length < maxPaths) {
    // Hadoop, Java: `file:///x` names a path.
    if (text.startsWith('file://', at - 5)) at += 2;
    const end = endOf(text, at);
    const path = text.slice(at, end);
    if (isPathAt(text, at) && /[^/.]/.test(path)) found.push({ path, start: at, end });
    at = text.indexOf('/', Math.max(end, at + 1));
  }
  return found;
}

function isPathAt(text: string, at: number): boolean {
  const previous = text[at - 1];
  if (text.startsWith('file://', at - 7)) return true;
  if (previous !== undefined && insideWord.test(previous)) return false;
  // `://`; a colon in front of one slash is `errno:/path` or `name:/path`.
  if (previous === ':' && text[at + 1] === '/') return false;
  return !/\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) $/.test(
    text.slice(Math.max(0, at - 9), at),
  );
}

function endOf(text: string, at: number): number {
  const closers = closing[text[at - 1] ?? ''];
  if (closers !== undefined) {
    const rest = text.slice(at, at + maxPath);
    const length = closers.reduce((nearest, closer) => {
      const index = rest.indexOf(closer);
      return index > 0 && (nearest < 0 || index < nearest) ? index : nearest;
    }, -1);
    if (length > 0) return at + length - (rest[length - 1] === '\\' ? 1 : 0);
  }
  let end = at;
  while (end < text.length && end - at < maxPath && !ends.test(text[end] ?? '')) end++;
  // What ends a sentence is no part of a name; `..` is.
  if (/[.!?]/.test(text[end - 1] ?? '') && !text.slice(at, end).endsWith('/..')) end--;
  return end;
}
