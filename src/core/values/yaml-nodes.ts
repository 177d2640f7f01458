/**
 * What is wrong with the nodes of a document that is YAML: keys that are no scalars or are twice in
 * one map, aliases without an anchor or inside their own, and too many of them.
 */
import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, Scalar, ToJSOptions } from 'yaml';

/** Something that makes a document unreadable, at an offset into its text. */
export interface NodeProblem {
  readonly offset: number;
  readonly message: string;
}

/**
 * How many nodes the aliases of a document may repeat, all together, before it is refused as a
 * bomb: a scalar counts one, a list or a map one and what is in it.
 */
export const maxRepeatedNodes = 100_000;

/**
 * How many anchors and aliases a document may have: the `yaml` package goes through all of them to
 * resolve each alias.
 */
export const maxAnchorsAndAliases = 5_000;

/**
 * The package multiplies how often an anchor is used by how often those in it are, and refuses
 * honest files by it; {@link nodeProblems} counts the nodes.
 */
export const readEveryAlias: ToJSOptions = { maxAliasCount: -1 };

/** All problems, in the order of the text, in which an anchor must come before its aliases. */
export function nodeProblems(contents: unknown, text: string): readonly NodeProblem[] {
  const walk = new Walk(text);
  walk.size(contents);
  return walk.problems;
}

const open = Symbol('an anchor whose node has not ended');

class Walk {
  readonly problems: NodeProblem[] = [];
  readonly #text: string;
  /** How many nodes each anchor stands for, with what its aliases repeat. */
  readonly #anchors = new Map<string, number | typeof open>();
  #repeated = 0;
  #anchorsAndAliases = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** How many nodes there are, with what aliases repeat. */
  size(node: unknown): number {
    if (isAlias(node)) return this.#alias(node);
    if (!isNode(node)) return 1;
    const { anchor } = node;
    if (anchor !== undefined) this.#open(anchor, node);
    const size = 1 + this.#sizeOfItems(node);
    if (anchor !== undefined) this.#anchors.set(anchor, size);
    return size;
  }

  #sizeOfItems(node: Node): number {
    let size = 0;
    if (isSeq(node)) {
      for (const item of node.items) size += isPair(item) ? this.#pair(item) : this.size(item);
    }
    if (isMap(node)) {
      for (const key of repeatedKeys(node.items)) this.#repeatedKey(key);
      for (const pair of node.items) size += this.#pair(pair);
    }
    return size;
  }

  #repeatedKey(key: Scalar): void {
    const start = startOf(key);
    const written = /^[^:\s]*/.exec(this.#text.slice(start, start + 100))?.[0] ?? '';
    this.#problem(key, `The key ${written} is twice in one map.`);
  }

  #pair({ key, value }: Pair): number {
    if (isCollection(key)) this.#problem(key, 'A key must be a scalar, not a map or a list.');
    return this.size(key) + this.size(value);
  }

  #open(anchor: string, node: Node): void {
    this.#anchors.set(anchor, open);
    this.#count(node);
  }

  #alias(alias: Alias): number {
    this.#count(alias);
    const size = this.#anchors.get(alias.source);
    if (size === undefined) {
      this.#problem(alias, `There is no anchor &${alias.source} before this alias.`);
      return 1;
    }
    if (size === open) {
      this.#problem(alias, `This alias is inside what its anchor &${alias.source} names.`);
      return 1;
    }
    const before = this.#repeated;
    this.#repeated += size;
    if (before <= maxRepeatedNodes && this.#repeated > maxRepeatedNodes) {
      this.#problem(alias, `Up to here, aliases repeat more than ${maxRepeatedNodes} nodes.`);
    }
    return size;
  }

  #count(node: Node): void {
    this.#anchorsAndAliases++;
    if (this.#anchorsAndAliases === maxAnchorsAndAliases + 1) {
      this.#problem(node, `There are more than ${maxAnchorsAndAliases} anchors and aliases.`);
    }
  }

  #problem(node: Node, message: string): void {
    this.problems.push({ offset: startOf(node), message });
  }
}

/**
 * The keys that stand in the map a second time. They are looked up: the `yaml` package compares
 * each key with each other, for which 60,000 take minutes. A merge key repeats no other, since each
 * has a value of its own.
 */
function repeatedKeys(pairs: readonly Pair[]): readonly Scalar[] {
  const values = new Set<unknown>();
  return pairs
    .map(({ key }) => key)
    .filter(isScalar)
    .filter(({ value }) => values.size === values.add(value).size);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
