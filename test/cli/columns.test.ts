import { expect } from 'chai';
import { hanging, keepEnd, printable, table, wrap } from '../../src/cli/terminal/columns.ts';

describe('layout', () => {
  it('wraps between words, and leaves a word that is too long whole', () => {
    expect(wrap('one two three', 7)).to.deep.equal(['one two', 'three']);
    expect(wrap('a /very/long/path b', 5)).to.deep.equal(['a', '/very/long/path', 'b']);
    expect(wrap('one two three', undefined)).to.deep.equal(['one two three']);
    expect(wrap('', 5)).to.deep.equal(['']);
  });

  it('indents the later lines as far as the lead, however it is coloured', () => {
    const words = 'some words that need a line of their own';
    expect(hanging('* ', words, 30)).to.equal('* some words that need a line\n  of their own');
    expect(hanging('\u001b[1m*\u001b[22m ', words, 30, 2)).to.equal(
      '\u001b[1m*\u001b[22m some words that need a line\n  of their own',
    );
  });

  it('aligns columns without trailing spaces, and cuts lines where there is a width', () => {
    const rows = [
      ['a', 'bbb', 'c'],
      ['aaa', 'b', ''],
    ];
    expect(table(rows, undefined)).to.deep.equal(['a    bbb  c', 'aaa  b']);
    expect(table(rows, 6)).to.deep.equal(['a    …', 'aaa  b']);
  });

  it('keeps the end of a long name', () => {
    expect(keepEnd('registry/image', 6)).to.equal('…image');
    expect(keepEnd('image', 5)).to.equal('image');
  });

  it('shows characters that steer terminals or hide text as escapes', () => {
    expect(printable('a\u001b[2Jb\u0007\u009b\u202ec\nd')).to.equal(
      'a\\x1b[2Jb\\x07\\x9b\\u202ec\\x0ad',
    );
    expect(printable('größe/名前')).to.equal('größe/名前');
  });
});
