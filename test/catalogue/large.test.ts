import { expect } from 'chai';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';

describe('a large file of profiles', () => {
  it('is read without comparing each key with each other', () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}: 1\n`).join('');
    const parsed = parseProfiles(`${keys}k7: 2\n`, 'f.yaml');
    if (parsed.ok) throw new Error('the key stands twice');
    expect(parsed.problems).to.deep.equal([
      { file: 'f.yaml', line: 60_001, column: 1, message: 'The key k7 is twice in one map.' },
    ]);
    // A problem for each field, each with its place.
    expect(parseProfiles(keys, 'f.yaml')).to.have.property('problems').with.length(60_004);
  });

  it('is refused with more anchors than the library looks up in time', () => {
    const anchors = Array.from({ length: 10_000 }, (_, index) => `- &a${index} x\n`).join('');
    const parsed = parseProfiles(`${anchors}- *a7\n`, 'f.yaml');
    if (parsed.ok) throw new Error('there are too many anchors');
    expect(parsed.problems).to.deep.equal([
      {
        file: 'f.yaml',
        line: 5_001,
        column: 10,
        message: 'There are more than 5000 anchors and aliases.',
      },
    ]);
  });
});
