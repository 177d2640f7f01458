/**
 * Random YAML texts: one random value, laid out in one of the many ways in which people lay YAML
 * out.
 */
import { stringify } from 'yaml';
import { writeOptions } from '../../src/documents/dialect.ts';

export type Random = (below: number) => number;

/** A small generator of our own, so that one number reproduces a whole text (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below) | 0;
  };
}

const words = [
  'a',
  'name',
  'x y',
  'yes',
  '0644',
  'k/v',
  'm~n',
  '#',
  '-',
  '',
  '1.5',
  'key: value',
  'é',
  '"q"',
  "it's",
];
const scalars = [
  null,
  true,
  false,
  0,
  -7,
  1.5,
  'two\nlines\n',
  'no end\nof line',
  '\n\nkept\n\n',
  ' lead\nx',
  ...words,
];

/** A JSON value; the outermost is always a map, as in a manifest. */
export function randomValue(random: Random, depth: number): unknown {
  const kind = depth === 4 ? 0 : random(depth === 0 ? 3 : 4);
  if (kind === 3) return scalars[random(scalars.length)];
  if (kind === 2 && depth < 4) {
    return Array.from({ length: random(4) }, () =>
      randomValue(random, depth - 1 < 0 ? 0 : depth - 1),
    );
  }
  if (depth === 0) return scalars[random(scalars.length)];
  const map: Record<string, unknown> = {};
  for (let count = random(4) + (depth === 4 ? 1 : 0); count > 0; count--) {
    map[words[random(words.length)]!] = randomValue(random, depth - 1);
  }
  return map;
}

interface Style {
  readonly random: Random;
  readonly step: number;
  readonly seqIndent: number;
  readonly gap: number;
  readonly loose: boolean;
  /**
   * Names of the anchors so far, and of those that stand for maps; undefined for a text without
   * any.
   */
  readonly anchors?: { readonly all: string[]; readonly maps: string[] };
}

/**
 * The value as YAML: indented by 2 to 4, lists indented or not, comments, blank lines, flow parts,
 * CRLF, BOM.
 */
export function randomText(random: Random, value: unknown, anchored = false): string {
  const step = 2 + random(3);
  const seqIndent = [0, 2, step][random(3)]!;
  const style = {
    random,
    step,
    seqIndent,
    gap: 1 + random(3),
    loose: random(3) > 0,
    ...(anchored ? { anchors: { all: [], maps: [] } } : {}),
  };
  const lines = [...noise(style, 0), ...block(value, style), ...noise(style, 0)];
  const end = random(4) === 0 && lines.at(-1) !== '' ? '' : '\n';
  const text = `${random(4) === 0 ? '---\n' : ''}${lines.join('\n')}${end}`;
  const whole = random(6) === 0 ? `\uFEFF${text}` : text;
  return random(4) === 0 ? whole.replaceAll('\n', '\r\n') : whole;
}

function block(value: unknown, style: Style): readonly string[] {
  const { random } = style;
  if (!isFilled(value) || random(8) === 0) return [flow(value, style)];
  const lines: string[] = [];
  const merged = style.anchors?.maps[random(style.anchors.maps.length)];
  if (merged !== undefined && !Array.isArray(value) && random(2) === 0)
    lines.push(`<<: *${merged}`);
  const entries = Array.isArray(value)
    ? value.map((item: unknown) => ['', item] as const)
    : Object.entries(value as object);
  for (const [index, [key, item]] of entries.entries()) {
    const entry = Array.isArray(value) ? seqEntry(item, style) : mapEntry(key, item, style);
    // Before the first entry of a map or list there may be a dash on the same line.
    lines.push(...(index > 0 ? noise(style, 0) : []), ...entry);
  }
  return lines;
}

function mapEntry(key: string, value: unknown, style: Style): readonly string[] {
  const name = inline(key, style);
  const lines = value === null && style.random(2) === 0 ? [''] : below(value, style, false);
  const [head = '', ...rest] = lines;
  return [`${name}:${head}`, ...rest];
}

