/**
 * The changes to one document of a project, as the operations of a JSON Patch. They are made one
 * after the other, so that each index is that of the document as the ones before leave it.
 */
import { escapeToken, pointerTokens } from '../core/values/json-pointer.ts';
import { isObject } from '../core/values/json.ts';
import type { Operation } from '../core/patch.ts';
import type { JsonObject } from '../core/values/json.ts';

/** A document under change. */
export class Draft {
  readonly operations: Operation[] = [];
  /** A copy of the document as the operations leave it, made for the first. */
  #value: Record<string, unknown> | undefined;
  readonly #original: JsonObject;

  constructor(original: JsonObject) {
    this.#original = original;
  }

  /** Gives a key of the map at the pointer a value. Where there is no map, one is made. */
  set(pointer: string, key: string, value: unknown): void {
    const map = this.#at(pointer);
    if (!isObject(map)) {
      this.#write(pointer, { [key]: value });
      return;
    }
    this.#write(`${pointer}/${escapeToken(key)}`, value);
  }

  /** Adds an item to the list at the pointer; a single text that stands there becomes the first. */
  append(pointer: string, item: unknown): void {
    const list = this.#at(pointer);
    if (Array.isArray(list)) {
      this.operations.push({ op: 'add', path: `${pointer}/${list.length}`, value: item });
      list.push(item);
    } else this.#write(pointer, list == null ? [item] : [list, item]);
  }

  /** Takes items of a list away, by their indices; the list goes with the last of them. */
  removeItems(pointer: string, indices: readonly number[]): void {
    const list = this.#at(pointer);
    if (!Array.isArray(list) || indices.length === 0) return;
    if (indices.length === list.length) {
      this.#remove(pointer);
      return;
    }
    for (const index of indices.toSorted((a, b) => b - a)) {
      this.operations.push({ op: 'remove', path: `${pointer}/${index}` });
      list.splice(index, 1);
    }
  }

  /** Replaces what is at the pointer. */
  replace(pointer: string, value: unknown): void {
    this.#write(pointer, value);
  }

  /** What is at the pointer now. */
  value(pointer: string): unknown {
    return this.#at(pointer);
  }

  #write(pointer: string, value: unknown): void {
    const { parent, key } = this.#parentOf(pointer);
    const has = Array.isArray(parent) || Object.hasOwn(parent, key);
    this.operations.push({ op: has ? 'replace' : 'add', path: pointer, value });
    (parent as Record<string, unknown>)[key] = copyOf(value);
  }

  #remove(pointer: string): void {
    const { parent, key } = this.#parentOf(pointer);
    this.operations.push({ op: 'remove', path: pointer });
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the copy is our own
    delete (parent as Record<string, unknown>)[key];
  }

  #parentOf(pointer: string): { readonly parent: object; readonly key: string } {
    const tokens = pointerTokens(pointer);
    const parent = this.#follow(tokens.slice(0, -1));
    if (typeof parent !== 'object' || parent === null) throw new Error(`no parent of ${pointer}`);
    return { parent, key: tokens.at(-1) ?? '' };
  }

  #at(pointer: string): unknown {
    return this.#follow(pointerTokens(pointer));
  }

  #follow(tokens: readonly string[]): unknown {
    this.#value ??= copyOf(this.#original) as Record<string, unknown>;
    let value: unknown = this.#value;
    for (const key of tokens) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    }
    return value;
  }
}

/** A copy in which nothing is there twice: what aliases stand for is one object in the original. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)]));
}
