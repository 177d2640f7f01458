/**
 * A document as nested shapes with exact offsets: what the syntax tree of the `yaml` package knows
 * about values joined with what its token tree knows about characters. Edits are planned on it.
 */
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { CST, Document, Node } from 'yaml';
import type { ParsedDocument } from './dialect.ts';
import { columnAt } from './lines.ts';
import { keyName } from './place.ts';

export interface Shape {
  /** `opaque`: a layout that no edit is planned inside of. */
  readonly kind: 'map' | 'seq' | 'scalar' | 'alias' | 'opaque';
  /** Of a collection: written as `{…}` or `[…]`. */
  readonly flow: boolean;
  /** Where the anchor or tag begins, else the body. */
  readonly start: number;
  /** Where anchor and tag end; the body's start when there are none. */
  readonly propertiesEnd: number;
  readonly body: number;
  /** Where the content ends, line end and comment excluded. */
  readonly end: number;
  /** Column of the body: the indentation of a block collection. */
  readonly column: number;
  readonly anchor: string | undefined;
  readonly node: Node | null;
  readonly entries: readonly Entry[];
}

export interface Entry {
  /** Of a map; undefined in a list and for a merge key. */
  readonly key: string | undefined;
  readonly merge: boolean;
  /** Where the key or the dash begins; in a flow list the value. */
  readonly start: number;
  /** Just behind the colon or dash; in a flow list where the value begins. */
  readonly indicatorEnd: number;
  readonly value: Shape;
  readonly end: number;
}

export interface Outline {
  readonly text: string;
  readonly syntax: Document.Parsed;
  readonly root: Shape;
}

/** Undefined for an empty document: there is nothing to edit in it. */
export function outline(text: string, { syntax, token }: ParsedDocument): Outline | undefined {
  if (token.value === undefined || syntax.errors.length > 0) return undefined;
  const root = shapeOf(text, token.value, token.start, syntax.contents, token.value.offset);
  return { text, syntax, root };
}

/** `lead` holds the tokens before the value; `at` is where a value without any text would be. */
function shapeOf(
  text: string,
  token: CST.Token | undefined,
  lead: readonly CST.SourceToken[],
  node: Node | null,
  at: number,
): Shape {
  // Objects are written out in full here and below: this runs for every node, and spreading costs
  // more than parsing.
  const { start, end: propertiesEnd, anchor } = propertiesOf(lead);
  const { kind, end, entries } = contentOf(text, token, node);
  const body = bodyOf(token, entries) ?? propertiesEnd ?? at;
  return {
    kind,
    flow: token?.type === 'flow-collection',
    start: start ?? body,
    propertiesEnd: propertiesEnd ?? body,
    body,
    end: end ?? body,
    column: columnAt(text, body),
    anchor,
    node,
    entries,
  };
}

/** A map begins before the tag or anchor of its first key (`!!merge <<: *x`). */
function bodyOf(token: CST.Token | undefined, [first]: readonly Entry[]): number | undefined {
  if (token === undefined || !('offset' in token)) return undefined;
  return token.type === 'block-map' && first !== undefined
    ? Math.min(token.offset, first.start)
    : token.offset;
}

interface Properties {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly anchor: string | undefined;
}

function propertiesOf(lead: readonly CST.SourceToken[]): Properties {
  let start: number | undefined;
  let end: number | undefined;
  let anchor: string | undefined;
  for (const { type, offset, source } of lead) {
    if (type !== 'anchor' && type !== 'tag') continue;
    start ??= offset;
    end = offset + source.length;
    if (type === 'anchor') anchor = source.slice(1);
  }
  return { start, end, anchor };
}

interface Content {
  readonly kind: Shape['kind'];
  readonly end: number | undefined;
  readonly entries: readonly Entry[];
}

function contentOf(text: string, token: CST.Token | undefined, node: Node | null): Content {
  if (token === undefined) return { kind: 'scalar', end: undefined, entries: [] };
  if (
    token.type !== 'block-map' &&
    token.type !== 'block-seq' &&
    token.type !== 'flow-collection'
  ) {
    return { kind: isAlias(node) ? 'alias' : 'scalar', end: scalarEnd(text, token), entries: [] };
  }
  const entries = entriesOf(text, token, node);
  const end = token.type === 'flow-collection' ? flowEnd(token) : entries?.at(-1)?.end;
  if (entries === undefined || end === undefined) {
    return { kind: 'opaque', end: end ?? node?.range?.[1], entries: [] };
  }
  return { kind: isMap(node) ? 'map' : 'seq', end, entries };
}

