/**
 * The text of a review without `managedFields`, and limits on what a text may hold.
 *
 * The API server sends `managedFields` along: who set which field, as a tree with a key for each
 * field. It is a third to a half of a pod and takes more than that of the parser's time, and no
 * code here reads it. So the lists are skipped as bytes; their content is not checked to be JSON.
 */

/** A quote inside a string is escaped, so wherever these bytes occur they are a key. */
const managedFieldsKey = Buffer.from('"managedFields":[');

/**
 * The UTF-8 text of the body with every list `managedFields` emptied. A list without an end stays,
 * so that the parser refuses it.
 */
export function reviewText(body: Buffer): string {
  let text = '';
  let from = 0;
  for (;;) {
    const at = body.indexOf(managedFieldsKey, from);
    const start = at + managedFieldsKey.length;
    const end = at < 0 ? -1 : endOfList(body, start);
    if (end < 0) return text + body.toString('utf8', from);
    text += body.toString('utf8', from, start);
    from = end;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d;

/** The index of the bracket that closes the list whose content begins at `start`, or -1. */
function endOfList(body: Buffer, start: number): number {
  let depth = 1;
  for (let at = start; at < body.length; at++) {
    const byte = body[at] ?? 0;
    if (byte === quote) at = endOfString(body, at + 1);
    else if (isOpening(byte)) depth++;
    else if (isClosing(byte) && --depth === 0) return at;
  }
  return -1;
}

/** The index of the closing quote, or an index behind the end of the body. */
function endOfString(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

const comma = 0x2c;

/**
 * Whether the JSON text has at most so many elements and fields, with an empty list or object
 * counted as one. Counts commas and opening brackets outside of strings, and stops as soon as there
 * are more. For a text that is not JSON the result means nothing.
 */
export function hasAtMost(limit: number, text: string): boolean {
  let count = 0;
  return everyUnitOutsideStrings(
    text,
    (unit) => !(unit === comma || isOpening(unit)) || ++count <= limit,
  );
}

/**
 * Whether every UTF-16 unit of a JSON text outside of its strings passes. Stops at the first that
 * does not.
 */
function everyUnitOutsideStrings(text: string, passes: (unit: number) => boolean): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      at++;
      for (; at < text.length; at++) {
        const inner = text.charCodeAt(at);
        if (inner === quote) break;
        if (inner === backslash) at++;
      }
    } else if (!passes(unit)) return false;
  }
  return true;
}

/** In levels of lists and objects. No real pod comes near, and the stack has room for far more. */
const maxDepth = 1_000;

/**
 * Whether the error is a stack overflow that the nesting of the text has caused, which is then no
 * fault of ours. Checked only after an error: checking each text first would take as long as
 * parsing it, and most values are never visited.
 */
export function isTooDeep(error: unknown, text: string): boolean {
  return error instanceof RangeError && nestsDeeperThan(maxDepth, text);
}

/** Whether lists and objects of the JSON text are nested deeper than so many levels. */
function nestsDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  return !everyUnitOutsideStrings(text, (unit) => {
    if (isOpening(unit)) depth++;
    else if (isClosing(unit)) depth--;
    return depth <= limit;
  });
}
