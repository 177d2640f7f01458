/**
 * Manifest files: any number of YAML documents, or JSON, with the text kept so that edits can leave
 * the rest of it byte for byte.
 */
import { isDeepStrictEqual } from 'node:util';
import { LineCounter } from 'yaml';
import type { Document } from 'yaml';
import { parseJson } from '../core/values/json.ts';
import type { Problem, Result } from '../core/values/result.ts';
import { nodeProblems, readEveryAlias } from '../core/values/yaml-nodes.ts';
import type { NodeProblem } from '../core/values/yaml-nodes.ts';
import { parseEach, parseText } from './dialect.ts';
import type { ParsedDocument } from './dialect.ts';
import { notPlain, plainValue } from './plain-value.ts';
import { jsonTexts, listParts } from './segments.ts';
import { readPart, Trees } from './trees.ts';
import type { ListParts } from './segments.ts';
import type { Part } from './trees.ts';

/** One document of a file. */
export interface ManifestDocument extends Part {
  /**
   * What kubectl would read; null for a document that is empty or holds comments only. Never to be
   * changed.
   */
  readonly value: unknown;
  /**
   * Of a large list that was read item by item: where each of its `items` is. There is no tree of
   * the whole.
   */
  readonly items?: readonly Part[];
}

export interface ManifestFile {
  /** As given: what problems and findings name. */
  readonly name: string;
  /** Every character, byte order mark and line ends included. */
  readonly text: string;
  readonly format: 'yaml' | 'json';
  readonly documents: readonly ManifestDocument[];
  readonly trees: Trees;
  readonly lines: LineCounter;
}

export interface Position {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/**
 * Reads a manifest file. Refused, each with line and column and all at once, the first of each
 * line: YAML syntax errors, duplicate keys, keys that are no scalars (kubectl refuses them as
 * well), aliases without an anchor or inside their own, alias bombs. Where the text looks like a
 * Helm template, the first problem says to render it.
 */
export function readManifests(text: string, name: string): Result<ManifestFile> {
  const trees = new Trees(text);
  try {
    const faults: NodeProblem[] = [];
    const documents: ManifestDocument[] = [];
    for (const read of readDocuments(text)) {
      faults.push(...read.faults);
      const { start, end, value, items } = read;
      // Once something is wrong there is no file that anybody would ask for a tree.
      if (faults.length > 0) continue;
      const document = { start, end, value, ...(items && { items }) };
      if (read.tree) trees.keep(document, read.tree);
      documents.push(document);
    }
    if (faults.length > 0) return { ok: false, problems: problems(faults, text, name) };
    const format = formatOf(text, documents);
    return { ok: true, value: { name, text, format, documents, trees, lines: linesOf(text) } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problems: [{ file: name, message: 'The document is nested too deeply.' }] };
  }
}

interface ReadDocument extends ManifestDocument {
  readonly tree?: ParsedDocument;
  readonly faults: readonly NodeProblem[];
}

/**
 * The documents one after the other: whoever lets go of each has no more than one in memory. A
 * large list is read item by item, and JSON texts that follow one another are a document each.
 */
function* readDocuments(text: string): Generator<ReadDocument, void> {
  const list = listParts(text);
  const whole = list && readList(text, list);
  if (whole) {
    yield whole;
    return;
  }
  const texts = jsonTexts(text);
  if (texts !== undefined) {
    for (const part of texts) {
      for (const tree of readPart(text, part)) yield readDocument(tree, part, text);
    }
    return;
  }
  let start = 0;
  let last: ParsedDocument | undefined;
  for (const tree of parseEach(text)) {
    if (last !== undefined) {
      const end = last.syntax.range[2];
      yield readDocument(last, { start, end }, text);
      start = end;
    }
    last = tree;
  }
  if (last !== undefined) yield readDocument(last, { start, end: text.length }, text);
}

function readDocument(tree: ParsedDocument, { start, end }: Part, text: string): ReadDocument {
  const { syntax } = tree;
  const plain = plainOf(syntax);
  if (plain !== notPlain) return { start, end, value: plain, tree, faults: [] };
  const faults = [...faultsOf(syntax, text)];
  const value = faults.length === 0 ? valueOf(syntax, faults) : null;
  return { start, end, value, tree, faults };
}

/**
 * A list, of which each item was read by itself. Undefined where they do not make up a document
 * that says the same as the whole: an anchor in one may have its alias in another.
 */
function readList(text: string, { frame, items }: ListParts): ReadDocument | undefined {
  const [around, ...more] = parseText(frame);
  const outer = around && more.length === 0 ? plainOf(around.syntax) : notPlain;
  if (outer === notPlain || !isListFrame(outer)) return undefined;
  const values: unknown[] = [];
  for (const part of items) {
    const value = readItem(text, part);
    if (value === notPlain) return undefined;
    values.push(value);
  }
  const value = { ...outer, items: values };
  return { start: 0, end: text.length, value, items, faults: [] };
}

/**
 * The value of an item: in YAML its part is a list of one, in JSON the item itself. `notPlain` for
 * any other.
 */
export function readItem(text: string, part: Part): unknown {
  const [item, ...others] = readPart(text, part);
  const value = item && others.length === 0 ? plainOf(item.syntax) : notPlain;
  if (!Array.isArray(value)) return value;
  return value.length === 1 ? (value[0] as unknown) : notPlain;
}

function isListFrame(value: unknown): value is { readonly items: unknown } {
  return typeof value === 'object' && value !== null && 'items' in value && 'kind' in value;
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}

/** Line and column of an offset into the file's text. A byte order mark takes no column. */
export function positionAt(text: string, lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  const mark = line === 1 && text.startsWith('\uFEFF') && col > 1 ? 1 : 0;
  return { line: Math.max(line, 1), column: Math.max(col - mark, 1) };
}

function plainOf({ contents, errors }: Document.Parsed): unknown {
  return errors.length > 0 ? notPlain : plainValue(contents);
}

/** Whether the text is as many documents, each of the value that is expected of it. */
export function readsAs(
  text: string,
  documents: number,
  expected: (index: number) => unknown,
): boolean {
  let count = 0;
  try {
    for (const { value, faults } of readDocuments(text)) {
      if (faults.length > 0 || count >= documents) return false;
      if (!isDeepStrictEqual(value, expected(count))) return false;
      count++;
    }
  } catch {
    return false;
  }
  return count === documents;
}

function valueOf(syntax: Document.Parsed, faults: NodeProblem[]): unknown {
  try {
    return syntax.toJS(readEveryAlias) as unknown;
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RangeError) throw error;
    faults.push({ offset: syntax.range[0], message: sentence(error.message) });
    return null;
  }
}

