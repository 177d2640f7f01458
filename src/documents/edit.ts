/**
 * JSON Patch operations carried out on the text of a manifest file, so that every line that no
 * operation touches stays as it is. What comes out is read again and compared with what the
 * operations make of the value: where the two differ the `yaml` package writes the document, and
 * where that differs too nothing is given out.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyPatch } from '../core/patch.ts';
import type { Operation } from '../core/patch.ts';
import { parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import type { Result } from '../core/values/result.ts';
import { stepBefore } from './aliases.ts';
import type { Step } from './aliases.ts';
import { replaceValue } from './block.ts';
import { parseText } from './dialect.ts';
import { editList } from './edit-list.ts';
import { replaceFlow } from './flow.ts';
import { eolOf, layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { applySplices } from './lines.ts';
import type { Splice } from './lines.ts';
import { outline } from './outline.ts';
import type { Outline } from './outline.ts';
import { planAddition, planOperation, planRemoval } from './plan.ts';
import { planAtOnce, planPart } from './plan-part.ts';
import { areJson, readsAs } from './read.ts';
import type { ManifestFile } from './read.ts';
import { jsonTexts } from './segments.ts';
import { rewriteDocument } from './rewrite.ts';

export interface EditedDocument {
  /** The document's own part of the file's text. */
  readonly text: string;
  /** Whether the text could not be edited in place, so that its formatting was normalised. */
  readonly rewritten: boolean;
}

/** A file's text with its documents edited. */
export interface EditedFile {
  readonly text: string;
  /** The indices of the documents that could not be edited in place. */
  readonly rewritten: readonly number[];
}

/**
 * One document with the operations applied, as RFC 6902 has it: in sequence, paths relative to the
 * document, indices as they are after the operations before. A problem comes back only when neither
 * the edit nor the rewriting gives the expected value, which is a fault of ours. Throws as
 * `applyPatch` does where an operation does not fit the document.
 */
export function applyEdits(
  file: ManifestFile,
  documentIndex: number,
  operations: readonly Operation[],
  eol: Layout['eol'] = eolOf(file.text),
): Result<EditedDocument> {
  const document = file.documents[documentIndex];
  if (document === undefined) return internal(file, documentIndex, 'there is no such document');
  const before = file.text.slice(document.start, document.end);
  if (operations.length === 0) return success({ text: before, rewritten: false });
  const expected = applyPatch(document.value, operations);
  const current = outlineOf(before);
  if (current === undefined) return internal(file, documentIndex, 'it is empty');
  const layout = layoutOf(current, file.format, eol);
  const attempts = [
    () => editAtOnce(current, document.value, operations, layout),
    () => editOneByOne(current, operations, layout),
  ];
  for (const attempt of attempts) {
    const text = attempt();
    if (text !== undefined && reads(text, expected, file.format)) {
      return success({ text, rewritten: false });
    }
  }
  const rewritten = rewriteDocument(before, expected, operations, layout);
  if (rewritten !== undefined && reads(rewritten, expected, file.format)) {
    return success({ text: rewritten, rewritten: true });
  }
  return internal(file, documentIndex, 'the edited text would not read as expected');
}

/**
 * The whole file's text with the operations of each edited document (by its index) applied. The
 * file is read again as a whole: documents without operations must come back with the value they
 * had.
 */
export function editManifests(
  file: ManifestFile,
  edits: ReadonlyMap<number, readonly Operation[]>,
): Result<EditedFile> {
  const edited = [...edits].filter(([, operations]) => operations.length > 0);
  if (edited.length === 0) return success({ text: file.text, rewritten: [] });
  const byIndex = new Map(edited);
  const expected = (index: number): unknown => {
    const { value } = file.documents[index] ?? {};
    const operations = byIndex.get(index);
    return operations === undefined ? value : applyPatch(value, operations);
  };
  const eol = eolOf(file.text);
  const list = editList(file, edited, eol);
  if (list !== undefined) return success({ text: list, rewritten: [] });
  const atOnce = editFileAtOnce(file, edited, eol);
  if (atOnce !== undefined && readsAs(atOnce, file.documents.length, expected)) {
    return success({ text: atOnce, rewritten: [] });
  }

  const results = edited.map(([index, operations]) => applyEdits(file, index, operations, eol));
  const problems = results.flatMap((result) => (result.ok ? [] : result.problems));
  if (problems.length > 0) return failure(...problems);
  const texts = file.documents.map(({ start, end }) => file.text.slice(start, end));
  const rewritten: number[] = [];
  for (const [at, [index]] of edited.entries()) {
    const result = results[at];
    if (!result?.ok) continue;
    texts[index] = result.value.text;
    if (result.value.rewritten) rewritten.push(index);
  }
  const text = texts.join('');
  if (readsAs(text, file.documents.length, expected)) return success({ text, rewritten });
  return internal(file, edited[0]?.[0] ?? 0, 'the edited file would not read as expected');
}

