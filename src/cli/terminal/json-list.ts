/**
 * A list of JSON values given out value by value, as `JSON.stringify` would write all of them at
 * once.
 */

export interface JsonListForm {
  /** Spaces by which each level is indented. */
  readonly indent: number;
  /** How many levels deep the values stand. */
  readonly depth: number;
  /** What stands before the first value, and behind the last. */
  readonly head: string;
  readonly tail: string;
  /** The whole text where there are no values, and where there is one alone. */
  readonly none: string;
  readonly one: (value: unknown) => string;
}

export interface JsonList {
  /** Gives what follows the text so far. */
  readonly add: (value: unknown) => string;
  /** Gives the rest; nothing may be added after it. */
  readonly end: () => string;
}

/** The first value is held back until there is a second, since one alone is written otherwise. */
export function makeJsonList({ indent, depth, head, tail, none, one }: JsonListForm): JsonList {
  let count = 0;
  let first: unknown;
  const margin = ' '.repeat(indent * depth);
  const item = (value: unknown): string =>
    // No string of JSON holds a line break.
    margin + JSON.stringify(value, null, indent).replaceAll('\n', `\n${margin}`);
  return {
    add(value) {
      count++;
      if (count === 1) {
        first = value;
        return '';
      }
      const before = count === 2 ? head + item(first) : '';
      first = undefined;
      return `${before},\n${item(value)}`;
    },
    end() {
      if (count === 0) return none;
      return count === 1 ? one(first) : tail;
    },
  };
}
