/** From one JSON Patch operation to the splices of the text that carry it out. */
import type { Operation } from '../core/patch.ts';
import { addItems, addKeys, removeEntry, replaceValue } from './block.ts';
import { addFlow, removeFlow, replaceFlow } from './flow.ts';
import { blockValue } from './layout.ts';
import type { Layout, NewEntry } from './layout.ts';
import { indent, insertLines, lineEnd, lineStart } from './lines.ts';
import type { Splice } from './lines.ts';
import type { Entry, Outline, Shape } from './outline.ts';
import { pointerTokens } from '../core/values/json-pointer.ts';
import type { RebasedEdit } from './batch-edits.ts';

/** A collection, and the entry that it is the value of; the root is the value of none. */
export interface Holder {
  readonly shape: Shape;
  readonly entry?: Entry;
  readonly parent?: Shape;
}

/** Undefined where the layout is one that this file knows no edit for. */
export function planEdit(
  { text, root }: Outline,
  edit: RebasedEdit,
  layout: Layout,
): readonly Splice[] | undefined {
  const holder = follow(root, edit.path);
  if (holder === undefined) return undefined;
  const { shape } = holder;
  if (shape.kind !== 'map' && shape.kind !== 'seq') return undefined;
  if (edit.op === 'add') return planAddition(text, holder, edit.index, edit.entries, layout);
  const index = entryIndex(shape, edit.key);
  const entry = shape.entries[index];
  if (entry === undefined) return undefined;
  if (edit.op === 'remove') return planRemoval(text, holder, index, layout);
  const replace = shape.flow ? replaceFlow : replaceValue;
  return replace(text, shape, entry, edit.value, layout);
}

/** Undefined where the layout is one that this file knows no edit for. */
export function planOperation(
  { text, root }: Outline,
  operation: Operation,
  layout: Layout,
): readonly Splice[] | undefined {
  const tokens = pointerTokens(operation.path);
  const last = tokens.at(-1);
  const holder = follow(root, tokens.slice(0, -1));
  if (holder === undefined) return undefined;
  if (last === undefined) {
    return operation.op === 'remove' || layout.format === 'json'
      ? undefined
      : replaceWhole(text, holder, operation.value, layout);
  }
  const { shape } = holder;
  if (shape.kind !== 'map' && shape.kind !== 'seq') return undefined;
  const index = entryIndex(shape, last);
  const entry = shape.entries[index];
  if (operation.op === 'remove') return planRemoval(text, holder, index, layout);
  if (entry !== undefined && (operation.op === 'replace' || shape.kind === 'map')) {
    return shape.flow
      ? replaceFlow(text, shape, entry, operation.value, layout)
      : replaceValue(text, shape, entry, operation.value, layout);
  }
  return planAddition(text, holder, index, [{ key: last, value: operation.value }], layout);
}

/**
 * New entries of a map or a list, one after the other, behind the last where `index` is past it.
 */
export function planAddition(
  text: string,
  holder: Holder,
  index: number,
  entries: readonly NewEntry[],
  layout: Layout,
): readonly Splice[] | undefined {
  const { shape } = holder;
  const values = entries.map(({ value }) => value);
  if (shape.entries.length === 0 && layout.format === 'yaml' && !insideFlow(holder)) {
    const fresh = entries.map(({ key, value }) => [key, value] as const);
    const whole = shape.kind === 'map' ? Object.fromEntries(fresh) : values;
    return replaceWhole(text, holder, whole, layout);
  }
  if (shape.flow) return addFlow(text, shape, index, entries, layout);
  return shape.kind === 'map'
    ? addKeys(text, shape, entries, layout)
    : addItems(text, shape, index, values, layout, floorOf(text, holder));
}

/** The entry at `index` taken away; a collection that had no other becomes `{}` or `[]`. */
export function planRemoval(
  text: string,
  holder: Holder,
  index: number,
  layout: Layout,
): readonly Splice[] | undefined {
  const { shape } = holder;
  if (shape.entries[index] === undefined) return undefined;
  if (shape.flow) return removeFlow(text, shape, index);
  if (shape.entries.length > 1) return removeEntry(text, shape, index, floorOf(text, holder));
  return replaceWhole(text, holder, shape.kind === 'map' ? {} : [], layout);
}

/**
 * A collection that becomes empty, or an empty one (always in flow style) that gets its first
 * entry.
 */
function replaceWhole(
  text: string,
  { shape, entry, parent }: Holder,
  value: unknown,
  layout: Layout,
): readonly Splice[] {
  if (entry && parent) return replaceValue(text, parent, entry, value, layout);
  const { head, rest } = blockValue(value, 'map', layout);
  const fresh = unindented(rest);
  const isRemarked = lineEnd(text, shape.end) > shape.end + layout.eol.length;
  if (rest.length === 0 || !isRemarked) {
    const whole = rest.length === 0 ? head.trim() : fresh.join(layout.eol);
    return [{ start: shape.start, end: shape.end, text: whole }];
  }
  return [
    { start: shape.start, end: shape.end, text: '' },
    insertLines(lineEnd(text, shape.end), fresh, 0, layout.eol),
  ];
}

function unindented(lines: readonly string[]): readonly string[] {
  const margin = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
  return indent(
    lines.map((line) => line.slice(margin)),
    0,
  );
}

function insideFlow({ parent }: Holder): boolean {
  return parent?.flow === true;
}

/**
 * Where the lines of the collection begin: behind the line of its key; comments above that are not
 * its entries'.
 */
function floorOf(text: string, { shape, entry }: Holder): number {
  return entry ? lineEnd(text, entry.indicatorEnd) : lineStart(text, shape.body);
}

/**
 * The entry that a token names; the number of entries where it names none, or a place behind the
 * last.
 */
export function entryIndex({ kind, entries }: Shape, token: string): number {
  if (kind === 'seq') return token === '-' ? entries.length : Number(token);
  const index = entries.findIndex(({ key }) => key === token);
  return index === -1 ? entries.length : index;
}

/** Walks down from the root; undefined where a token names nothing. */
function follow(root: Shape, tokens: readonly string[]): Holder | undefined {
  let holder: Holder = { shape: root };
  for (const token of tokens) {
    const entry: Entry | undefined = holder.shape.entries[entryIndex(holder.shape, token)];
    if (entry === undefined) return undefined;
    holder = { shape: entry.value, entry, parent: holder.shape };
  }
  return holder;
}