type CollectionToken = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;

function entriesOf(text: string, token: CollectionToken, node: Node | null): Entry[] | undefined {
  const items = (token.items as readonly CST.CollectionItem[]).filter((item) =>
    isEntry(item, token),
  );
  if (!(isMap(node) || isSeq(node)) || items.length !== node.items.length) return undefined;
  const entries: Entry[] = [];
  for (const [index, item] of items.entries()) {
    const child: unknown = node.items[index];
    const entry = isMap(node) ? mapEntry(text, item, child) : seqEntry(text, item, child as Node);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** The parser also gives items for comments behind the last entry. */
function isEntry(item: CST.CollectionItem, token: CollectionToken): boolean {
  if (token.type === 'block-seq') return item.start.some(({ type }) => type === 'seq-item-ind');
  return item.key != null || item.sep !== undefined || item.value !== undefined;
}

function mapEntry(text: string, item: CST.CollectionItem, pair: unknown): Entry | undefined {
  const colon = item.sep?.find(({ type }) => type === 'map-value-ind');
  if (!isPair(pair) || colon === undefined || item.key == null) return undefined;
  const name = isMergeKey(pair.key) ? undefined : keyName(pair.key);
  const first = item.start.find(({ type }) => keyLead.has(type)) ?? item.key;
  const indicatorEnd = colon.offset + 1;
  const lead = (item.sep ?? []).filter(({ offset }) => offset > colon.offset);
  const value = shapeOf(text, item.value, lead, pair.value as Node | null, indicatorEnd);
  return {
    key: name,
    merge: name === undefined,
    start: 'offset' in first ? first.offset : indicatorEnd,
    indicatorEnd,
    value,
    end: value.end,
  };
}

/** A merge key with its tag, which docker compose and go-yaml write: `!!merge <<: *common`. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.tag === 'tag:yaml.org,2002:merge';
}

const keyLead: ReadonlySet<string> = new Set(['anchor', 'tag', 'explicit-key-ind']);

function seqEntry(text: string, item: CST.CollectionItem, node: Node): Entry | undefined {
  if (item.sep !== undefined || isPair(node)) return undefined;
  const dash = item.start.find(({ type }) => type === 'seq-item-ind');
  if (dash === undefined && item.value === undefined) return undefined;
  const lead = item.start.filter(({ offset }) => offset > (dash?.offset ?? -1));
  const value = shapeOf(text, item.value, lead, node, (dash?.offset ?? 0) + 1);
  const start = dash?.offset ?? value.start;
  const indicatorEnd = dash ? dash.offset + 1 : value.start;
  return { key: undefined, merge: false, start, indicatorEnd, value, end: value.end };
}

function flowEnd(token: CST.FlowCollection): number | undefined {
  const close = token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
  return close && close.offset + 1;
}

function scalarEnd(text: string, token: CST.Token): number | undefined {
  if (token.type === 'block-scalar') return blockScalarEnd(text, token);
  return 'source' in token ? token.offset + token.source.length : undefined;
}

/**
 * Blank lines behind a block scalar are no content of it unless its header says to keep them
 * (`|+`).
 */
function blockScalarEnd(text: string, token: CST.BlockScalar): number {
  const header = token.props.map((part) => ('source' in part ? part.source : '')).join('');
  const keeps = /^[|>][0-9]?\+/.test(header);
  let end = token.offset + header.length + token.source.length;
  if (keeps) return text[end - 1] === '\n' && token.source !== '' ? end - 1 : end;
  const margin = /^(?:[ \t]*\r?\n)*( *)/.exec(token.source)?.[1]?.length ?? 0;
  const floor = token.offset + header.trimEnd().length;
  while (end > floor && text[end - 1] === '\n') {
    const from = text.lastIndexOf('\n', end - 2) + 1;
    const line = text.slice(from, end).replace(/\r?\n$/, '');
    if (line.trim() !== '' || line.length > margin) return end - (text[end - 2] === '\r' ? 2 : 1);
    end = from;
  }
  return Math.max(end, floor);
}
