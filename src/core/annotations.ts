/** Annotations of a pod, within what the API accepts. */
import { without } from './containers.ts';
import type { Pod } from './pod.ts';

/** All keys and values together, in bytes of UTF-8 (apimachinery v0.34 pkg/api/validation/objectmeta.go). */
const totalLimit = 256 * 1024;

/**
 * The pod with the annotation set, or nothing where the API would refuse it for the size of its annotations. One by the
 * name of `yielding` is not counted: a later rule writes it anew or takes it away.
 */
export function withAnnotation(
  pod: Pod,
  key: string,
  value: string,
  yielding?: string,
): Pod | undefined {
  const annotations = { ...pod.metadata?.annotations, [key]: value };
  const counted = yielding === undefined ? annotations : without(annotations, yielding);
  return fits(counted) ? { ...pod, metadata: { ...pod.metadata, annotations } } : undefined;
}

/** The pod without the annotation, which it has. */
export function withoutAnnotation(pod: Pod, key: string): Pod {
  const annotations = without(pod.metadata?.annotations ?? {}, key);
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** A text of n UTF-16 units has at most 3n bytes: only where that could be too much are they counted. */
function fits(annotations: Readonly<Record<string, string | null>>): boolean {
  return (
    sizeOf(annotations, ({ length }) => length) * 3 <= totalLimit ||
    sizeOf(annotations, utf8Length) <= totalLimit
  );
}

function sizeOf(
  annotations: Readonly<Record<string, string | null>>,
  measure: (text: string) => number,
): number {
  let size = 0;
  for (const key of Object.keys(annotations))
    size += measure(key) + measure(annotations[key] ?? '');
  return size;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
