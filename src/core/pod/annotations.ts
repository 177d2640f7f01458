/** Sets annotations of a pod within the size that the API accepts. */
import { withAnnotationValue } from './change.ts';
import type { Pod } from './pod.ts';

/**
 * The API's limit for all keys and values of a pod's annotations together, in bytes of UTF-8
 * (apimachinery v0.34 pkg/api/validation/objectmeta.go).
 */
export const totalLimit = 256 * 1024;

/**
 * The pod with the annotation set; undefined where the API would refuse the pod for the size of
 * its annotations. An annotation with the key `uncounted` is not counted: a later rule writes it
 * again or removes it.
 */
export function withAnnotation(
  pod: Pod,
  key: string,
  value: string,
  uncounted?: string,
): Pod | undefined {
  const given = pod.metadata?.annotations ?? {};
  // Counted before they are copied, and only up to the limit: a request may have a hundred
  // thousand annotations.
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

/**
 * A text of n UTF-16 units has n to 3n bytes, so bytes are counted only where n does not decide.
 */
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
