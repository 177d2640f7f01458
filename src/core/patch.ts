/**
 * JSON Patch (RFC 6902) between two versions of one object, of which the later shares with the
 * earlier every part that did not change. The cost is that of the change: equal references are
 * never entered.
 *
 * A plain array diff compares by position, so inserting a mount first rewrites every neighbour, and
 * with them fields that we do not know. Here elements are aligned by identity or by their key, and
 * an operation inserts at its index.
 */
import jsonPatch from 'fast-json-patch';
import { escapeToken } from './values/json-pointer.ts';
import { isObject } from './values/json.ts';
import { diffBase } from './pod/uniform-pod.ts';
import type { JsonObject } from './values/json.ts';

export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The operations that turn `before` into `after`, in the order in which they must be applied. Empty
 * when equal by reference.
 */
export function diff(before: unknown, after: unknown): readonly Operation[] {
  const operations: Operation[] = [];
  diffValue(before, after, '', operations);
  return operations;
}

/**
 * A deep copy of `document` with the operations applied by fast-json-patch, which validates each of
 * them. Throws its JsonPatchError where an operation does not fit: that would be our own fault.
 */
export function applyPatch(document: unknown, operations: readonly Operation[]): unknown {
  // It inserts values by reference, and a later operation would then change what an earlier one
  // carries.
  return jsonPatch.applyPatch(document, structuredClone([...operations]), true, false).newDocument;
}

function diffValue(before: unknown, after: unknown, path: string, operations: Operation[]): void {
  if (before === after) return;
  if (isArray(before) && isArray(after)) diffArray(before, after, path, operations);
  else if (isObject(before) && isObject(after))
    diffObject(diffBase(before, after) as JsonObject, after, path, operations);
  else operations.push({ op: 'replace', path, value: after });
}

function diffObject(
  before: JsonObject,
  after: JsonObject,
  path: string,
  operations: Operation[],
): void {
  // Almost every field is shared by both: that is asked first, since it costs least.
  for (const key of Object.keys(before)) {
    const previous = before[key];
    if (previous === after[key] || previous === undefined) continue;
    if (ownValue(after, key) === undefined) {
      operations.push({ op: 'remove', path: `${path}/${escapeToken(key)}` });
    }
  }
  for (const key of Object.keys(after)) {
    const value = after[key];
    if (value === before[key] || value === undefined) continue;
    const previous = ownValue(before, key);
    const keyPath = `${path}/${escapeToken(key)}`;
    if (previous === undefined) operations.push({ op: 'add', path: keyPath, value });
    else diffValue(previous, value, keyPath, operations);
  }
}

/** A key may be called `constructor`: what an object inherits is not its content. */
function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Walks both arrays once. `index` is where the walk stands in the array as it is after the
 * operations so far, so each operation names the right place whatever was inserted before it.
 * Whichever way an element is aligned, the outcome is `after`; good keys only make the operations
 * few.
 */
function diffArray(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  operations: Operation[],
): void {
  // Of a list of texts that is mostly gone, what is left is shorter than an operation for each that
  // went.
  if (before.length - after.length > maxRemovals && typeof before[0] === 'string') {
    operations.push({ op: 'replace', path, value: after });
    return;
  }
  // Lists mostly have the same elements, or new ones at one end: then nothing has to be looked up.
  let index = 0;
  while (index < before.length && index < after.length && isPaired(before[index], after[index])) {
    diffValue(before[index], after[index], `${path}/${index}`, operations);
    index++;
  }
  let beforeEnd = before.length;
  let afterEnd = after.length;
  while (beforeEnd > index && afterEnd > index && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--;
    afterEnd--;
  }
  let next = index;
  const known = new Set<unknown>();
  for (let at = next; at < beforeEnd; at++) known.add(keyOf(before[at]));
  for (; index < afterEnd; index++) {
    const value = after[index];
    const isKnown = known.size > 0 && known.has(keyOf(value));
    if (isKnown) {
      while (next < beforeEnd && !isPaired(before[next], value)) {
        operations.push({ op: 'remove', path: `${path}/${index}` });
        next++;
      }
    }
    if (isKnown && next < beforeEnd) {
      diffValue(before[next], value, `${path}/${index}`, operations);
      next++;
    } else {
      operations.push({ op: 'add', path: `${path}/${index}`, value });
    }
  }
  for (; next < beforeEnd; next++) operations.push({ op: 'remove', path: `${path}/${index}` });
}

const maxRemovals = 64;

function isPaired(before: unknown, after: unknown): boolean {
  return before === after || keyOf(before) === keyOf(after);
}

/**
 * What an element of a pod's list is known by: a mount by its path, a container, volume or sysctl
 * by its name, a string by itself.
 */
function keyOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { mountPath, name } = value as { readonly mountPath?: unknown; readonly name?: unknown };
  return mountPath ?? name ?? value;
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
