/** All operations on one part of a file, planned on one reading of its text. */
import { rebaseEdits } from './batch-edits.ts';
import { layoutOf } from './layout.ts';
import { outline } from './outline.ts';
import { planEdit } from './plan.ts';
import type { Operation } from '../core/patch.ts';
import type { Layout } from './layout.ts';
import type { Splice } from './lines.ts';
import type { Outline } from './outline.ts';
import type { ManifestFile } from './read.ts';
import type { Part } from './trees.ts';

/**
 * What becomes of one part of the text, whose value is `value`. Undefined where the operations
 * cannot all be planned on one reading of it.
 */
export function planPart(
  file: ManifestFile,
  part: Part,
  value: unknown,
  operations: readonly Operation[],
  eol: Layout['eol'],
): readonly Splice[] | undefined {
  const current = outline(file.text, file.trees.of(part));
  return current && planAtOnce(current, value, operations, layoutOf(current, file.format, eol));
}

/**
 * The same of an outline. Anchors are not looked at: where an edit changes what an alias stands
 * for, the text does not read as expected.
 */
export function planAtOnce(
  current: Outline,
  value: unknown,
  operations: readonly Operation[],
  layout: Layout,
): readonly Splice[] | undefined {
  const edits = rebaseEdits(value, operations);
  if (edits === undefined) return undefined;
  const splices: Splice[] = [];
  for (const edit of edits) {
    const planned = planEdit(current, edit, layout);
    if (planned === undefined) return undefined;
    splices.push(...planned);
  }
  return splices;
}
