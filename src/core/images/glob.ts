/**
 * Globs with one special character, `*`: any run of characters, the empty one too. Nothing else is
 * special.
 *
 * No regular expressions: a pattern comes from a profile's author and the text from a pod's, and
 * neither may make matching slow. A compiled glob searches each of its literal pieces once, from
 * left to right.
 */

export type Matcher = (text: string) => boolean;

/**
 * A matcher for the glob. The first place of each piece is as good as any later one, so nothing is
 * tried twice.
 */
export function compileGlob(glob: string): Matcher {
  const pieces = glob.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) return (text) => text === glob;
  const last = pieces[pieces.length - 1] ?? '';
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  const shortest = first.length + last.length;
  return (text) => {
    if (text.length < shortest || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let from = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, from);
      if (found < 0 || found + piece.length > end) return false;
      from = found + piece.length;
    }
    return true;
  };
}

/** Whether some text is matched by both globs. */
export function globsOverlap(a: string, b: string): boolean {
  return sequencesOverlap(Array.from(a), Array.from(b), '*', (left, right) => left === right);
}

/**
 * Whether some sequence is matched by both patterns. An element that equals `wild` matches any
 * run of elements; any two others overlap where `overlap` says so. Fills one row per element of
 * `a`: the cost is the product of the lengths.
 */
export function sequencesOverlap(
  a: readonly string[],
  b: readonly string[],
  wild: string,
  overlap: (left: string, right: string) => boolean,
): boolean {
  // below[j]: whether a from the next element on, and b from j on, have a sequence in common.
  let below = overlapRow(b, wild, undefined, [], overlap);
  for (let i = a.length - 1; i >= 0; i -= 1) below = overlapRow(b, wild, a[i], below, overlap);
  return below[0] === true;
}

function overlapRow(
  b: readonly string[],
  wild: string,
  left: string | undefined,
  below: readonly boolean[],
  overlap: (left: string, right: string) => boolean,
): boolean[] {
  const row: boolean[] = [];
  for (let j = b.length; j >= 0; j -= 1) {
    const right = b[j];
    if (left === undefined) row[j] = right === undefined || (right === wild && row[j + 1] === true);
    else if (right === undefined) row[j] = left === wild && below[j] === true;
    else if (left === wild || right === wild) row[j] = below[j] === true || row[j + 1] === true;
    else row[j] = below[j + 1] === true && overlap(left, right);
  }
  return row;
}

/**
 * Whether a sequence fits a pattern whose elements equal to `wild` match any run of elements.
 * Goes back to the last wild element only: a longer run for an earlier one never helps.
 */
export function sequenceMatches(
  pattern: readonly string[],
  items: readonly string[],
  wild: string,
  matches: (index: number, item: string) => boolean,
): boolean {
  let at = 0;
  let lastWild = -1;
  let resume = 0;
  for (let i = 0; i < items.length;) {
    const item = items[i] ?? '';
    if (pattern[at] === wild) {
      lastWild = at;
      resume = i;
      at += 1;
    } else if (at < pattern.length && matches(at, item)) {
      at += 1;
      i += 1;
    } else if (lastWild >= 0) {
      resume += 1;
      i = resume;
      at = lastWild + 1;
    } else return false;
  }
  while (pattern[at] === wild) at += 1;
  return at === pattern.length;
}
