/** Cuts texts by a pod's author to a length that a message may show. */

/**
 * Longer than any name and nearly any path in the API. A message is cut to 256 bytes anyway
 * (src/admission/warnings.ts).
 */
const shownLength = 128;

/**
 * The text, cut to `most` UTF-16 units; a cut one ends in an ellipsis. An author's text may have
 * megabytes, and a finding with the text is made for each container, mount and path.
 */
export function shown(text: string, most = shownLength): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** For sorting, by code units: the same on every machine, unlike a comparison by locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const shownItems = 8;

/** The first eight items as texts, each cut, and how many more there are. */
export function shownList<T>(items: readonly T[], textOf: (item: T) => string = String): string {
  const first = items.slice(0, shownItems).map((item) => shown(textOf(item), shownLength * 2));
  const rest = items.length - first.length;
  return rest === 0 ? first.join(', ') : `${first.join(', ')} and ${rest} more`;
}

/** The last line that is not blank, as programs end with what went wrong; else an empty text. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** The lines without their ends, one after the other: a text may have a million. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end === -1 ? text.length : end);
    if (end === -1) return;
    start = end + 1;
  }
}
