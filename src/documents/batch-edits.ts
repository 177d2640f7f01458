/**
 * JSON Patch operations rebased onto the document that they begin with, so that all of them can be
 * planned on one reading of its text. Each operation means the document that the ones before left,
 * and reading a text again after each costs far more than editing it.
 */
import { applyPatch } from '../core/patch.ts';
import { pointerTokens } from '../core/values/json-pointer.ts';
import type { Operation } from '../core/patch.ts';
import type { NewEntry } from './layout.ts';

/** What happens inside one collection, or to one of its entries. `path` leads to the collection. */
export type RebasedEdit =
  | {
      readonly op: 'add';
      readonly path: readonly string[];
      /** Before the entry of this index; behind the last where there is none. */
      readonly index: number;
      readonly entries: readonly NewEntry[];
    }
  | {
      readonly op: 'replace';
      readonly path: readonly string[];
      readonly key: string;
      readonly value: unknown;
    }
  | { readonly op: 'remove'; readonly path: readonly string[]; readonly key: string };

/**
 * The edits that the operations come to, those of inner collections before those of outer ones:
 * where both insert at one place of the text, the inner one comes first. Undefined where an
 * operation does not fit the value, or replaces the whole of it.
 */
export function rebaseEdits(
  value: unknown,
  operations: readonly Operation[],
): readonly RebasedEdit[] | undefined {
  const root = track(value);
  if (root === undefined) return undefined;
  for (const operation of operations) {
    if (!enter(root, pointerTokens(operation.path), operation)) return undefined;
  }
  return edits(root, []);
}

/** An entry of a list: one of the text, by its index there, or a new one. */
type Slot = { readonly origin: number } | { fresh: unknown };

interface Tracked {
  readonly value: object;
  /** Of a list: its entries as they are after the operations so far. */
  readonly slots: Slot[] | undefined;
  /** Of a map: its new entries. */
  readonly added: Map<string, unknown>;
  /** These three are by the key or index that an entry has in the text. */
  readonly inner: Map<string, Tracked>;
  readonly replaced: Map<string, unknown>;
  readonly removed: Set<string>;
}

function track(value: unknown): Tracked | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return {
    value,
    slots: Array.isArray(value) ? value.map((_, origin) => ({ origin })) : undefined,
    added: new Map(),
    inner: new Map(),
    replaced: new Map(),
    removed: new Set(),
  };
}

/** False where the operation does not fit. */
function enter(node: Tracked, tokens: readonly string[], operation: Operation): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return false;
  if (rest.length === 0) {
    return node.slots === undefined
      ? changeMap(node, token, operation)
      : changeList(node, node.slots, token, operation);
  }
  const slot = node.slots?.[Number(token)];
  if (slot !== undefined && 'fresh' in slot) {
    slot.fresh = inside(slot.fresh, rest, operation);
    return true;
  }
  if (node.added.has(token)) {
    node.added.set(token, inside(node.added.get(token), rest, operation));
    return true;
  }
  const key = slot === undefined ? token : String(slot.origin);
  if (node.replaced.has(key)) {
    node.replaced.set(key, inside(node.replaced.get(key), rest, operation));
    return true;
  }
  const child = node.inner.get(key) ?? track(currentValue(node, key));
  if (child === undefined) return false;
  node.inner.set(key, child);
  return enter(child, rest, operation);
}

function currentValue({ value, removed }: Tracked, key: string): unknown {
  return Object.hasOwn(value, key) && !removed.has(key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** An operation on a value that is not in the text yet. */
function inside(value: unknown, tokens: readonly string[], operation: Operation): unknown {
  const path = tokens
    .map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  return applyPatch(value, [{ ...operation, path }]);
}

function changeMap(node: Tracked, key: string, operation: Operation): boolean {
  const { added, removed, value } = node;
  const isInText = Object.hasOwn(value, key);
  if (operation.op === 'remove') {
    if (isInText && !removed.has(key)) return remove(node, key);
    return added.delete(key);
  }
  // A key that went and comes back has another value where it was.
  removed.delete(key);
  if (isInText) replace(node, key, operation.value);
  else added.set(key, operation.value);
  return true;
}

function changeList(node: Tracked, slots: Slot[], token: string, operation: Operation): boolean {
  const index = token === '-' ? slots.length : Number(token);
  if (operation.op === 'add') {
    slots.splice(index, 0, { fresh: operation.value });
    return true;
  }
  const slot = slots[index];
  if (slot === undefined) return false;
  if (operation.op === 'remove') {
    slots.splice(index, 1);
    return 'fresh' in slot || remove(node, String(slot.origin));
  }
  if ('fresh' in slot) slot.fresh = operation.value;
  else replace(node, String(slot.origin), operation.value);
  return true;
}

function replace({ replaced, inner }: Tracked, key: string, value: unknown): void {
  replaced.set(key, value);
  inner.delete(key);
}

function remove({ removed, replaced, inner }: Tracked, key: string): true {
  removed.add(key);
  replaced.delete(key);
  inner.delete(key);
  return true;
}

function edits(node: Tracked, path: readonly string[]): readonly RebasedEdit[] {
  return [
    ...[...node.inner].flatMap(([key, child]) => edits(child, [...path, key])),
    ...[...node.replaced].map(([key, value]) => ({ op: 'replace' as const, path, key, value })),
    ...[...node.removed].map((key) => ({ op: 'remove' as const, path, key })),
    ...additions(node, path),
  ];
}

function additions(
  { value, slots, added }: Tracked,
  path: readonly string[],
): readonly RebasedEdit[] {
  if (slots === undefined) {
    const entries = [...added].map(([key, value]) => ({ key, value }));
    return entries.length === 0 ? [] : [{ op: 'add', path, index: Infinity, entries }];
  }
  const all: RebasedEdit[] = [];
  let run: { readonly key: string; readonly value: unknown }[] = [];
  const end = (index: number): void => {
    if (run.length > 0) all.push({ op: 'add', path, index, entries: run });
    run = [];
  };
  for (const slot of slots) {
    if ('origin' in slot) end(slot.origin);
    else run.push({ key: '-', value: slot.fresh });
  }
  end((value as readonly unknown[]).length);
  return all;
}
