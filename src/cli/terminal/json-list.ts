/**
 * Writes a list of JSON values one by one. The text is the same as `JSON.stringify` would write
 * for the whole list.
 */

/** How the list is written. */
export interface JsonListForm {
  /** Spaces by which each level is indented. */
  readonly indent: number;
  /** How many levels deep the values are. */
  readonly depth: number;
  /** The text before the first value, and after the last. */
  readonly head: string;
  readonly tail: string;
  /** The whole text for no value, and for a single value. */
  readonly none: string;
  readonly one: (value: unknown) => string;
}

/** A list that is being written. */
export interface JsonList {
  /** Adds a value and returns the next piece of the text. */
  readonly add: (value: unknown) => string;
  /** Returns the rest of the text. No value may be added after it. */
  readonly end: () => string;
}

/** Keeps the first value until there is a second, since a single value is written differently. */
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
