/** Lines of a text, and which comment lines belong to which entry of a block collection. */

export interface Splice {
  /** What is replaced: offsets into the text, `end` exclusive, equal for an insertion. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Of whole lines: the line end for a last line that has none. */
  readonly eol?: string;
}

/** The text with all splices applied, or undefined where two of them overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string | undefined {
  const sorted = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: replacement, eol } of sorted) {
    if (start < at) return undefined;
    parts.push(text.slice(at, start));
    if (eol !== undefined && isOpen(parts)) parts.push(eol);
    parts.push(replacement);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** Whether the parts end in the midst of a line. */
function isOpen(parts: readonly string[]): boolean {
  const last = parts.findLast((part) => part !== '');
  return last !== undefined && !last.endsWith('\n');
}

/** Offset of the first character of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset just behind the line end of the line that holds `offset`. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

/** How many characters are before `offset` in its line, a byte order mark aside. */
export function columnAt(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (start === 0 && offset > 0 && text.startsWith('\uFEFF') ? 1 : 0);
}

/** Whether only blanks are before `offset` in its line. */
export function opensLine(text: string, offset: number): boolean {
  return /^\uFEFF?[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

/**
 * Where the line after an entry of a block collection begins, the entry's own comments included:
 * those that are indented deeper than the entry, and those that go on with the comment at the end
 * of its last line. A comment in the collection's own column describes what follows it.
 *
 * `end` is where the entry's content ends, `column` the column of the collection.
 */
export function afterEntry(text: string, end: number, column: number): number {
  let after = lineEnd(text, end);
  const gap = /^([ \t,}\]]*)#/.exec(text.slice(end, after))?.[1];
  const remarkColumn = gap === undefined ? -1 : columnAt(text, end) + gap.length;
  let continues = gap !== undefined;
  for (let at = after; at < text.length;) {
    const next = lineEnd(text, at);
    const comment = commentColumn(text.slice(at, next));
    continues &&= comment === remarkColumn;
    if (comment !== undefined && (comment > column || continues)) after = next;
    else if (comment !== undefined || text.slice(at, next).trim() !== '') break;
    at = next;
  }
  return after;
}

/**
 * Where the comment lines begin that are right above an entry, in its own column and with no
 * blank line between; the start of the entry's line when there are none. Never before `floor`.
 */
export function leadingComments(
  text: string,
  start: number,
  column: number,
  floor: number,
): number {
  let from = lineStart(text, start);
  while (from > floor) {
    const previous = lineStart(text, from - 1);
    if (previous < floor || commentColumn(text.slice(previous, from)) !== column) break;
    from = previous;
  }
  return from;
}

function commentColumn(line: string): number | undefined {
  return /^([ \t]*)#/.exec(line)?.[1]?.length;
}

/**
 * Inserts whole lines at `offset`, the start of a line or the end of a text whose last line has no
 * end.
 */
export function insertLines(
  offset: number,
  lines: readonly string[],
  column: number,
  eol: string,
): Splice {
  const block = indent(lines, column).join(eol);
  // A last line without an end gets one, and so does the block: to a block scalar it makes a
  // difference.
  return { start: offset, end: offset, text: `${block}${eol}`, eol };
}

/** The lines moved to the right; empty ones stay empty. */
export function indent(lines: readonly string[], column: number): readonly string[] {
  const margin = ' '.repeat(column);
  return lines.map((line) => (line === '' ? line : margin + line));
}
