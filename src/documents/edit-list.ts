/**
 * The edits of a large list that was read item by item: each item is edited and read again by
 * itself, so that no more than one is in memory.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyPatch } from '../core/patch.ts';
import { parseJson } from '../core/values/json.ts';
import { applySplices } from './lines.ts';
import { planPart } from './plan-part.ts';
import { readItem } from './read.ts';
import { listParts } from './segments.ts';
import type { Operation } from '../core/patch.ts';
import type { Layout } from './layout.ts';
import type { ManifestFile } from './read.ts';
import type { ListParts } from './segments.ts';
import type { Part } from './trees.ts';

/** Undefined where the file is no such list, or an item needs more than one reading. */
export function editList(
  file: ManifestFile,
  edited: readonly (readonly [number, readonly Operation[]])[],
  eol: Layout['eol'],
): string | undefined {
  const [document] = file.documents;
  const [[, operations] = [], ...others] = edited;
  const { items } = document ?? {};
  if (items === undefined || operations === undefined || others.length > 0) return undefined;
  const byItem = operationsByItem(operations);
  if (byItem === undefined) return undefined;
  const values = (document?.value as { readonly items: readonly unknown[] }).items;
  const pieces: string[] = [];
  const parts: Part[] = [];
  let [at, written] = [0, 0];
  const write = (piece: string): void => {
    pieces.push(piece);
    written += piece.length;
  };
  for (const [index, part] of items.entries()) {
    const own = byItem.get(index);
    const item =
      own === undefined
        ? file.text.slice(part.start, part.end)
        : editItem(file, part, values[index], own, eol);
    if (item === undefined) return undefined;
    write(file.text.slice(at, part.start));
    parts.push({ start: written, end: written + item.length });
    write(item);
    at = part.end;
  }
  write(file.text.slice(at));
  const text = pieces.join('');
  return isSameList(listParts(text, 0), parts, listParts(file.text, 0)) ? text : undefined;
}

/** The text of an item with the operations applied, once it reads as it should. */
function editItem(
  file: ManifestFile,
  part: Part,
  value: unknown,
  operations: readonly Operation[],
  eol: Layout['eol'],
): string | undefined {
  const isJson = file.format === 'json';
  // Of YAML the part of an item is a list of one.
  const lead = isJson ? '' : '/0';
  const moved = operations.map((operation) => ({ ...operation, path: lead + operation.path }));
  const splices = planPart(file, part, isJson ? value : [value], moved, eol);
  if (splices?.every(({ start, end }) => start >= part.start && end <= part.end) !== true) {
    return undefined;
  }
  const own = splices.map((splice) => ({
    ...splice,
    start: splice.start - part.start,
    end: splice.end - part.start,
  }));
  const text = applySplices(file.text.slice(part.start, part.end), own);
  if (text === undefined || (isJson && parseJson(text) === undefined)) return undefined;
  const expected = applyPatch(value, operations);
  return isDeepStrictEqual(readItem(text, { start: 0, end: text.length }), expected)
    ? text
    : undefined;
}

/**
 * The operations of each item, with paths relative to it; undefined where one is about anything
 * else.
 */
function operationsByItem(
  operations: readonly Operation[],
): ReadonlyMap<number, readonly Operation[]> | undefined {
  const byItem = new Map<number, Operation[]>();
  for (const operation of operations) {
    const [, index, path] = /^\/items\/([0-9]+)(\/.*)$/s.exec(operation.path) ?? [];
    if (index === undefined || path === undefined) return undefined;
    const own = byItem.get(Number(index));
    if (own === undefined) byItem.set(Number(index), [{ ...operation, path }]);
    else own.push({ ...operation, path });
  }
  return byItem;
}

/** Whether the items are where they were put, and all around them is as it was. */
function isSameList(
  after: ListParts | undefined,
  items: readonly Part[],
  before: ListParts | undefined,
): boolean {
  return after?.frame === before?.frame && isDeepStrictEqual(after?.items, items);
}
