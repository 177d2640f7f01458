import { expect } from 'chai';
import fc from 'fast-check';
import { parseText } from '../../src/documents/dialect.ts';
import { notPlain, plainValue } from '../../src/documents/plain-value.ts';
import { randomFrom, randomText, randomValue } from './random-text.ts';

function both(text: string): { readonly plain: unknown; readonly whole: () => unknown } {
  const [parsed] = parseText(text);
  const { syntax } = parsed!;
  // The package refuses a document of too many aliases, which is not plain.
  return { plain: plainValue(syntax.contents), whole: () => syntax.toJS() as unknown };
}

describe('plain values', () => {
  it('are what the package reads, wherever there are any', () => {
    let plain = 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.boolean(), (seed, anchored) => {
        const random = randomFrom(seed);
        const text = randomText(random, randomValue(random, 4), anchored);
        const read = both(text);
        if (read.plain === notPlain) return;
        plain++;
        expect(read.plain, text).to.deep.equal(read.whole());
      }),
      { numRuns: 500 },
    );
    expect(plain).to.be.greaterThan(200);
  });

  it('are there for manifests, with their empty values and lists', () => {
    const text =
      'z: [a: 1]\na: {b: [], c: {}, d: , e: ~}\nf:\n- yes\n- 0644\n- null\n- "x"\n- |\n  y\n';
    const read = both(text);
    expect(read.plain).to.deep.equal(read.whole());
    expect(both('# nothing\n---\n').plain).to.equal(null);
  });

  it('are not there for what stands for something else, or has a key that is no string', () => {
    for (const text of [
      'a: &x 1\nb: *x\n',
      'a: *x\n',
      '<<: {a: 1}\n',
      '"<<": 1\n',
      '1: a\n',
      '? [a]\n: b\n',
      'a: !!str 1\n',
      '!!map {a: 1}\n',
      '&x a: 1\n',
      '__proto__: {a: 1}\n',
      '- [{&x a: 1}]\n',
    ]) {
      const [parsed] = parseText(text);
      expect(plainValue(parsed!.syntax.contents), text).to.equal(notPlain);
    }
  });
});
