/**
 * The pod as the rules work on it.
 *
 * Objects of the API come in as many shapes as there are authors, and a copy of one whose shape V8
 * has not met lately costs as much as everything else that a rule does. A copy that is given a new
 * key is worse: V8 keeps it until the next full collection (test/retention.test.ts). So the pod,
 * its containers and their security contexts are read once into objects that always have the same
 * fields in the same order (generated/pod-views.ts): those that Lithopod reads. Rules spread it
 * like any other object, and the diff sees what they changed; the fields that nobody here reads
 * stay in the object that the view was made of.
 */
import { mapShared } from './containers.ts';

/**
 * Where a view keeps what it was made of. A symbol: no key of the API's can be taken for it, and no
 * JSON shows it.
 */
export const origin = Symbol('origin');

/** Has every field, be it undefined: the compiler refuses a view that forgets one. */
export type View<T> = { readonly [K in keyof T]-?: T[K] } & { readonly [origin]: T };

/**
 * What stands where `after` shall stand. A view that a rule made from a view has the fields which
 * nobody here reads as they were; anything else takes the place of the whole object, with these
 * fields too.
 */
export function diffBase(before: object, after: object): object {
  return origin in before && !(origin in after) ? (before as View<object>)[origin] : before;
}

/**
 * The whole object again: what the view was made of, with the fields that rules have changed since;
 * the same object where there are none. What is no view is given back as it is.
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
    // Not by spreading: what is set below may be new to it.
    after ??= Object.fromEntries(Object.entries(before));
    if (changed === undefined) Reflect.deleteProperty(after, key);
    else after[key] = changed;
  }
  return after ?? before;
}

type Fields = Readonly<Record<string, unknown>>;

/** A list of views is a list of its own, though it may hold what the one before held. */
function isSame(after: unknown, before: unknown): boolean {
  if (after === before) return true;
  if (!Array.isArray(after) || !Array.isArray(before) || after.length !== before.length)
    return false;
  return after.every((element, index) => element === before[index]);
}
