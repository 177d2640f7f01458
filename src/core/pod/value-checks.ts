/** The checks of single values that the generated check of a pod calls. */
import { isObject } from '../values/json.ts';

/** Whether the value is a string. */
export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** Whether the value is an object of strings. A value of `null` counts as absent. */
export function isMapOfStrings(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const key of Object.keys(value))
    if (value[key] !== null && typeof value[key] !== 'string') return false;
  return true;
}

/** Whether the value is a list, and `each` accepts every element. */
export function isListOf(value: unknown, each: (element: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (const element of value as readonly unknown[]) if (!each(element)) return false;
  return true;
}
