/**
 * Operations told against the document as it stands, so that all of them can be planned on one
 * reading of its text: JSON Patch operations each mean the document that the ones before left, and
 * reading a text anew after each costs far more than editing it.
 */
import { applyPatch } from '../core/patch.ts';
import { pointerTokens } from './pointer.ts';
import type { Operation } from '../core/patch.ts';
import type { NewEntry } from './plan.ts';

/** What happens inside one collection, or to one of its entries. `path` leads to the collection. */
export type RebasedEdit =
  | {
      readonly op: 'add';
      readonly path: readonly string[];
      /** Before the entry that stands at this index; behind the last where there is none. */
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
 * The edits of operations that fit the value, those of inner collections before those of outer
 * ones: where both insert at one place of the text, the inner's stands first. Undefined where they
 * cannot be told so simply, as when an entry goes from a collection that other operations change
 * too.
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

/** An entry of a list: one that stands in the text, or a new one. */
type Slot = { readonly origin: number } | { fresh: unknown };

interface Tracked {
  readonly value: object;
  /** Of a list: its entries as they are after the operations so far. */
  readonly slots: Slot[] | undefined;
  /** Of a map: its new entries. */
  readonly added: Map<string, unknown>;
  /** By the entry's key, or index as it stands. */
  readonly inner: Map<string, Tracked>;
  readonly replaced: Map<string, unknown>;
  removed: string | undefined;
}

function track(value: unknown): Tracked | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return {
    value,
    slots: Array.isArray(value) ? value.map((_, origin) => ({ origin })) : undefined,
    added: new Map(),
    inner: new Map(),
    replaced: new Map(),
    removed: undefined,
  };
}

/** False where the operation cannot be told against what stands. */
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

function currentValue({ value }: Tracked, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** An operation on a value that is not in the text yet. */
function inside(value: unknown, tokens: readonly string[], operation: Operation): unknown {
  const path = tokens
    .map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  return applyPatch(value, [{ ...operation, path }]);
}

function changeMap(node: Tracked, key: string, operation: Operation): boolean {
  const { added, value } = node;
  if (key === node.removed) return false;
  const stands = Object.hasOwn(value, key);
  if (operation.op === 'remove') {
    if (added.delete(key)) return true;
    return stands && remove(node, key);
  }
  if (stands) replace(node, key, operation.value);
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

function remove(node: Tracked, key: string): boolean {
  if (node.removed !== undefined) return false;
  node.removed = key;
  node.replaced.delete(key);
  node.inner.delete(key);
  return true;
}

function edits(node: Tracked, path: readonly string[]): readonly RebasedEdit[] | undefined {
  const all: RebasedEdit[] = [];
  for (const [key, child] of node.inner) {
    const below = edits(child, [...path, key]);
    if (below === undefined) return undefined;
    all.push(...below);
  }
  const own: RebasedEdit[] = [
    ...[...node.replaced].map(([key, value]) => ({ op: 'replace' as const, path, key, value })),
    ...additions(node, path),
  ];
  if (node.removed === undefined) return [...all, ...own];
  if (own.length > 0 || all.length > 0) return undefined;
  return [{ op: 'remove', path, key: node.removed }];
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
