import { expect } from 'chai';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { writeOptions } from '../../src/documents/dialect.ts';
import { plainText } from '../../src/documents/layout.ts';

/** Words that a reader of YAML could take for something else, and pieces of what we write. */
const words = fc.oneof(
  fc.constantFrom('y', 'No', 'on', 'OFF', 'null', 'Null', 'true', 'e2', '.inf', 'nan', '0x1F'),
  fc.constantFrom(
    '/tmp',
    '/',
    'a/b',
    'lithopod.dev/hardened',
    'a-',
    'a.',
    '---',
    '...',
    'a:',
    '1a',
  ),
  fc.stringMatching(/^[aeYnN01_./:#~ -]{0,12}$/),
  fc.string(),
);
const values = fc.oneof(
  { weight: 3, arbitrary: words },
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom({}, [], null, -0, 1e21, { a: 1 }, [1], 2 ** 53),
);

describe('plain text', () => {
  it('is what the package would write, as a value and as a key', () => {
    let plain = 0;
    fc.assert(
      fc.property(values, (value) => {
        const text = plainText(value);
        if (text === undefined) return;
        plain++;
        expect(stringify({ k: value }, writeOptions)).to.equal(`k: ${text}\n`);
        if (typeof value !== 'string') return;
        expect(stringify({ [value]: 0 }, { ...writeOptions, simpleKeys: true })).to.equal(
          `${text}: 0\n`,
        );
      }),
      { numRuns: 2_000 },
    );
    expect(plain).to.be.greaterThan(200);
  });
});
