/** Where in its manifest something of a pod stands. */
import { lineOf } from '../../documents/index.ts';
import type { Position } from '../../documents/index.ts';
import type { HardenedObject } from '../input/hardening.ts';

/**
 * The line and column of a field, or of the nearest part around it that is written down. `pointer`
 * is relative to the pod or pod template.
 */
export function placeInPod(
  pointer: string,
  { file, document, location }: HardenedObject,
): Position {
  return lineOf(file, document, location.pointer + pointer);
}

/** The object's own first line: of a workload, not of its template. */
export function placeOfObject({ file, document, location }: HardenedObject): Position {
  const objectPointer = /^(?:\/items\/\d+)*/.exec(location.pointer)?.[0] ?? '';
  return lineOf(file, document, objectPointer);
}
