/** Annotations of a pod, within what the API accepts. */
import { withAnnotationValue } from './change.ts';
import type { Pod } from './pod.ts';

/**
 * All keys and values together, in bytes of UTF-8 (apimachinery v0.34
 * pkg/api/validation/objectmeta.go).
 */
export const totalLimit = 256 * 1024;

/**
 * The pod with the annotation set, or nothing where the API would refuse it for the size of its
 * annotations. One by the name of `uncounted` is not counted: a later rule writes it again or
 * removes it.
 */
export function withAnnotation(
  pod: Pod,
  key: string,
  value: string,
  uncounted?: string,
): Pod | undefined {
  const given = pod.metadata?.annotations ?? {};
  // Counted before they are copied, and no further than to the limit: a request may bring a hundred
  // thousand of them.
  const size = (measure: (text: string) => number): number => {
    let sum = measure(key) + measure(value);
    for (const each in given) {
      if (sum > totalLimit) break;
      if (each !== key && each !== uncounted) sum += measure(each) + measure(given[each] ?? '');
    }
    return sum;
  };
  if (!fits(size)) return undefined;
  return withAnnotationValue(pod, key, value);
}

/** A text of n UTF-16 units has n to 3n bytes: only in between are they counted. */
function fits(size: (measure: (text: string) => number) => number): boolean {
  const units = size(({ length }) => length);
  return units * 3 <= totalLimit || (units <= totalLimit && size(utf8Length) <= totalLimit);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
