/** How a document is laid out, learnt from its text, and new values written in the same manner. */
import { stringify } from 'yaml';
import { writeOptions } from './dialect.ts';
import type { Shape } from './outline.ts';

export interface Layout {
  /** Spaces per level of maps. */
  readonly step: number;
  /** Whether a list below a key is indented deeper than the key. */
  readonly indentSeq: boolean;
  /** Spaces between a dash and its item, at least 1. */
  readonly dashGap: number;
  readonly eol: '\n' | '\r\n';
  readonly format: 'yaml' | 'json';
}

/** What most of the document does; where it gives no example, two spaces and indented lists. */
export function layoutOf(
  root: Shape | undefined,
  format: 'yaml' | 'json',
  eol: Layout['eol'],
): Layout {
  const steps = new Map<number, number>();
  const seqs = new Map<boolean, number>();
  const gaps = new Map<number, number>();
  if (root) survey(root, { steps, seqs, gaps });
  return {
    step: mostFrequent(steps) ?? 2,
    indentSeq: mostFrequent(seqs) ?? true,
    dashGap: mostFrequent(gaps) ?? 1,
    eol,
    format,
  };
}

/** The line end that most lines of the file have. */
export function eolOf(text: string): Layout['eol'] {
  const crlf = text.match(/\r\n/g)?.length ?? 0;
  return crlf > 0 && crlf * 2 > (text.match(/\n/g)?.length ?? 0) ? '\r\n' : '\n';
}

interface Survey {
  readonly steps: Map<number, number>;
  readonly seqs: Map<boolean, number>;
  readonly gaps: Map<number, number>;
}

function survey(shape: Shape, found: Survey): void {
  for (const { value, indicatorEnd } of shape.entries) {
    survey(value, found);
    const deeper = value.column - shape.column;
    if (shape.kind === 'map' && value.kind === 'map' && value.flow === shape.flow && deeper > 0) {
      count(found.steps, deeper);
    }
    if (shape.flow || value.flow || value.kind === 'opaque') continue;
    if (shape.kind === 'map' && value.kind === 'seq') count(found.seqs, deeper > 0);
    if (shape.kind === 'seq' && value.kind === 'map' && value.start === value.body) {
      count(found.gaps, value.body - indicatorEnd);
    }
  }
}

function count<T>(counts: Map<T, number>, value: T): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

function mostFrequent<T>(counts: ReadonlyMap<T, number>): T | undefined {
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

/** `key: value` as lines of a block map whose own column is 0. */
export function entryLines(key: string, value: unknown, layout: Layout): readonly string[] {
  return blockLines({ [key]: value }, layout);
}

/** `- value` as lines of a block list whose own column is 0. */
export function itemLines(value: unknown, layout: Layout): readonly string[] {
  const lines = blockLines([value], layout);
  const extra = ' '.repeat(layout.dashGap - 1);
  if (extra === '' || !isPlainCollection(value)) return lines;
  return lines.map((line, index) =>
    index === 0 ? line.replace(/^- /, `- ${extra}`) : line === '' ? line : extra + line,
  );
}

/**
 * What follows the colon of a block map's key or the dash of a block list: `head` on the same line (empty or led by a
 * space), `rest` the lines below, relative to the column of key or dash.
 */
export interface BlockValue {
  readonly head: string;
  readonly rest: readonly string[];
}

export function blockValue(value: unknown, parent: 'map' | 'seq', layout: Layout): BlockValue {
  const [first = '', ...rest] =
    parent === 'map' ? entryLines('k', value, layout) : itemLines(value, layout);
  return { head: first.slice(parent === 'map' ? 2 : 1), rest };
}

function blockLines(value: unknown, { step, indentSeq }: Layout): readonly string[] {
  return stringify(value, { ...writeOptions, indent: step, indentSeq })
    .replace(/\n$/, '')
    .split('\n');
}

function isPlainCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** How one flow collection is spelt. */
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

/** A value in flow style; its lines behind the first are indented by `column`. */
export function flowText(value: unknown, style: FlowStyle, layout: Layout, column: number): string {
  if (style.json && style.multiline) {
    return JSON.stringify(value, null, layout.step).replaceAll(
      '\n',
      layout.eol + ' '.repeat(column),
    );
  }
  return flowLine(value, style);
}

/** `key: value` in flow style. */
export function flowEntryText(
  key: string,
  value: unknown,
  style: FlowStyle,
  layout: Layout,
  column: number,
): string {
  return flowKey(key, style) + flowText(value, style, layout, column);
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
  if (json) return JSON.stringify(value);
  const options = {
    ...writeOptions,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  } as const;
  return stringify([value], options).trim().slice(1, -1);
}
