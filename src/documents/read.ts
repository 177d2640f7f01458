/**
 * Manifest files: any number of YAML documents, or JSON, with the text kept so that edits can leave
 * the rest of it byte for byte.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isCollection, isMap, isPair, isSeq, LineCounter } from 'yaml';
import type { CST, Document, Node, Pair, YAMLError } from 'yaml';
import type { Problem, Result } from '../core/values/result.ts';
import { maxAliasCount, parseEach, parseText } from './dialect.ts';
import type { ParsedDocument } from './dialect.ts';
import { notPlain, plainValue } from './plain-value.ts';

export interface ManifestDocument {
  /**
   * What kubectl would read; null for a document that is empty or holds comments only. Never to be
   * changed.
   */
  readonly value: unknown;
  /**
   * Where the document's own part of the file's text starts and ends. The parts follow one another
   * without a gap.
   */
  readonly start: number;
  readonly end: number;
  readonly syntax: Document.Parsed;
  readonly token: CST.Document;
}

export interface ManifestFile {
  /** As given: what problems and findings name. */
  readonly name: string;
  /** Every character, byte order mark and line ends included. */
  readonly text: string;
  readonly format: 'yaml' | 'json';
  readonly documents: readonly ManifestDocument[];
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
 * well), aliases without an anchor, alias bombs. Where the text looks like a Helm template, the
 * first problem says to render it.
 */
export function readManifests(text: string, name: string): Result<ManifestFile> {
  const lines = new LineCounter();
  try {
    const parsed = parseText(text, lines);
    const values = parsed.map(({ syntax }) => plainOf(syntax));
    const faults = parsed.flatMap(({ syntax }, index) =>
      values[index] === notPlain ? faultsOf(syntax, text) : [],
    );
    const documents = faults.length === 0 ? toDocuments(parsed, values, text, faults) : [];
    if (faults.length > 0) return { ok: false, problems: problems(faults, text, name, lines) };
    return { ok: true, value: { name, text, format: formatOf(text), documents, lines } };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problems: [{ file: name, message: 'The document is nested too deeply.' }] };
  }
}

/** Line and column of an offset into the file's text. A byte order mark takes no column. */
export function positionAt(text: string, lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  const mark = line === 1 && text.startsWith('\uFEFF') && col > 1 ? 1 : 0;
  return { line: Math.max(line, 1), column: Math.max(col - mark, 1) };
}

interface ReadProblem {
  readonly offset: number;
  readonly message: string;
}

function toDocuments(
  parsed: readonly ParsedDocument[],
  values: readonly unknown[],
  text: string,
  faults: ReadProblem[],
): readonly ManifestDocument[] {
  let start = 0;
  return parsed.map(({ syntax, token }, index) => {
    const end = index === parsed.length - 1 ? text.length : syntax.range[2];
    const plain = values[index];
    const value = plain === notPlain ? valueOf(syntax, faults) : plain;
    const document = { value, start, end, syntax, token };
    start = end;
    return document;
  });
}

function plainOf({ contents, errors }: Document.Parsed): unknown {
  return errors.length > 0 ? notPlain : plainValue(contents);
}

/** Whether the text is documents of just these values. */
export function readsAs(text: string, values: readonly unknown[]): boolean {
  let count = 0;
  try {
    for (const { syntax } of parseEach(text)) {
      const plain = plainOf(syntax);
      if (syntax.errors.length > 0 || count >= values.length) return false;
      const value: unknown = plain === notPlain ? syntax.toJS({ maxAliasCount }) : plain;
      if (!isDeepStrictEqual(value, values[count])) return false;
      count++;
    }
  } catch {
    return false;
  }
  return count === values.length;
}

function valueOf(syntax: Document.Parsed, faults: ReadProblem[]): unknown {
  try {
    return syntax.toJS({ maxAliasCount }) as unknown;
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RangeError) throw error;
    faults.push({ offset: syntax.range[0], message: sentence(error.message) });
    return null;
  }
}

function faultsOf(syntax: Document.Parsed, text: string): readonly ReadProblem[] {
  if (syntax.errors.length > 0) return syntax.errors.map((error) => syntaxProblem(error, text));
  const faults: ReadProblem[] = [];
  addNodeProblems(syntax.contents, new Set(), faults);
  return faults;
}

type SyntaxProblem = Pick<YAMLError, 'code' | 'message' | 'pos'>;

function syntaxProblem({ code, message, pos }: SyntaxProblem, text: string): ReadProblem {
  const [offset] = pos;
  if (code !== 'DUPLICATE_KEY') return { offset, message: sentence(message) };
  const key = /^[^:\s]*/.exec(text.slice(offset, offset + 100))?.[0] ?? '';
  return { offset, message: `The key ${key} is twice in one map.` };
}

/** In the order of the text, in which an anchor must come before its aliases. */
function addNodeProblems(node: unknown, anchors: Set<string>, faults: ReadProblem[]): void {
  if (isAlias(node)) {
    if (!anchors.has(node.source)) {
      const message = `There is no anchor &${node.source} before this alias.`;
      faults.push({ offset: startOf(node), message });
    }
    return;
  }
  const { anchor } = (node ?? {}) as { readonly anchor?: string };
  if (anchor !== undefined) anchors.add(anchor);
  if (isSeq(node)) for (const item of node.items) addNodeProblems(item, anchors, faults);
  if (isMap(node)) for (const pair of node.items) addPairProblems(pair, anchors, faults);
  if (isPair(node)) addPairProblems(node, anchors, faults);
}

function addPairProblems({ key, value }: Pair, anchors: Set<string>, faults: ReadProblem[]): void {
  if (isCollection(key)) {
    const message = 'A key must be a scalar, not a map or a list.';
    faults.push({ offset: startOf(key), message });
  }
  addNodeProblems(key, anchors, faults);
  addNodeProblems(value, anchors, faults);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function problems(
  faults: readonly ReadProblem[],
  text: string,
  file: string,
  lines: LineCounter,
): readonly Problem[] {
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
function formatOf(text: string): 'yaml' | 'json' {
  const body = text.replace(/^\uFEFF/, '').trimStart();
  if (!body.startsWith('{') && !body.startsWith('[')) return 'yaml';
  try {
    JSON.parse(body);
    return 'json';
  } catch {
    return 'yaml';
  }
}
