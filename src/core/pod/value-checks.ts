/** The checks of single values from which the check of a pod is generated. */
import { isObject } from '../values/json.ts';

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isMapOfStrings(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const key of Object.keys(value))
    if (value[key] !== null && typeof value[key] !== 'string') return false;
  return true;
}

export function isListOf(value: unknown, each: (element: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (const element of value as readonly unknown[]) if (!each(element)) return false;
  return true;
}
