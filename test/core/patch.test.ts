import { expect } from 'chai';
import fc from 'fast-check';
import { applyPatch, diff } from '../../src/core/patch.ts';

describe('diff', () => {
  for (const [title, before, after, expected] of [
    ['nothing where nothing changed', { a: [1] }, { a: [1] }, []],
    ['a new field', {}, { a: 1 }, [{ op: 'add', path: '/a', value: 1 }]],
    ['a changed one', { a: 1 }, { a: 2 }, [{ op: 'replace', path: '/a', value: 2 }]],
    ['one that is gone', { a: 1, b: 2 }, { b: 2 }, [{ op: 'remove', path: '/a' }]],
    ['one that is undefined now', { a: 1 }, { a: undefined }, [{ op: 'remove', path: '/a' }]],
    ['nothing for undefined on both sides', { a: undefined }, { a: undefined, b: undefined }, []],
    [
      'a null that gets a value',
      { a: null },
      { a: [1] },
      [{ op: 'replace', path: '/a', value: [1] }],
    ],
    [
      'a value that becomes null',
      { a: 1 },
      { a: null },
      [{ op: 'replace', path: '/a', value: null }],
    ],
    [
      'a list where an object was',
      { a: {} },
      { a: [] },
      [{ op: 'replace', path: '/a', value: [] }],
    ],
    [
      'keys with / and ~',
      { 'a/b': { '~1': 1 } },
      { 'a/b': { '~1': 2 } },
      [{ op: 'replace', path: '/a~1b/~01', value: 2 }],
    ],
    [
      'the whole of a list of texts that is mostly gone',
      { a: Array.from({ length: 100 }, (_, index) => `t${index}`) },
      { a: ['t7'] },
      [{ op: 'replace', path: '/a', value: ['t7'] }],
    ],
    [
      'only the field of a list element',
      [{ name: 'a', x: 1 }, { name: 'b' }],
      [{ name: 'a', x: 2 }, { name: 'b' }],
      [{ op: 'replace', path: '/0/x', value: 2 }],
    ],
    [
      'an insertion before its neighbours',
      [{ mountPath: '/b', name: 'v' }],
      [
        { mountPath: '/a', name: 'v' },
        { mountPath: '/b', name: 'v' },
      ],
      [{ op: 'add', path: '/0', value: { mountPath: '/a', name: 'v' } }],
    ],
    [
      'insertions at both ends and between, and a change behind them',
      [{ name: 'b' }, { name: 'd', x: 1 }],
      [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd', x: 2 }, { name: 'e' }],
      [
        { op: 'add', path: '/0', value: { name: 'a' } },
        { op: 'add', path: '/2', value: { name: 'c' } },
        { op: 'replace', path: '/3/x', value: 2 },
        { op: 'add', path: '/4', value: { name: 'e' } },
      ],
    ],
    [
      'what is gone from a list',
      ['ALL', 'SYS_ADMIN', 'CHOWN'],
      ['ALL', 'CHOWN'],
      [{ op: 'remove', path: '/1' }],
    ],
    [
      'the end of a list',
      ['a', 'b', 'c'],
      ['a'],
      [
        { op: 'remove', path: '/1' },
        { op: 'remove', path: '/1' },
      ],
    ],
    ['the whole document', 1, 2, [{ op: 'replace', path: '', value: 2 }]],
  ] as const) {
    it(`gives ${title}`, () => {
      const operations = diff(before, after);
      expect(operations).to.deep.equal(expected);
      const applied = applyPatch(before, operations);
      expect(JSON.stringify(applied)).to.equal(JSON.stringify(after));
    });
  }

  it('does not look into what both have', () => {
    const shared = new Proxy({}, { ownKeys: () => expect.fail('entered') });
    expect(diff({ a: shared, b: 1 }, { a: shared, b: 2 })).to.have.length(1);
  });

  const value = fc.jsonValue({ maxDepth: 3 });
  const named = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), x: fc.constantFrom(1, 2, null) }),
    { maxLength: 5 },
  );
  for (const [title, arbitrary] of [
    ['any values', value],
    // Names may come twice: no pod that the API accepts has that, and the outcome is right all the
    // same.
    ['lists of named things', named],
    ['lists of texts', fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 })],
  ] as const) {
    it(`turns one into the other, of ${title}`, () => {
      fc.assert(
        fc.property(arbitrary, arbitrary, (before: unknown, after: unknown) => {
          fc.pre(!JSON.stringify([before, after]).includes('__proto__'));
          const wrapped = { value: before };
          expect(applyPatch(wrapped, diff(wrapped, { value: after }))).to.deep.equal({
            value: after,
          });
        }),
        { numRuns: 500 },
      );
    });
  }
});

describe('applyPatch', () => {
  it('leaves the document alone', () => {
    const document = Object.freeze({ a: Object.freeze([1]) });
    expect(applyPatch(document, [{ op: 'add', path: '/a/0', value: 0 }])).to.deep.equal({
      a: [0, 1],
    });
  });

  it('refuses an operation that does not fit', () => {
    expect(() => applyPatch({}, [{ op: 'remove', path: '/a' }])).to.throw();
    expect(() => applyPatch({}, [{ op: 'add', path: '/a/b', value: 1 }])).to.throw();
  });
});