function faultsOf(syntax: Document.Parsed, text: string): readonly NodeProblem[] {
  const problems = nodeProblems(syntax.contents, text);
  // After the first line that is no YAML the parser has lost the structure: one tab gives 30.
  const [error] = syntax.errors;
  if (error === undefined) return problems;
  const [offset] = error.pos;
  const before = problems.filter((problem) => problem.offset < offset);
  return [...before, { offset, message: sentence(error.message) }];
}

function problems(faults: readonly NodeProblem[], text: string, file: string): readonly Problem[] {
  const lines = linesOf(text);
  const hint = text.includes('{{')
    ? ' This looks like a Helm template: render it first, for example with `helm template`.'
    : '';
  return faults
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ offset, message }) => ({ file, ...positionAt(text, lines, offset), message }))
    .filter(({ line }, index, all) => line !== all[index - 1]?.line)
    .map((problem, index) =>
      index === 0 ? { ...problem, message: problem.message + hint } : problem,
    );
}

/** Some messages of the parser quote all the rest of the text. */
const longestMessage = 200;

function sentence(message: string): string {
  if (message.length > longestMessage) return `${message.slice(0, longestMessage)}…`;
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/** JSON is YAML too; the format decides how new text is written. */
function formatOf(text: string, documents: readonly ManifestDocument[]): 'yaml' | 'json' {
  const body = /^\uFEFF?\s*/.exec(text)?.[0].length ?? 0;
  if (text[body] !== '{' && text[body] !== '[') return 'yaml';
  return areJson(text, documents) ? 'json' : 'yaml';
}

/** Whether each of the parts is JSON. A byte order mark before one is none of it. */
export function areJson(text: string, parts: readonly Part[]): boolean {
  return parts.every(
    ({ start, end }) => parseJson(text.slice(start, end).replace(/^\uFEFF/, '')) !== undefined,
  );
}
