/** Finds the line of a part of a pod in its manifest. */
import { documentPointer } from '../../core/pod/pod-templates.ts';
import { lineOf } from '../../documents/index.ts';
import type { Position } from '../../documents/index.ts';
import type { HardenedObject } from '../input/hardening.ts';

/**
 * The line and column of a field, or of the nearest part around it that the manifest has.
 * `pointer` is relative to the pod or pod template.
 */
export function placeInPod(pointer: string, object: HardenedObject): Position {
  return lineOf(object.file, object.document, pointerInDocument(pointer, object));
}

/** The pointer into the document for one that is relative to the pod. */
export function pointerInDocument(pointer: string, { location }: HardenedObject): string {
  return documentPointer(location, pointer);
}

/** The lines at which the field begins, and each part of the document around it. */
export function linesAround(
  pointer: string,
  { file, document }: Pick<HardenedObject, 'file' | 'document'>,
): ReadonlySet<number> {
  const lines = new Set<number>();
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    lines.add(lineOf(file, document, at).line);
    if (at === '') return lines;
  }
}

/** Where the object begins: the workload, not its pod template. */
export function placeOfObject({ file, document, location }: HardenedObject): Position {
  const objectPointer = /^(?:\/items\/\d+)*/.exec(location.pointer)?.[0] ?? '';
  return lineOf(file, document, objectPointer);
}
