/** From a JSON pointer to the line and column that an editor can jump to. */
import { isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Node, Pair, ParsedNode } from 'yaml';
import { pointerTokens } from './pointer.ts';
import { positionAt } from './read.ts';
import type { ManifestFile, Position } from './read.ts';

/**
 * Where the node is: for a map entry its key, for a list item its value, for content behind an
 * alias the alias. Falls back to the nearest ancestor that exists in the text (a merged key has
 * none of its own), in the end to the document's first character.
 */
export function lineOf(file: ManifestFile, documentIndex: number, pointer: string): Position {
  const document = file.documents[documentIndex];
  if (document === undefined) return { line: 1, column: 1 };
  let node: ParsedNode | Node | null | undefined = document.syntax.contents;
  let offset = node?.range?.[0] ?? document.syntax.range[0];
  for (const token of pointerTokens(pointer)) {
    const child: Child | undefined = childOf(node, token);
    if (child === undefined) break;
    offset = child.offset;
    node = child.node;
  }
  return positionAt(file.text, file.lines, offset);
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
