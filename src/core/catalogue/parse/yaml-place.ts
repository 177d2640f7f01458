/** From a path of keys and indexes to a place in YAML text. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import type { DocumentPath } from '../lints/lint.ts';

/**
 * The offset of the value of a path, or of its key (`key`). Where the path does not
 * exist, or nothing is written for its value, that of the nearest key or node above it.
 */
export function offsetOf(document: Document, path: DocumentPath, part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const at = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(at) ? pairsOf(at).get(String(step)) : undefined;
    const child: unknown = isSeq(at) ? at.items[Number(step)] : pair?.value;
    if (pair === undefined && child === undefined) return offset;
    offset = startOf(pair?.key) ?? offset;
    const last = index === path.length - 1;
    if (!(last && part === 'key') && !isEmpty(child)) offset = startOf(child) ?? offset;
    node = child;
  }
  return offset;
}

/** A document with a problem at each of its keys is asked for as many places. */
const pairsMemo = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  let pairs = pairsMemo.get(map);
  if (pairs === undefined) {
    // The first of a name is the one that is meant.
    pairs = new Map([...map.items].reverse().map((pair) => [keyText(pair), pair]));
    pairsMemo.set(map, pairs);
  }
  return pairs;
}

function keyText({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/**
 * `key:` with nothing after it: the parser puts its value behind the colon, or on the next line.
 */
function isEmpty(node: unknown): boolean {
  return node == null || (isScalar(node) && node.value === null && node.source === '');
}