/**
 * The whole file's text with the operations written where they are, so that an alias of what
 * changes changes too. What comes out is not compared with anything: the caller must. Undefined
 * where the text has a layout that no edit is known for.
 */
export function editSharing(
  file: ManifestFile,
  edits: ReadonlyMap<number, readonly Operation[]>,
): string | undefined {
  return editFileAtOnce(file, [...edits], eolOf(file.text));
}

/**
 * All edits of all documents on the reading that the file came with: the common case, in which the
 * text is read once more and no oftener. Undefined where one of them needs more.
 */
function editFileAtOnce(
  file: ManifestFile,
  edited: readonly (readonly [number, readonly Operation[]])[],
  eol: Layout['eol'],
): string | undefined {
  const splices: Splice[] = [];
  for (const [index, operations] of edited) {
    const document = file.documents[index];
    const planned = document && planPart(file, document, document.value, operations, eol);
    if (planned === undefined) return undefined;
    splices.push(...planned);
  }
  const text = applySplices(file.text, splices);
  return text !== undefined && (file.format === 'yaml' || isJson(text)) ? text : undefined;
}

/**
 * Undefined where the operations cannot all be planned on one reading of the text. Anchors are not
 * looked at: where an edit changes what an alias stands for, the text does not read as expected.
 */
function editAtOnce(
  current: Outline,
  value: unknown,
  operations: readonly Operation[],
  layout: Layout,
): string | undefined {
  const splices = planAtOnce(current, value, operations, layout);
  return splices && applySplices(current.text, splices);
}

/**
 * How many characters may be read again for one document, some seconds' worth: beyond, as for a
 * list of a hundred pods with an anchor, the `yaml` package writes the document.
 */
const maxRead = 8 * 1024 * 1024;

/**
 * One operation after the other, each on the text that the ones before left: with anchors about,
 * what an operation needs done first depends on them. Undefined where the text has a layout that no
 * edit is known for.
 */
function editOneByOne(
  first: Outline,
  operations: readonly Operation[],
  layout: Layout,
): string | undefined {
  let current: Outline | undefined = first;
  let done = 0;
  for (let read = 0; current !== undefined && read < maxRead; read += current?.text.length ?? 0) {
    const operation = operations[done];
    if (operation === undefined) return current.text;
    const step = stepBefore(current, operation);
    if (step === undefined) done++;
    const splices: readonly Splice[] | undefined = step
      ? planStep(current, step, layout)
      : planOperation(current, operation, layout);
    const text: string | undefined = splices && applySplices(current.text, splices);
    current = text === undefined ? undefined : outlineOf(text);
  }
  return undefined;
}

function planStep({ text }: Outline, step: Step, layout: Layout): readonly Splice[] | undefined {
  switch (step.action) {
    case 'replace': {
      const replace = step.parent.flow ? replaceFlow : replaceValue;
      return replace(text, step.parent, step.entry, step.value, layout);
    }
    case 'add':
      return planAddition(text, step.holder, Infinity, [step], layout);
    case 'remove':
      return planRemoval(text, step.holder, step.holder.shape.entries.indexOf(step.entry), layout);
  }
}

function outlineOf(text: string): Outline | undefined {
  const [parsed] = parseText(text);
  return parsed && outline(text, parsed);
}

function reads(text: string, expected: unknown, format: ManifestFile['format']): boolean {
  return (format === 'yaml' || readsAsJson(text, expected)) && readsAs(text, 1, () => expected);
}

/** Whether the text is JSON, or several texts of JSON that follow one another. */
function isJson(text: string): boolean {
  return areJson(text, jsonTexts(text) ?? [{ start: 0, end: text.length }]);
}

function readsAsJson(text: string, expected: unknown): boolean {
  return isDeepStrictEqual(parseJson(text.replace(/^\uFEFF/, '')), expected);
}

function internal(
  file: ManifestFile,
  documentIndex: number,
  reason: string,
): {
  readonly ok: false;
  readonly problems: readonly [{ readonly file: string; readonly message: string }];
} {
  const message = `Internal error: document ${documentIndex + 1} cannot be edited: ${reason}.`;
  return { ok: false, problems: [{ file: file.name, message }] };
}
