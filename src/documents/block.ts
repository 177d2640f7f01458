/** Edits inside block collections, as splices. */
import {
  afterEntry,
  columnAt,
  indent,
  insertLines,
  leadingComments,
  lineEnd,
  lineStart,
  opensLine,
} from './lines.ts';
import type { Splice } from './lines.ts';
import { blockValue, entryLines, itemLines } from './layout.ts';
import type { BlockValue, Layout, NewEntry } from './layout.ts';
import type { Entry, Shape } from './outline.ts';

/**
 * New keys behind the last entry of the map, before the comments that describe what follows the
 * map.
 */
export function addKeys(
  text: string,
  map: Shape,
  entries: readonly NewEntry[],
  layout: Layout,
): Splice[] {
  const end = afterEntry(text, map.end, map.column);
  const lines = entries.flatMap(({ key, value }) => entryLines(key, value, layout));
  return [insertLines(end, lines, map.column, layout.eol)];
}

/** New items before `index` of the list; `floor` is where the lines of the list begin. */
export function addItems(
  text: string,
  seq: Shape,
  index: number,
  values: readonly unknown[],
  layout: Layout,
  floor: number,
): Splice[] {
  const lines = values.flatMap((value) => itemLines(value, layout));
  const previous = seq.entries[index - 1];
  if (previous !== undefined) {
    const at = afterEntry(text, previous.end, seq.column);
    return [insertLines(at, lines, seq.column, layout.eol)];
  }
  const start = seq.entries[0]?.start ?? seq.body;
  if (opensLine(text, start)) {
    const at = leadingComments(text, start, seq.column, floor);
    return [insertLines(at, lines, seq.column, layout.eol)];
  }
  // The first item is on the line of another dash or of the key: the new one takes its place
  // there.
  const block = [...indent(lines, seq.column), ' '.repeat(seq.column)].join(layout.eol);
  return [{ start, end: start, text: block.slice(seq.column) }];
}

/**
 * Takes one of several entries away, with its comments. `floor` is where the lines of the
 * collection begin.
 */
export function removeEntry(text: string, parent: Shape, index: number, floor: number): Splice[] {
  const entry = parent.entries[index];
  if (entry === undefined) return [];
  const end = afterEntry(text, entry.end, parent.column);
  if (!opensLine(text, entry.start)) {
    // It shares its line with a dash, to which the next entry now moves up.
    const next = /^\s*/.exec(text.slice(end))?.[0].length ?? 0;
    return [{ start: entry.start, end: end + next, text: '' }];
  }
  const previous = parent.entries[index - 1];
  const from = previous ? lineEnd(text, previous.end) : floor;
  return [{ start: leadingComments(text, entry.start, parent.column, from), end, text: '' }];
}

/**
 * Another value for an entry of a block collection. A comment behind the old value, or behind the
 * key, stays on the key's line; comments inside an old collection go with it.
 */
export function replaceValue(
  text: string,
  parent: Shape,
  entry: Entry,
  value: unknown,
  layout: Layout,
): Splice[] {
  const { head, rest } = blockValue(value, parent.kind === 'seq' ? 'seq' : 'map', layout);
  const old = entry.value;
  const column = columnAt(text, entry.start);
  const isBlock = (old.kind === 'map' || old.kind === 'seq') && !old.flow;
  if (isBlock) return replaceBlock(text, entry, { head, rest }, column, layout);
  const splices: Splice[] = [{ start: entry.indicatorEnd, end: old.end, text: head }];
  if (rest.length > 0) {
    splices.push(insertLines(lineEnd(text, old.end), rest, column, layout.eol));
  }
  return splices;
}

/** The old value is on the lines below its key, or begins on the line of its dash. */
function replaceBlock(
  text: string,
  { indicatorEnd, value: old }: Entry,
  { head, rest }: BlockValue,
  column: number,
  { eol }: Layout,
): Splice[] {
  const end = afterEntry(text, old.end, old.column);
  const lines = [...indent(rest, column), ''].join(eol);
  const propertiesEnd = old.start < old.body ? old.propertiesEnd : indicatorEnd;
  if (lineStart(text, old.body) === lineStart(text, indicatorEnd)) {
    return [{ start: indicatorEnd, end, text: head + eol + lines }];
  }
  return [
    { start: indicatorEnd, end: propertiesEnd, text: head },
    { start: lineEnd(text, propertiesEnd), end, text: lines },
  ];
}
