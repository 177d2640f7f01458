/** Finds the line of a part of a pod in its manifest. */
import { lineOf } from '../../documents/index.ts';
import type { Position } from '../../documents/index.ts';
import type { HardenedObject } from '../input/hardening.ts';

/**
 * The line and column of a field, or of the nearest part around it that the manifest has.
 * `pointer` is relative to the pod or pod template.
 */
export function placeInPod(
  pointer: string,
  { file, document, location }: HardenedObject,
): Position {
  return lineOf(file, document, location.pointer + pointer);
}

/** Where the object begins: the workload, not its pod template. */
export function placeOfObject({ file, document, location }: HardenedObject): Position {
  const objectPointer = /^(?:\/items\/\d+)*/.exec(location.pointer)?.[0] ?? '';
  return lineOf(file, document, objectPointer);
}
