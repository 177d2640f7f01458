/** JSON Patch operations that fit a value. */
import { randomValue } from './random-text.ts';
import type { Random } from './random-text.ts';
import type { Operation } from '../../src/core/patch.ts';

/** All pointers of the value, the collections' with their places for a new entry. */
function pointersOf(value: unknown, pointer = ''): readonly { pointer: string; isNew: boolean }[] {
  if (typeof value !== 'object' || value === null) return [];
  const isArray = Array.isArray(value);
  const fresh = isArray ? String(value.length) : 'fresh';
  return [
    ...Object.entries(value).flatMap(([key, item]) => {
      const inner = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [{ pointer: inner, isNew: false }, ...pointersOf(item, inner)];
    }),
    { pointer: `${pointer}/${fresh}`, isNew: true },
  ];
}

/** An operation on any place of the value, which must hold one. */
export function randomOperation(random: Random, value: unknown): Operation {
  const pointers = pointersOf(value);
  const { pointer: path, isNew } = pointers[random(pointers.length)]!;
  const op = isNew ? 'add' : (['add', 'replace', 'remove'] as const)[random(3)]!;
  return op === 'remove' ? { op, path } : { op, path, value: randomValue(random, random(4)) };
}
