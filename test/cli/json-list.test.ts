import { expect } from 'chai';
import { makeJsonList } from '../../src/cli/terminal/json-list.ts';

const form = {
  indent: 2,
  depth: 1,
  head: '[\n',
  tail: '\n]',
  none: '[]',
  one: (value: unknown) => `only ${JSON.stringify(value)}`,
};

function written(values: readonly unknown[]): string {
  const list = makeJsonList(form);
  return values.map(list.add).join('') + list.end();
}

describe('a JSON list, value by value', () => {
  it('is what JSON.stringify writes of all values at once', () => {
    const values = [{ a: [1, { b: 'x\ny' }], c: {} }, 'text', [], [[null]], 5];
    for (let count = 2; count <= values.length; count++) {
      const some = values.slice(0, count);
      expect(written(some)).to.equal(JSON.stringify(some, null, 2));
    }
  });

  it('has a form of its own for one value, and for none', () => {
    expect(written([])).to.equal('[]');
    expect(written([{ a: 1 }])).to.equal('only {"a":1}');
    expect(written([undefined])).to.equal('only undefined');
  });
});
