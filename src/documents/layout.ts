/** How a document is laid out, learnt from its text, and new values written in the same manner. */
import { stringify } from 'yaml';
import { isAmbiguous, writeOptions } from './dialect.ts';
import { indent } from './lines.ts';
import type { Outline, Shape } from './outline.ts';

export interface Layout {
  /** Spaces per level of maps. */
  readonly step: number;
  /**
   * Spaces that a list below a key is indented by: 0 where its dashes are in the key's column.
   */
  readonly seqIndent: number;
  /** Spaces between a dash and its item, at least 1. */
  readonly dashGap: number;
  readonly eol: '\n' | '\r\n';
  readonly format: 'yaml' | 'json';
  /** What JSON on many lines is indented by, per level. */
  readonly jsonIndent: string;
}

/** What an edit adds to a map, by its key, or to a list, where the key means nothing. */
export interface NewEntry {
  readonly key: string;
  readonly value: unknown;
}

/** What most of the document does; where it gives no example, two spaces and indented lists. */
export function layoutOf(
  { text, root }: Pick<Outline, 'text' | 'root'>,
  format: 'yaml' | 'json',
  eol: Layout['eol'],
): Layout {
  const found: Survey = { steps: new Map(), seqs: new Map(), gaps: new Map() };
  survey(root, found);
  const step = mostFrequent(found.steps) ?? 2;
  return {
    step,
    seqIndent: mostFrequent(found.seqs) ?? step,
    dashGap: mostFrequent(found.gaps) ?? 1,
    eol,
    format,
    jsonIndent: /^\uFEFF?\s*[{[][^\S\n]*\n([ \t]+)/.exec(text)?.[1] ?? ' '.repeat(step),
  };
}

/** The line end that most lines of the file have. */
export function eolOf(text: string): Layout['eol'] {
  const crlf = text.match(/\r\n/g)?.length ?? 0;
  return crlf > 0 && crlf * 2 > (text.match(/\n/g)?.length ?? 0) ? '\r\n' : '\n';
}

type Counts = Map<number, number>;

interface Survey {
  readonly steps: Counts;
  readonly seqs: Counts;
  readonly gaps: Counts;
}

function survey(shape: Shape, found: Survey): void {
  if (shape.flow) return;
  for (const { value, indicatorEnd } of shape.entries) {
    survey(value, found);
    if (value.flow || value.entries.length === 0) continue;
    const deeper = value.column - shape.column;
    if (shape.kind === 'map') count(value.kind === 'map' ? found.steps : found.seqs, deeper);
    else if (value.kind === 'map' && value.start === value.body && value.body > indicatorEnd) {
      count(found.gaps, deeper - 1);
    }
  }
}

function count(counts: Counts, value: number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

function mostFrequent(counts: Counts): number | undefined {
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * What follows the colon of a block map's key or the dash of a block list: `head` on the same line
 * (empty or led by a space), `rest` the lines below, relative to the column of key or dash.
 */
export interface BlockValue {
  readonly head: string;
  readonly rest: readonly string[];
}

/** `key: value` as lines of a block map whose own column is 0. */
export function entryLines(key: string, value: unknown, layout: Layout): readonly string[] {
  const { head, rest } = blockValue(value, 'map', layout);
  return [`${plainText(key) ?? keyText(key)}:${head}`, ...rest];
}

function keyText(key: string): string {
  const [name = ''] = stringify({ [key]: 0 }, { ...writeOptions, simpleKeys: true }).split(
    /: 0\n$/,
  );
  return name;
}

/**
 * What most values are written as, and just as the `yaml` package would: asking it builds a
 * document each time, which takes longer than all other work on an edit. Undefined where it is to
 * be asked.
 */
export function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') {
    const isPlain = /^[A-Za-z/](?:[A-Za-z0-9_.:,=/-]*[A-Za-z0-9_./-])?$/.test(value);
    return isPlain && !isAmbiguous(value) ? value : undefined;
  }
  if (typeof value === 'boolean') return String(value);
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  if (typeof value !== 'object' || value === null || Object.keys(value).length > 0)
    return undefined;
  return Array.isArray(value) ? '[]' : '{}';
}

/** `- value` as lines of a block list whose own column is 0. */
export function itemLines(value: unknown, layout: Layout): readonly string[] {
  const { head, rest } = blockValue(value, 'seq', layout);
  return [`-${head}`, ...rest];
}

/** The value as it is written in a block map, or as an item of a block list. */
export function blockValue(value: unknown, parent: 'map' | 'seq', layout: Layout): BlockValue {
  const lines = collectionLines(value, layout);
  if (lines === undefined) return scalarValue(value, layout);
  if (parent === 'map') {
    return { head: '', rest: indent(lines, Array.isArray(value) ? layout.seqIndent : layout.step) };
  }
  const gap = Array.isArray(value) ? 1 : layout.dashGap;
  const [first = '', ...rest] = lines;
  return { head: ' '.repeat(gap) + first, rest: indent(rest, gap + 1) };
}

/** Undefined for scalars and for empty collections, which have no lines of their own. */
function collectionLines(value: unknown, layout: Layout): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const lines = Array.isArray(value)
    ? value.flatMap((item: unknown) => itemLines(item, layout))
    : Object.entries(value).flatMap(([key, item]) => entryLines(key, item, layout));
  return lines.length === 0 ? undefined : lines;
}

function scalarValue(value: unknown, { step }: Layout): BlockValue {
  const plain = plainText(value);
  if (plain !== undefined) return { head: ` ${plain}`, rest: [] };
  const render = (indentation: number): BlockValue => {
    const text = stringify({ k: value }, { ...writeOptions, indent: indentation });
    const [first = '', ...rest] = text.replace(/\n$/, '').split('\n');
    return { head: first.slice('k:'.length), rest };
  };
  const rendered = render(step);
  // A block scalar that keeps its blank lines would also take in those that the text has behind it.
  if (/^ [|>][0-9]?\+/.test(rendered.head)) return { head: ` ${JSON.stringify(value)}`, rest: [] };
  // Where the header must name the indentation, the package always writes 2.
  return /^ [|>][0-9]/.test(rendered.head) ? render(2) : rendered;
}

/** How one flow collection is written. */
export interface FlowStyle {
  /** Keys and strings in double quotes, as JSON has them. */
  readonly json: boolean;
  /** Behind a comma, and behind a colon where quoted keys allow none: a space, or nothing. */
  readonly gap: string;
  /** Inside the braces of a map. */
  readonly pad: boolean;
  /** Nested collections get lines of their own. */
  readonly multiline: boolean;
}

/** A value in flow style; its lines behind the first begin with `margin`. */
export function flowText(value: unknown, style: FlowStyle, layout: Layout, margin: string): string {
  if (style.json && style.multiline) {
    return JSON.stringify(value, null, layout.jsonIndent).replaceAll('\n', layout.eol + margin);
  }
  return flowLine(value, style);
}

/** `key: value` in flow style. */
export function flowEntryText(
  key: string,
  value: unknown,
  style: FlowStyle,
  layout: Layout,
  margin: string,
): string {
  return flowKey(key, style) + flowText(value, style, layout, margin);
}

function flowLine(value: unknown, style: FlowStyle): string {
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown) => flowLine(item, style)).join(`,${style.gap}`)}]`;
  }
  if (typeof value !== 'object' || value === null) return flowScalar(value, style);
  const entries = Object.entries(value).map(
    ([key, item]) => flowKey(key, style) + flowLine(item, style),
  );
  const pad = style.json || !style.pad || entries.length === 0 ? '' : ' ';
  return `{${pad}${entries.join(`,${style.gap}`)}${pad}}`;
}

function flowKey(key: string, style: FlowStyle): string {
  return `${flowScalar(key, style)}:${style.gap}`;
}

function flowScalar(value: unknown, { json }: FlowStyle): string {
  // Plain and folded strings on many lines would have to be indented deeper than the collection's
  // parent.
  if (json || (typeof value === 'string' && value.includes('\n'))) return JSON.stringify(value);
  const options = {
    ...writeOptions,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  } as const;
  return stringify([value], options).trim().slice(1, -1);
}
