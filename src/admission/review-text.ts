/**
 * The text of a review, without what nobody reads.
 *
 * The API server sends `managedFields` along: who set which field, as a tree with a key for each.
 * It is a third to a half of a pod, more of the parser's time, and nothing here looks at it, so the
 * lists are passed over as bytes. What they hold is not checked to be JSON.
 */

/** A quote within a string is escaped, so these bytes are a key wherever they stand. */
const key = Buffer.from('"managedFields":[');

/**
 * The UTF-8 text of the body with every list `managedFields` empty. A list that does not end stays,
 * for the parser.
 */
export function reviewText(body: Buffer): string {
  let text = '';
  let from = 0;
  for (;;) {
    const at = body.indexOf(key, from);
    const start = at + key.length;
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

/**
 * Where the bracket is that closes a list whose first element begins at `start`; -1 where there is
 * none.
 */
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

/** Where the closing quote is, or the end of the body. */
function endOfString(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

const comma = 0x2c;

/**
 * Whether the JSON text holds at most so many elements and fields, an empty list or object counted
 * as one: each comma and opening bracket outside of strings stands for one. Ends as soon as there
 * are more. Of a text that is no JSON it says nothing useful.
 */
export function hasAtMost(most: number, text: string): boolean {
  let count = 0;
  return everySign(text, (unit) => !(unit === comma || isOpening(unit)) || ++count <= most);
}

/**
 * Whether all that stands outside of strings passes, a UTF-16 unit after the other; ends at the
 * first that does not.
 */
function everySign(text: string, passes: (unit: number) => boolean): boolean {
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

/** Levels of lists and objects: far from where the stack ends, and farther from any real pod. */
const deepest = 1_000;

/**
 * Whether it was the text that ended the stack of whoever went through its values: then the error
 * is no fault of ours. Only asked after one, since most values are never gone through, and to look
 * at each text first would take as long as to parse it.
 */
export function isTooDeep(error: unknown, text: string): boolean {
  return error instanceof RangeError && nestsDeeperThan(deepest, text);
}

/** Whether lists and objects of the JSON text stand within each other deeper than that. */
function nestsDeeperThan(most: number, text: string): boolean {
  let depth = 0;
  return !everySign(text, (unit) => {
    if (isOpening(unit)) depth++;
    else if (isClosing(unit)) depth--;
    return depth <= most;
  });
}
