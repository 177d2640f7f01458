/**
 * Edits inside flow collections (`{…}`, `[…]`, JSON), as splices that keep one line or many as they
 * are.
 */
import { columnAt, leadingComments, lineEnd, lineStart, opensLine } from './lines.ts';
import type { Splice } from './lines.ts';
import { flowEntryText, flowText } from './layout.ts';
import type { FlowStyle, Layout, NewEntry } from './layout.ts';
import type { Entry, Shape } from './outline.ts';

/** New entries before the one at `index`, or behind the last. */
export function addFlow(
  text: string,
  parent: Shape,
  index: number,
  entries: readonly NewEntry[],
  layout: Layout,
): Splice[] {
  const last = parent.entries.at(-1);
  if (last === undefined) return fillEmpty(text, parent, entries, layout);
  const next = parent.entries[index];
  const sibling = next ?? last;
  const style = flowStyle(text, parent, layout);
  const margin = marginOf(text, sibling.start);
  const own = opensLine(text, sibling.start);
  const lineStyle = { ...style, multiline: style.multiline && own };
  const fresh = entries.map(({ key, value }) =>
    parent.kind === 'map'
      ? flowEntryText(key, value, lineStyle, layout, margin)
      : flowText(value, lineStyle, layout, margin),
  );
  if (next !== undefined) return [insertBefore(text, next, fresh, own, style, layout)];
  return append(text, parent, last, fresh, own, style, layout);
}

function insertBefore(
  text: string,
  next: Entry,
  fresh: readonly string[],
  own: boolean,
  style: FlowStyle,
  layout: Layout,
): Splice {
  if (!own) {
    const whole = fresh.map((each) => `${each},${style.gap}`).join('');
    return { start: next.start, end: next.start, text: whole };
  }
  const at = leadingComments(text, next.start, columnAt(text, next.start), 0);
  const margin = marginOf(text, next.start);
  const lines = fresh.map((each) => `${margin}${each},${layout.eol}`);
  return { start: at, end: at, text: lines.join('') };
}

function append(
  text: string,
  parent: Shape,
  last: Entry,
  fresh: readonly string[],
  own: boolean,
  style: FlowStyle,
  layout: Layout,
): Splice[] {
  const comma = commaAfter(text, last.end);
  const behind = comma ?? last.end;
  if (!own) {
    const lead = comma === undefined ? ',' : '';
    const whole = fresh.join(`,${style.gap}`);
    return [{ start: behind, end: behind, text: `${lead}${style.gap}${whole}` }];
  }
  const margin = marginOf(text, last.start);
  const lines = fresh.join(`,${layout.eol}${margin}`);
  const below = lineEnd(text, behind);
  if (below > parent.end - 1) {
    const lead = comma === undefined ? ',' : '';
    return [{ start: behind, end: behind, text: `${lead}${layout.eol}${margin}${lines}` }];
  }
  const tail = comma === undefined ? '' : ',';
  const line = { start: below, end: below, text: `${margin}${lines}${tail}${layout.eol}` };
  return comma === undefined ? [{ start: last.end, end: last.end, text: ',' }, line] : [line];
}

/** `{}` or `[]`, which say nothing about their layout: the whole document's format decides. */
function fillEmpty(
  text: string,
  parent: Shape,
  entries: readonly NewEntry[],
  layout: Layout,
): Splice[] {
  if (text.slice(parent.body + 1, parent.end - 1).trim() !== '') return [];
  const whole =
    parent.kind === 'map'
      ? Object.fromEntries(entries.map(({ key, value }) => [key, value]))
      : entries.map(({ value }) => value);
  return [
    {
      start: parent.body,
      end: parent.end,
      text: flowText(whole, flowStyle(text, parent, layout), layout, marginOf(text, parent.body)),
    },
  ];
}

/** Another value for an entry of a flow collection. */
export function replaceFlow(
  text: string,
  parent: Shape,
  { indicatorEnd, value: old }: Entry,
  value: unknown,
  layout: Layout,
): Splice[] {
  const style = flowStyle(text, parent, layout);
  const fresh = flowText(value, style, layout, marginOf(text, old.start));
  const absent = old.start === old.end;
  return [
    { start: absent ? indicatorEnd : old.start, end: old.end, text: absent ? ` ${fresh}` : fresh },
  ];
}

/** Takes an entry away with one comma, and with its lines where they are its own. */
export function removeFlow(text: string, parent: Shape, index: number): Splice[] {
  const entry = parent.entries[index];
  if (entry === undefined) return [];
  const next = parent.entries[index + 1];
  const previous = parent.entries[index - 1];
  if (next === undefined && previous === undefined) {
    return [{ start: parent.body + 1, end: parent.end - 1, text: '' }];
  }
  const comma = commaAfter(text, entry.end);
  const end = comma ?? entry.end;
  if (opensLine(text, entry.start) && /^[ \t]*(?:#[^\n]*)?\r?\n/.test(text.slice(end))) {
    const from = leadingComments(
      text,
      entry.start,
      columnAt(text, entry.start),
      lineEnd(text, parent.body),
    );
    const line = { start: from, end: lineEnd(text, end), text: '' };
    const lonely = next === undefined && comma === undefined && previous;
    const before = lonely ? commaAfter(text, previous.end) : undefined;
    return before === undefined ? [line] : [{ start: before - 1, end: before, text: '' }, line];
  }
  if (next !== undefined) return [{ start: entry.start, end: next.start, text: '' }];
  return [{ start: previous?.end ?? entry.start, end: entry.end, text: '' }];
}

/** The offset behind the comma that follows an entry; blanks and comments may be in between. */
function commaAfter(text: string, end: number): number | undefined {
  for (let at = end; at < text.length; at++) {
    const character = text[at];
    if (character === ',') return at + 1;
    if (character === '#') at = lineEnd(text, at) - 1;
    else if (character === undefined || !/\s/.test(character)) return undefined;
  }
  return undefined;
}

/** The blanks that the line of `offset` begins with. */
function marginOf(text: string, offset: number): string {
  return /^\uFEFF?([ \t]*)/.exec(text.slice(lineStart(text, offset), offset))?.[1] ?? '';
}

function flowStyle(text: string, parent: Shape, layout: Layout): FlowStyle {
  const source = text.slice(parent.body, parent.end);
  const json = layout.format === 'json' || quoted(text, parent);
  return {
    json,
    gap: json && isTight(text, parent, layout) ? '' : ' ',
    pad: !/\{[^\s}]/.test(source),
    multiline: layout.format === 'json' ? text.trim().includes('\n') : source.includes('\n'),
  };
}

/**
 * Whether nothing follows colons and commas: asked of the collection, else of the file's
 * first key.
 */
function isTight(text: string, { kind, entries }: Shape, { format }: Layout): boolean {
  const [first, second] = entries;
  if (kind === 'map' && first) return first.value.start === first.indicatorEnd;
  if (first && second) return text.slice(first.end, second.start).endsWith(',');
  return format === 'json' && /^\uFEFF?\s*\{\s*"(?:[^"\\]|\\.)*":\S/.test(text);
}

/** Whether the collection's keys, or its strings, are all in double quotes. */
function quoted(text: string, { kind, entries }: Shape): boolean {
  const starts = entries.map(({ start }) => text.charAt(start));
  const strings = kind === 'map' ? starts : starts.filter((start) => !/[[{0-9tfn-]/.test(start));
  return strings.length > 0 && strings.every((start) => start === '"');
}
