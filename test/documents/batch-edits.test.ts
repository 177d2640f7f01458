import { expect } from 'chai';
import fc from 'fast-check';
import { applyPatch } from '../../src/core/patch.ts';
import { rebaseEdits } from '../../src/documents/batch-edits.ts';
import { randomOperation } from './random-operation.ts';
import { randomFrom, randomValue } from './random-text.ts';
import type { Operation } from '../../src/core/patch.ts';
import type { RebasedEdit } from '../../src/documents/batch-edits.ts';

/** The value with the edits in it, each of which means the value before all of them. */
function carriedOut(value: unknown, edits: readonly RebasedEdit[], path = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const own = edits.filter((edit) => edit.path.join('/') === path);
  const inner = (key: string, child: unknown): readonly unknown[] => {
    if (own.some((edit) => edit.op === 'remove' && edit.key === key)) return [];
    const replacement = own.find((edit) => edit.op === 'replace' && edit.key === key);
    if (replacement?.op === 'replace') return [replacement.value];
    return [carriedOut(child, edits, path === '' ? key : `${path}/${key}`)];
  };
  const added = (from: number, to: number): readonly { key: string; value: unknown }[] =>
    own.flatMap((edit) =>
      edit.op === 'add' && edit.index >= from && edit.index < to ? edit.entries : [],
    );
  if (Array.isArray(value)) {
    return [
      ...value.flatMap((child: unknown, index) => [
        ...added(index, index + 1).map((entry) => entry.value),
        ...inner(String(index), child),
      ]),
      ...added(value.length, Infinity).map((entry) => entry.value),
    ];
  }
  const kept = Object.entries(value).flatMap(([key, child]) =>
    inner(key, child).map((each) => [key, each] as const),
  );
  const fresh = own.flatMap((edit) => (edit.op === 'add' ? edit.entries : []));
  return Object.fromEntries([...kept, ...fresh.map((entry) => [entry.key, entry.value] as const)]);
}

describe('operations rebased onto the document that they begin with', () => {
  it('come to the same as one after the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (seed) => {
        const random = randomFrom(seed);
        const before = { root: randomValue(random, 4), list: [{ a: 1 }, [], 'x'] };
        const operations: Operation[] = [];
        let after: unknown = before;
        for (let count = 1 + random(5); count > 0; count--) {
          operations.push(randomOperation(random, after));
          after = applyPatch(after, operations.slice(-1));
        }
        const edits = rebaseEdits(before, operations);
        expect(
          edits && carriedOut(before, edits),
          JSON.stringify({ before, operations }),
        ).to.deep.equal(after);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gather what is added to one place, and change what is not in the text yet where it is', () => {
    const edits = rebaseEdits({ spec: { volumes: [{ name: 'a' }] } }, [
      { op: 'add', path: '/spec/volumes/0', value: { name: 'x' } },
      { op: 'add', path: '/spec/volumes/1', value: { name: 'y' } },
      { op: 'add', path: '/spec/volumes/1/emptyDir', value: {} },
      { op: 'replace', path: '/spec/volumes/2/name', value: 'b' },
      { op: 'add', path: '/spec/hostname', value: 'h' },
      { op: 'add', path: '/spec/subdomain', value: 's' },
    ]);
    expect(edits).to.deep.equal([
      { op: 'replace', path: ['spec', 'volumes', '0'], key: 'name', value: 'b' },
      {
        op: 'add',
        path: ['spec', 'volumes'],
        index: 0,
        entries: [
          { key: '-', value: { name: 'x' } },
          { key: '-', value: { name: 'y', emptyDir: {} } },
        ],
      },
      {
        op: 'add',
        path: ['spec'],
        index: Infinity,
        entries: [
          { key: 'hostname', value: 'h' },
          { key: 'subdomain', value: 's' },
        ],
      },
    ]);
  });

  it('name what goes and what comes by where it was', () => {
    const operations = [
      { op: 'remove', path: '/a/0' },
      { op: 'add', path: '/a/1', value: 3 },
      { op: 'remove', path: '/b' },
      { op: 'add', path: '/b', value: 4 },
    ] as const;
    expect(rebaseEdits({ a: [1, 2], b: 1 }, operations)).to.deep.equal([
      { op: 'remove', path: ['a'], key: '0' },
      { op: 'add', path: ['a'], index: 2, entries: [{ key: '-', value: 3 }] },
      { op: 'replace', path: [], key: 'b', value: 4 },
    ]);
  });

  it('are none where one does not fit, or replaces the whole', () => {
    expect(rebaseEdits({ a: 1 }, [{ op: 'remove', path: '/b' }])).to.equal(undefined);
    expect(rebaseEdits({ a: 1 }, [{ op: 'add', path: '/a/b', value: 1 }])).to.equal(undefined);
    expect(rebaseEdits({ a: 1 }, [{ op: 'replace', path: '', value: 1 }])).to.equal(undefined);
    expect(rebaseEdits(1, [])).to.equal(undefined);
  });
});
