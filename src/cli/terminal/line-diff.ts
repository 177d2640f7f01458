/**
 * The lines in which two texts differ, as hunks of a unified diff.
 *
 * Hardening keeps most lines and their order. So lines that are unique in both texts split them
 * into short pieces, and only these pieces are compared in full. The cost grows with the text, and
 * not with the square of the changes: a manifest of a thousand pods has many changes.
 */
import { diffArrays } from 'diff';

/** A hunk of a unified diff. */
export interface Hunk {
  /** Both starts count from 1. */
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each line with its mark (space, `-` or `+`) and without its line feed. */
  readonly lines: string[];
}

interface Edit {
  readonly mark: ' ' | '-' | '+';
  /** The line with its line feed; only the last line of a text can be without one. */
  readonly line: string;
}

/** Lines of context around a change: the same as in diff and git. */
const context = 3;
/** A piece that differs in more lines than this is shown as replaced completely. */
const maxEdits = 2000;

/**
 * The hunks that turn `before` into `after`, in order and without overlap. None for equal texts.
 */
export function diffLines(before: string, after: string): readonly Hunk[] {
  return hunksOf(editsBetween(linesOf(before), linesOf(after)));
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function editsBetween(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [oldIndex, newIndex] = [0, 0];
  for (const [oldAnchor, newAnchor] of anchorsOf(before, after)) {
    const removed = before.slice(oldIndex, oldAnchor);
    const added = after.slice(newIndex, newAnchor);
    for (const edit of editsOfPiece(removed, added)) edits.push(edit);
    const line = before[oldAnchor];
    if (line !== undefined) edits.push({ mark: ' ', line });
    [oldIndex, newIndex] = [oldAnchor + 1, newAnchor + 1];
  }
  return edits;
}

/**
 * Indices (old, new) of the lines that occur once in each text and in the same order, and at the
 * end those after both last lines.
 */
function anchorsOf(
  before: readonly string[],
  after: readonly string[],
): readonly (readonly [number, number])[] {
  const unique = uniqueLines(after);
  const anchors: [number, number][] = [];
  let reached = -1;
  for (const [line, oldIndex] of uniqueLines(before)) {
    const newIndex = unique.get(line);
    if (newIndex === undefined || newIndex <= reached) continue;
    anchors.push([oldIndex, newIndex]);
    reached = newIndex;
  }
  return [...anchors, [before.length, after.length]];
}

/** The index of every line that occurs once, in order. */
function uniqueLines(lines: readonly string[]): ReadonlyMap<string, number> {
  const indices = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [index, line] of lines.entries()) {
    if (indices.has(line)) repeated.add(line);
    else indices.set(line, index);
  }
  for (const line of repeated) indices.delete(line);
  return indices;
}

function editsOfPiece(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const changes = diffArrays([...before], [...after], { maxEditLength: maxEdits });
  if (changes === undefined) return [...marked('-', before), ...marked('+', after)];
  return changes.flatMap(({ added, removed, value }) =>
    marked(added ? '+' : removed ? '-' : ' ', value),
  );
}

function marked(mark: Edit['mark'], lines: readonly string[]): readonly Edit[] {
  return lines.map((line) => ({ mark, line }));
}

function hunksOf(edits: readonly Edit[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let [oldLine, newLine, position] = [1, 1, 0];
  for (const [start, end] of rangesOf(edits)) {
    const skipped = countLines(edits.slice(position, start));
    const shown = edits.slice(start, end);
    const inside = countLines(shown);
    hunks.push({
      oldStart: oldLine + skipped.old,
      oldLines: inside.old,
      newStart: newLine + skipped.new,
      newLines: inside.new,
      lines: shown.flatMap(lineTexts),
    });
    oldLine += skipped.old + inside.old;
    newLine += skipped.new + inside.new;
    position = end;
  }
  return hunks;
}

/**
 * The start and end (excluded) of each hunk: changes with their context. Hunks that touch are
 * joined.
 */
function rangesOf(edits: readonly Edit[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const [index, { mark }] of edits.entries()) {
    if (mark === ' ') continue;
    const start = Math.max(index - context, 0);
    const end = Math.min(index + context + 1, edits.length);
    const last = ranges.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else ranges.push([start, end]);
  }
  return ranges;
}

function countLines(edits: readonly Edit[]): { readonly old: number; readonly new: number } {
  const added = edits.filter(({ mark }) => mark === '+').length;
  const removed = edits.filter(({ mark }) => mark === '-').length;
  return { old: edits.length - added, new: edits.length - removed };
}

function lineTexts({ mark, line }: Edit): readonly string[] {
  return line.endsWith('\n')
    ? [mark + line.slice(0, -1)]
    : [mark + line, '\\ No newline at end of file'];
}
