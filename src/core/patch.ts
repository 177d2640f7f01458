/**
 * JSON Patch (RFC 6902) between two versions of one object that share every part that did not
 * change. Parts that are equal by reference are not compared, so the cost grows with the change
 * only.
 *
 * A plain diff of arrays compares by position. A mount inserted at the start would rewrite all
 * mounts after it, with fields that we do not know. This diff pairs elements by identity or by
 * their key, and inserts an element at its index.
 */
import jsonPatch from 'fast-json-patch';
import { escapeToken } from './values/json-pointer.ts';
import { isObject } from './values/json.ts';
import { diffBase } from './pod/uniform-pod.ts';
import type { JsonObject } from './values/json.ts';

/** One operation of a JSON Patch; `path` is a JSON pointer. */
export type Operation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The operations that turn `before` into `after`, in the order in which they must be applied.
 * Empty when equal by reference.
 */
export function diff(before: unknown, after: unknown): readonly Operation[] {
  const operations: Operation[] = [];
  diffValue(before, after, '', operations);
  return operations;
}

/**
 * A deep copy of `document` with the operations applied. fast-json-patch validates each operation
 * and throws its JsonPatchError where one does not fit: that would be a bug of Lithopod.
 */
export function applyPatch(document: unknown, operations: readonly Operation[]): unknown {
  // A clone: the library inserts values by reference, so a later operation would change the value
  // of an earlier one.
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
  // Almost every field is the same in both, so the cheapest test comes first.
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

/** The object's own value of the key: a key may be named `constructor`, which objects inherit. */
function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Walks both arrays once. `index` is the position in the array that the operations so far have
 * made, so each operation has the right index, whatever was inserted before it. The outcome is
 * `after` however elements are paired; good keys only make fewer operations.
 */
function diffArray(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  operations: Operation[],
): void {
  // Where most of a list of texts is removed, the rest is shorter than an operation for each
  // removed text.
  if (before.length - after.length > maxRemovals && typeof before[0] === 'string') {
    operations.push({ op: 'replace', path, value: after });
    return;
  }
  // Most lists have the same elements, or new ones at one end: these need no lookup by key.
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
 * The key of an element of a pod's list: the path of a mount, the name of a container, volume or
 * sysctl, a string itself.
 */
function keyOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { mountPath, name } = value as { readonly mountPath?: unknown; readonly name?: unknown };
  return mountPath ?? name ?? value;
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
