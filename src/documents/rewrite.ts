/**
 * The last resort: the document written by the `yaml` package, which keeps comments and key
 * order but not every space and quote.
 */
import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq } from 'yaml';
import type { Document } from 'yaml';
import type { Operation } from '../core/patch.ts';
import { readEveryAlias } from '../core/values/yaml-nodes.ts';
import { parseText, writeOptions } from './dialect.ts';
import type { Layout } from './layout.ts';
import { pointerTokens } from '../core/values/json-pointer.ts';

/**
 * The part of a file that one document is, with the operations applied and the formatting
 * normalised.
 */
export function rewriteDocument(
  text: string,
  expected: unknown,
  operations: readonly Operation[],
  layout: Layout,
): string | undefined {
  const [parsed] = parseText(text);
  if (parsed === undefined) return undefined;
  const { syntax } = parsed;
  syntax.schema.compat = [...writeOptions.compat];
  if (layout.format === 'json')
    return leadingBytes(text) + JSON.stringify(expected, null, layout.jsonIndent);
  try {
    for (const operation of operations) applyToSyntax(syntax, operation);
  } catch {
    syntax.contents = null;
  }
  if (!readsAs(syntax, expected)) {
    syntax.contents = syntax.createNode(expected, { aliasDuplicateObjects: false }) as never;
  }
  const { lineWidth, doubleQuotedMinMultiLineLength } = writeOptions;
  // Two spaces, whatever the layout: with others the package gets block scalars wrong that begin
  // with a space.
  const indentSeq = layout.seqIndent > 0;
  const written = syntax.toString({
    lineWidth,
    doubleQuotedMinMultiLineLength,
    indent: 2,
    indentSeq,
  });
  return leadingBytes(text) + written.replace(/\r?\n/g, layout.eol);
}

function readsAs(syntax: Document.Parsed, expected: unknown): boolean {
  try {
    return isDeepStrictEqual(syntax.toJS(readEveryAlias), expected);
  } catch {
    return false;
  }
}

/** The byte order mark, or the line end that a preceding lone `---` left to this document. */
function leadingBytes(text: string): string {
  return /^(?:\uFEFF|\r?\n)?/.exec(text)?.[0] ?? '';
}

function applyToSyntax(syntax: Document.Parsed, operation: Operation): void {
  const tokens = pointerTokens(operation.path);
  const parent: unknown = syntax.getIn(tokens.slice(0, -1).map(indexOrKey), true);
  const last = tokens.at(-1);
  if (last === undefined) throw new Error('The whole document is replaced.');
  const value = operation.op === 'remove' ? undefined : syntax.createNode(operation.value);
  if (isSeq(parent)) {
    const index = last === '-' ? parent.items.length : Number(last);
    const removed = operation.op === 'add' ? 0 : 1;
    parent.items.splice(index, removed, ...(value === undefined ? [] : [value]));
  } else if (isMap(parent)) {
    if (value === undefined) parent.delete(last);
    else parent.set(last, value);
  } else throw new Error('The parent is no collection.');
}

function indexOrKey(token: string): string | number {
  return /^[0-9]+$/.test(token) ? Number(token) : token;
}
