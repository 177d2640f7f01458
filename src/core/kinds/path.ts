/** The paths of the table of kinds: which values of an object they name. */
import { escapeToken, pointerOf } from '../values/json-pointer.ts';
import { isObject } from '../values/json.ts';

/** A value, with the JSON pointer to it from where the path began. */
export interface Found {
  readonly pointer: string;
  readonly value: unknown;
}

/** The values that a path names, in the order of the object; none where something is absent. */
export function valuesAt(root: unknown, path: string): readonly Found[] {
  let found: readonly Found[] = [{ pointer: '', value: root }];
  for (const segment of path === '' ? [] : path.split('.')) {
    let key = segment;
    while (key.endsWith('[]')) key = key.slice(0, -'[]'.length);
    found = found.flatMap((at) => child(at, key));
    for (let rest = segment.length - key.length; rest > 0; rest -= '[]'.length) {
      found = found.flatMap(entriesOf);
    }
  }
  return found;
}

/** The first value that a path names. */
export function valueAt(root: unknown, path: string): unknown {
  return valuesAt(root, path)[0]?.value;
}

/** A path without `[]` as a JSON pointer. */
export function pathPointer(path: string): string {
  return path === '' ? '' : pointerOf(path.split('.'));
}

function child({ pointer, value }: Found, key: string): readonly Found[] {
  if (!isObject(value) || !Object.hasOwn(value, key) || value[key] == null) return [];
  return [{ pointer: `${pointer}/${escapeToken(key)}`, value: value[key] }];
}

function entriesOf({ pointer, value }: Found): readonly Found[] {
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => ({ pointer: `${pointer}/${index}`, value: entry }));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, entry]) => ({
    pointer: `${pointer}/${escapeToken(key)}`,
    value: entry,
  }));
}
