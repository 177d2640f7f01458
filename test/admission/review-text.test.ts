import { expect } from 'chai';
import fc from 'fast-check';
import { hasAtMost, reviewText } from '../../src/admission/review-text.ts';
import { valuesIn } from './reviews.ts';

function textOf(json: string): string {
  return reviewText(Buffer.from(json));
}

/** The value with every list `managedFields` in it empty. */
function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'managedFields' && Array.isArray(inner) ? [] : emptied(inner),
    ]),
  );
}

describe('reviewText', () => {
  for (const [what, json, expected] of [
    ['leaves a text without the key alone', '{"a":["ä",{}]}', '{"a":["ä",{}]}'],
    [
      'empties a list',
      '{"managedFields":[{"a":[1,{}]},{"b":"ä"}],"c":1}',
      '{"managedFields":[],"c":1}',
    ],
    ['leaves an empty one alone', '{"managedFields":[]}', '{"managedFields":[]}'],
    [
      'is not misled by brackets in texts',
      '{"managedFields":["]}",{"k:{[":1}],"c":1}',
      '{"managedFields":[],"c":1}',
    ],
    [
      'nor by escaped quotes',
      String.raw`{"managedFields":["\"]","\\"],"c":1}`,
      '{"managedFields":[],"c":1}',
    ],
    [
      'empties each of several',
      '[{"managedFields":[1]},{"managedFields":[2]}]',
      '[{"managedFields":[]},{"managedFields":[]}]',
    ],
    [
      'leaves another value of the key alone',
      '{"managedFields":"a","b":[1]}',
      '{"managedFields":"a","b":[1]}',
    ],
    [
      'takes no text for the key',
      String.raw`{"a":"\"managedFields\":[1]"}`,
      String.raw`{"a":"\"managedFields\":[1]"}`,
    ],
    ['leaves a list that does not end', '{"managedFields":[1', '{"managedFields":[1'],
    ['leaves a text that does not end', '{"managedFields":["a]', '{"managedFields":["a]'],
  ] as const) {
    it(what, () => {
      expect(textOf(json)).to.equal(expected);
    });
  }

  it('gives every JSON value without its lists of managed fields', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(fc.constant('managedFields'), fc.string({ maxLength: 3 })),
          tie('value'),
          { maxKeys: 3 },
        ),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        const json = JSON.stringify(given);
        expect(JSON.parse(textOf(json))).to.deep.equal(emptied(JSON.parse(json)));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('hasAtMost', () => {
  it('counts the elements and fields of every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (given, pretty) => {
        const json = JSON.stringify(given, null, pretty ? 2 : 0);
        const count = valuesIn(JSON.parse(json));
        expect(hasAtMost(count, json)).to.equal(true);
        if (count > 0) expect(hasAtMost(count - 1, json)).to.equal(false);
      }),
      { numRuns: 2_000 },
    );
  });

  for (const [json, count] of [
    [String.raw`["\",[{","\\",","]`, 3],
    [String.raw`{"a,b":"{\\\","}`, 1],
    ['[[[]]]', 3],
    ['[{},{},[]]', 6],
    ['"[,"', 0],
  ] as const) {
    it(`counts ${count} in ${json}`, () => {
      expect(hasAtMost(count, json)).to.equal(true);
      if (count > 0) expect(hasAtMost(count - 1, json)).to.equal(false);
    });
  }
});
