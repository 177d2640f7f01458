/**
 * `${NAME}` in the text of a Compose file, as Compose replaces it (compose-spec
 * 12-interpolation.md). Only what Lithopod reads is replaced: the file keeps its text.
 */

/** The value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A text with its variables replaced. */
export interface Replaced {
  readonly text: string;
  /** Names of variables that have neither a value nor a default: the text has nothing for them. */
  readonly missing: readonly string[];
}

/** Longer texts are left as they are: an image, a path and a flag are all shorter. */
const maxLength = 65_536;
/** Defaults may hold variables with defaults. */
const maxDepth = 16;

/** Replaces the variables of a text. A text that is too long or too deep stays as it is. */
export function replaceVariables(text: string, lookup: Lookup): Replaced {
  if (!text.includes('$') || text.length > maxLength) return { text, missing: [] };
  const missing: string[] = [];
  const replaced = replaceIn(text, lookup, missing, 0);
  return replaced === undefined ? { text, missing: [text] } : { text: replaced, missing };
}

function replaceIn(
  text: string,
  lookup: Lookup,
  missing: string[],
  depth: number,
): string | undefined {
  if (depth > maxDepth) return undefined;
  let out = '';
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('$', at);
    if (next < 0) return out + text.slice(at);
    out += text.slice(at, next);
    const piece = readVariable(text, next, lookup, missing, depth);
    if (piece === undefined) return undefined;
    out += piece.value;
    if (out.length > maxLength) return undefined;
    at = piece.end;
  }
  return out;
}

interface Piece {
  readonly value: string;
  /** Where the text goes on. */
  readonly end: number;
}

/** What stands at a `$`. */
function readVariable(
  text: string,
  at: number,
  lookup: Lookup,
  missing: string[],
  depth: number,
): Piece | undefined {
  if (text[at + 1] === '$') return { value: '$', end: at + 2 };
  const isBraced = text[at + 1] === '{';
  const start = at + (isBraced ? 2 : 1);
  const nameEnd = endOfName(text, start);
  const name = text.slice(start, nameEnd);
  // What is no variable stays, as `$(command)` of a script does.
  if (name === '') return { value: '$', end: at + 1 };
  if (!isBraced) return { value: valueOf(name, lookup, missing), end: nameEnd };
  const close = closingBrace(text, nameEnd);
  // Nothing behind it is looked at: each `${` without an end would read the rest again.
  if (close === undefined) return { value: text.slice(at), end: text.length };
  const value = braced(name, text.slice(nameEnd, close), lookup, missing, depth);
  return value === undefined ? undefined : { value, end: close + 1 };
}

function valueOf(name: string, lookup: Lookup, missing: string[]): string {
  const value = lookup(name);
  if (value === undefined) missing.push(name);
  return value ?? '';
}

/** `${NAME}` with what follows the name: `:-default`, `-default`, `:?message`, `:+other`. */
function braced(
  name: string,
  rest: string,
  lookup: Lookup,
  missing: string[],
  depth: number,
): string | undefined {
  const value = lookup(name);
  const colon = rest.startsWith(':');
  const operator = rest[colon ? 1 : 0];
  const isGiven = value !== undefined && !(colon && value === '');
  const word = rest.slice(colon ? 2 : 1);
  if (operator === '-') return isGiven ? value : replaceIn(word, lookup, missing, depth + 1);
  if (operator === '+') return isGiven ? replaceIn(word, lookup, missing, depth + 1) : '';
  if (!isGiven) missing.push(name);
  return value ?? '';
}

function endOfName(text: string, start: number): number {
  let end = start;
  while (end < text.length && /[A-Za-z0-9_]/.test(text[end] ?? '')) end++;
  return /[0-9]/.test(text[start] ?? '0') ? start : end;
}

/** The brace that ends a variable whose name ends at `from`; nested ones are passed over. */
function closingBrace(text: string, from: number): number | undefined {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{' && text[at - 1] === '$') open++;
    else if (text[at] === '}' && --open === 0) return at;
  }
  return undefined;
}

/**
 * The places of `separator` outside of `${…}`: a short volume is `${DATA:-/srv}:/data`, and its
 * text is edited without its variables being replaced.
 */
export function separatorsOf(text: string, separator: string): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '{') {
      const close = closingBrace(text, at + 2);
      if (close === undefined) return places;
      at = close;
    } else if (text[at] === separator) places.push(at);
  }
  return places;
}

/**
 * The variables of a `.env` file (compose-spec: `NAME=value`, with quotes, `export` and comments).
 * Lines of another form are passed over; values may name variables of the lines before.
 */
export function parseEnvFile(
  text: string,
  outer: Lookup = () => undefined,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => outer(name) ?? values.get(name);
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    const head = equals < 0 ? '' : line.slice(0, equals).trim();
    const name = head.startsWith('export ') ? head.slice('export '.length).trim() : head;
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) continue;
    values.set(name, envValue(line.slice(equals + 1).trim(), lookup));
  }
  return values;
}

function envValue(text: string, lookup: Lookup): string {
  const quote = text[0];
  if (quote === "'" || quote === '"') {
    const close = text.indexOf(quote, 1);
    const inner = close < 0 ? text.slice(1) : text.slice(1, close);
    return quote === "'" ? inner : replaceVariables(inner, lookup).text;
  }
  const comment = text.search(/\s#/);
  const plain = (comment < 0 ? text : text.slice(0, comment)).trim();
  return replaceVariables(plain, lookup).text;
}
