/**
 * The parts of a text that can be read one after the other, found without reading it: JSON texts
 * that follow one another, and the items of a large list (`kubectl get -A -o yaml`). Whoever reads
 * them finds out whether the guess was right.
 */
import type { Part } from './trees.ts';

/** A list: its text without items, and where the items are. */
export interface ListParts {
  readonly frame: string;
  readonly items: readonly Part[];
}

/** Below, a tree of the whole text takes less memory than is worth saving. */
const minListLength = 1024 * 1024;

/** The parts of a text that is one list; undefined where it does not look like one, or is small. */
export function listParts(text: string, least = minListLength): ListParts | undefined {
  if (text.length < least) return undefined;
  const body = bodyStart(text);
  return text[body] === '{' ? jsonList(text, body) : blockList(text);
}

/**
 * The texts of JSON that follow one another, as `kubectl get -o json` prints when it is called
 * twice: undefined where the text is not two such texts at least. Their parts leave no gap.
 */
export function jsonTexts(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let start = 0;
  let at = bodyStart(text);
  while (at < text.length) {
    if (text[at] !== '{') return undefined;
    const end = jsonEnd(text, at);
    if (end === undefined) return undefined;
    const next = afterBlanks(text, end);
    // Blank lines and line ends belong to the text before.
    const until = next === text.length ? next : Math.max(end, text.lastIndexOf('\n', next) + 1);
    parts.push({ start, end: until });
    start = until;
    at = next;
  }
  return parts.length > 1 ? parts : undefined;
}

function bodyStart(text: string): number {
  return afterBlanks(text, text.startsWith('\uFEFF') ? 1 : 0);
}

function afterBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && ' \t\r\n'.includes(text[next] ?? '')) next++;
  return next;
}

/** Just behind the object or list that begins at `at`; undefined where it has no end. */
function jsonEnd(text: string, at: number): number | undefined {
  let depth = 0;
  for (let next = at; next < text.length; next++) {
    const character = text[next];
    if (character === '"') {
      const close = stringEnd(text, next);
      if (close === undefined) return undefined;
      next = close;
    } else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return next + 1;
  }
  return undefined;
}

/** The closing quote of the string that begins at `at`. */
function stringEnd(text: string, at: number): number | undefined {
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === '\\') next++;
    else if (text[next] === '"') return next;
    else if (text[next] === '\n') return undefined;
  }
  return undefined;
}

/** An object whose own key `items` holds a list of objects. */
function jsonList(text: string, body: number): ListParts | undefined {
  let at = afterBlanks(text, body + 1);
  while (text[at] === '"') {
    const close = stringEnd(text, at);
    if (close === undefined) return undefined;
    const key = text.slice(at + 1, close);
    const colon = afterBlanks(text, close + 1);
    if (text[colon] !== ':') return undefined;
    const value = afterBlanks(text, colon + 1);
    if (key === 'items' && text[value] === '[') return jsonItems(text, value);
    const end = jsonValueEnd(text, value);
    if (end === undefined || text[end] !== ',') return undefined;
    at = afterBlanks(text, end + 1);
  }
  return undefined;
}

function jsonValueEnd(text: string, at: number): number | undefined {
  let end: number | undefined = at;
  if (text[at] === '{' || text[at] === '[') end = jsonEnd(text, at);
  else if (text[at] === '"') {
    const close = stringEnd(text, at);
    end = close === undefined ? undefined : close + 1;
  } else while (/[A-Za-z0-9.+-]/.test(text[end] ?? '')) end++;
  return end === undefined ? undefined : afterBlanks(text, end);
}

function jsonItems(text: string, open: number): ListParts | undefined {
  const items: Part[] = [];
  let at = afterBlanks(text, open + 1);
  while (text[at] === '{') {
    const end = jsonEnd(text, at);
    if (end === undefined) return undefined;
    items.push({ start: at, end });
    at = afterBlanks(text, end);
    if (text[at] === ',') at = afterBlanks(text, at + 1);
    else break;
  }
  if (text[at] !== ']') return undefined;
  return { frame: text.slice(0, open + 1) + text.slice(at), items };
}

/** A block map with a key `items` in the first column, whose value is a block list. */
function blockList(text: string): ListParts | undefined {
  const key = /^items:[^\S\n]*\r?\n/m.exec(text);
  if (key === null) return undefined;
  const first = key.index + key[0].length;
  const column = /^( *)- /.exec(text.slice(first, first + 64))?.[1]?.length;
  if (column === undefined) return undefined;
  const items: Part[] = [];
  let start = first;
  let at = first;
  while (at < text.length) {
    const next = text.indexOf('\n', at) + 1 || text.length;
    const indent = indentOf(text, at, next);
    const isItem = indent === column && text[at + column] === '-';
    if (indent !== undefined && indent <= column && !isItem) break;
    if (isItem && at > first) {
      items.push({ start, end: at });
      start = at;
    }
    at = next;
  }
  items.push({ start, end: at });
  return { frame: text.slice(0, first) + text.slice(at), items };
}

/** How far a line is indented; undefined for one that is blank or a comment. */
function indentOf(text: string, start: number, end: number): number | undefined {
  let at = start;
  while (at < end && text[at] === ' ') at++;
  const character = text[at];
  return at >= end || character === '\n' || character === '\r' || character === '#'
    ? undefined
    : at - start;
}
