/**
 * The uniform view of a pod that the rules work on.
 *
 * Each author writes other keys in another order, so V8 gives each object another hidden class. A
 * copy of an object whose hidden class V8 has not seen lately costs as much as everything else
 * that a rule does. A copy that is given a new key is worse: V8 keeps it until the next full
 * collection (test/retention.test.ts).
 *
 * So the pod, its containers and their security contexts are read once into views. These always
 * have the same fields in the same order (generated/pod-views.ts): those that Lithopod reads.
 * Rules spread a view like any other object, and the diff finds what they changed. Fields that
 * Lithopod does not read remain in the object that the view was made of.
 */
import { mapShared } from './containers.ts';

/**
 * The key under which a view keeps the object that it was made of. It is a symbol, so that it can
 * never be equal to a key of the API and is never written as JSON.
 */
export const origin = Symbol('origin');

/** A view. It has every field, even if undefined: the compiler refuses one that forgets a field. */
export type View<T> = { readonly [K in keyof T]-?: T[K] } & { readonly [origin]: T };

/**
 * The object with which a diff compares `after`. Two views are compared with each other, so that
 * fields which Lithopod does not read stay untouched. Where a rule replaced a view by a plain
 * object, that object replaces the whole original, so it is compared with the original.
 */
export function diffBase(before: object, after: object): object {
  return origin in before && !(origin in after) ? (before as View<object>)[origin] : before;
}

/**
 * The object that the view was made of, with the fields that rules have changed since; the same
 * object where they changed none. A value without views is returned as it is.
 */
export function toApiPod<T>(value: T): T {
  return whole(value) as T;
}

function whole(value: unknown): unknown {
  if (Array.isArray(value)) return mapShared(value as readonly unknown[], whole);
  if (typeof value !== 'object' || value === null || !(origin in value)) return value;
  const { [origin]: before, ...fields } = value as View<Fields>;
  let after: Record<string, unknown> | undefined;
  for (const [key, field] of Object.entries(fields)) {
    const changed = whole(field);
    if (isSame(changed, before[key])) continue;
    // Not a spread: a key that is set below may be new to the copy (change.ts).
    after ??= Object.fromEntries(Object.entries(before));
    if (changed === undefined) Reflect.deleteProperty(after, key);
    else after[key] = changed;
  }
  return after ?? before;
}

type Fields = Readonly<Record<string, unknown>>;

/** A view has its own list of views, so lists are compared by their elements. */
function isSame(after: unknown, before: unknown): boolean {
  if (after === before) return true;
  if (!Array.isArray(after) || !Array.isArray(before) || after.length !== before.length)
    return false;
  return after.every((element, index) => element === before[index]);
}