function seqEntry(value: unknown, style: Style): readonly string[] {
  if (isFilled(value) && !style.anchors && style.random(6) > 0) {
    const gap = ' '.repeat(style.gap);
    const [first = '', ...rest] = block(value, style);
    return [`-${gap}${first}`, ...indented(rest, style.gap + 1)];
  }
  const [head = '', ...rest] = below(value, style, true);
  return [`-${head}`, ...rest];
}

/** What follows a colon or a dash: the rest of the line, and the lines below. */
function below(value: unknown, style: Style, inSeq: boolean): readonly string[] {
  const { anchors } = style;
  if (anchors && style.random(3) === 0) {
    const name = anchors.all[style.random(anchors.all.length)];
    if (name !== undefined) return [` *${name}`];
  }
  if (!anchors || style.random(2) === 0) return plainBelow(value, style, inSeq);
  const [head = '', ...rest] = plainBelow(value, style, inSeq);
  const name = `anchor${style.random(1_000_000)}`;
  anchors.all.push(name);
  if (isFilled(value) && !Array.isArray(value)) anchors.maps.push(name);
  return [` &${name}${head}`, ...rest];
}

function plainBelow(value: unknown, style: Style, inSeq: boolean): readonly string[] {
  const { random, step } = style;
  // Blank lines of ours behind a scalar that keeps its own would become part of it.
  const keeps = style.loose && String(value).endsWith('\n\n');
  if (typeof value === 'string' && value.includes('\n') && !keeps && random(3) > 0) {
    const indent = /^\s/.test(value) ? 2 : step;
    const [first = '', ...rest] = stringify({ k: value }, { ...writeOptions, indent })
      .replace(/\n$/, '')
      .split('\n');
    return [first.slice(2), ...rest];
  }
  const lines = block(value, style);
  const isBlock = isFilled(value) && (lines.length > 1 || !/^[[{]/.test(lines[0]!));
  if (!isBlock) return [` ${lines[0]!}${remark(style)}`, ...lines.slice(1)];
  const width = Array.isArray(value) ? Math.max(style.seqIndent, inSeq ? 1 : 0) : step;
  const inner = random(3) === 0 ? noise(style, 0) : [];
  return [remark(style), ...indented([...inner, ...lines], width)];
}

function flow(value: unknown, style: Style): string {
  const { random } = style;
  if (!isFilled(value)) return inline(value, style);
  const pad = random(2) === 0 ? ' ' : '';
  const [start, end] = Array.isArray(value) ? '[]' : '{}';
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => flow(item, style))
    : Object.entries(value as object).map(
        ([key, item]) => `${inline(key, style)}: ${flow(item, style)}`,
      );
  const comma = random(4) === 0 ? ',' : '';
  return `${start}${pad}${parts.join(', ')}${comma}${pad}${end}`;
}

/** A scalar, or an empty collection, on one line, fit for flow collections too. */
function inline(value: unknown, { random }: Style): string {
  if (typeof value === 'string' && (random(3) === 0 || value.includes('\n')))
    return JSON.stringify(value);
  if (typeof value === 'string' && random(3) === 0) {
    return `'${value.replaceAll("'", "''")}'`;
  }
  return stringify([value], {
    ...writeOptions,
    collectionStyle: 'flow',
    flowCollectionPadding: false,
  })
    .trim()
    .slice(1, -1);
}

function remark({ random, loose }: Style): string {
  return loose && random(4) === 0 ? ` # remark ${random(1000)}` : '';
}

/**
 * Comment and blank lines between entries, in the entries' column or one deeper (more would go into
 * block scalars).
 */
function noise({ random, loose }: Style, column: number): readonly string[] {
  if (!loose || random(3) > 0) return [];
  return Array.from({ length: 1 + random(2) }, () =>
    random(3) === 0 ? '' : `${' '.repeat(column + random(2))}# note ${random(1000)}`,
  );
}

function indented(lines: readonly string[], width: number): readonly string[] {
  return lines.map((line) => (line === '' ? line : ' '.repeat(width) + line));
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
