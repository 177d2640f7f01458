import type { JsonObject } from '../values/json.ts';

/**
 * Whether two values of JSON are deeply equal. `null`, `undefined` and a missing key count as
 * equal, because the API server reads all three alike.
 */
export function equalValues(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (left == null || right == null) return left == null && right == null;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((value, index) => equalValues(value, right[index]))
    );
  }
  return equalObjects(left as JsonObject, right as JsonObject);
}

function equalObjects(left: JsonObject, right: JsonObject): boolean {
  for (const key of Object.keys(left)) {
    if (!equalValues(left[key], right[key])) return false;
  }
  for (const key of Object.keys(right)) {
    if (right[key] != null && left[key] == null) return false;
  }
  return true;
}
