import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { makeStream } from '../../src/cli/terminal/stream.ts';

function joinStream(texts: readonly string[]): string {
  return texts.map(makeStream()).join('');
}

describe('several texts as one stream', () => {
  it('is the text itself where there is one', () => {
    for (const text of ['', 'a: 1', '\uFEFFa: 1\r\n', '---\na: 1\n...\n']) {
      expect(joinStream([text])).to.equal(text);
    }
  });

  it('separates documents once, and ends each line', () => {
    expect(joinStream(['a: 1', 'b: 2\n'])).to.equal('a: 1\n---\nb: 2\n');
    expect(joinStream(['a: 1\n', '---\nb: 2'])).to.equal('a: 1\n---\nb: 2');
    expect(joinStream(['a: 1\n', '# b\n\n---\nb: 2'])).to.equal('a: 1\n# b\n\n---\nb: 2');
    expect(joinStream(['a: 1\n', '--- {b: 2}\n'])).to.equal('a: 1\n--- {b: 2}\n');
  });

  it('leaves out texts with nothing in them, and byte order marks inside', () => {
    expect(joinStream(['', 'a: 1\n', ' \n', '\uFEFFb: 2\n'])).to.equal('a: 1\n---\nb: 2\n');
  });

  it('reads as the documents of all texts, directives included', () => {
    const texts = ['a: 1', '%YAML 1.2\n---\nb: 2\n', '{"c": 3}', '# d\nd: 4\n...\n', 'e: 5\n'];
    const documents = parseAllDocuments(joinStream(texts));
    expect(documents.flatMap(({ errors }) => errors)).to.deep.equal([]);
    expect(documents.map((document) => document.toJS() as unknown)).to.deep.equal([
      { a: 1 },
      { b: 2 },
      { c: 3 },
      { d: 4 },
      { e: 5 },
    ]);
  });
});
