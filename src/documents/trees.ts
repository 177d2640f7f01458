/**
 * The syntax trees of a file's parts. A tree takes some fifty times the memory of its text, so of a
 * large file only the first ones are kept, and the last one that was asked for: the others are read
 * again. (Parts are asked for in order, so of the last ones none would be found.)
 */
import { parseEach } from './dialect.ts';
import type { ParsedDocument } from './dialect.ts';

/** A part of a text that can be read by itself: a document, or an item of a list. */
export interface Part {
  /** Offsets into the text. */
  readonly start: number;
  readonly end: number;
}

/** How many characters the texts of the trees that are kept may have together. */
const maxKept = 1024 * 1024;

/** The trees of one text. */
export class Trees {
  readonly #text: string;
  readonly #limit: number;
  readonly #kept = new Map<Part, ParsedDocument>();
  #last: { readonly part: Part; readonly tree: ParsedDocument } | undefined;
  #size = 0;

  constructor(text: string, limit = maxKept) {
    this.#text = text;
    this.#limit = limit;
  }

  /** Keeps a tree that was read, as long as there is room, or until the next one comes. */
  keep(part: Part, tree: ParsedDocument): void {
    const size = part.end - part.start;
    if (this.#size + size > this.#limit) {
      this.#last = { part, tree };
      return;
    }
    this.#kept.set(part, tree);
    this.#size += size;
  }

  /** The tree of a part that was read before. Its offsets are those of the whole text. */
  of(part: Part): ParsedDocument {
    const kept = this.#last?.part === part ? this.#last.tree : this.#kept.get(part);
    if (kept !== undefined) return kept;
    const [tree] = readPart(this.#text, part);
    if (tree === undefined) throw new Error('The part was read before, and is empty now.');
    this.keep(part, tree);
    return tree;
  }
}

/** The documents of a part of a text, with offsets into the whole text. */
export function readPart(text: string, { start, end }: Part): readonly ParsedDocument[] {
  return [...parseEach(text.slice(start, end), start)];
}
