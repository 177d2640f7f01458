/** From a JSON pointer to the line and column that an editor can jump to. */
import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Node, Pair, ParsedNode } from 'yaml';
import { pointerTokens } from '../core/values/json-pointer.ts';
import { positionAt } from './read.ts';
import type { ManifestDocument, ManifestFile, Position } from './read.ts';
import type { Part } from './trees.ts';

/**
 * Where the node is: for a map entry its key, for a list item its value, for content behind an
 * alias the alias. Falls back to the nearest ancestor that exists in the text (a merged key has
 * none of its own), in the end to the document's first character.
 */
export function lineOf(file: ManifestFile, documentIndex: number, pointer: string): Position {
  const document = file.documents[documentIndex];
  if (document === undefined) return { line: 1, column: 1 };
  const { part, tokens } = partOf(document, pointer);
  if (part === undefined) return positionAt(file.text, file.lines, firstCharacter(file.text));
  const { contents, range } = file.trees.of(part).syntax;
  // The part of an item of a YAML list is a list of one.
  const lead = part !== document && isSeq(contents) ? ['0'] : [];
  let node: ParsedNode | Node | null | undefined = contents;
  let offset = node?.range?.[0] ?? range[0];
  for (const token of [...lead, ...tokens]) {
    const child: Child | undefined = childOf(node, token);
    if (child === undefined) break;
    offset = child.offset;
    node = child.node;
  }
  return positionAt(file.text, file.lines, offset);
}

/**
 * The part of a document that a pointer leads into, and the way from there: of a list that was read
 * item by item the item. Undefined for what is around its items.
 */
function partOf(
  document: ManifestDocument,
  pointer: string,
): { readonly part: Part | undefined; readonly tokens: readonly string[] } {
  const tokens = pointerTokens(pointer);
  if (document.items === undefined) return { part: document, tokens };
  const [key, index, ...rest] = tokens;
  const part = key === 'items' && index !== undefined ? document.items[Number(index)] : undefined;
  return { part, tokens: rest };
}

function firstCharacter(text: string): number {
  return /^\uFEFF?(?:[^\S\n]*(?:#.*|---.*)?\n)*/.exec(text)?.[0].length ?? 0;
}

interface Child {
  readonly node: Node | null;
  readonly offset: number;
}

function childOf(node: Node | null, token: string): Child | undefined {
  if (isSeq(node)) {
    const item: unknown = node.items[Number(token)];
    return item === undefined || isPair(item) ? undefined : child(item as Node, item as Node);
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => keyName(key) === token) as
    Pair<Node, Node | null> | undefined;
  return pair && child(pair.value, pair.key);
}

function child(node: Node | null, at: Node): Child | undefined {
  return at.range ? { node, offset: at.range[0] } : undefined;
}

/**
 * A key as the JSON that kubectl makes of it: `true`, `1` and null are keys as they are written.
 */
export function keyName(key: unknown): string | undefined {
  if (!isScalar(key) || typeof key.value === 'symbol') return undefined;
  const value = key.value as string | number | boolean | null;
  return value === null ? '' : String(value);
}
