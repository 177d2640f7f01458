import { applyPatch, parsePatch } from 'diff';
import { expect } from 'chai';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/cli/terminal/diff.ts';
import { diffLines } from '../../src/cli/terminal/line-diff.ts';

/**
 * Texts with unique lines and repeated ones, of both line ends, with and without a last line feed.
 */
const texts = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('', 'a', '- b', '+'), fc.nat(40).map(String)),
        fc.boolean(),
      ),
      { maxLength: 60 },
    ),
    fc.boolean(),
  )
  .map(([lines, ended]) => {
    const text = lines.map(([line, crlf]) => line + (crlf ? '\r\n' : '\n')).join('');
    return ended ? text : text.replace(/\r?\n$/, '');
  });

describe('unified diffs', () => {
  it('turn the one text into the other', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const hunks = diffLines(before, after);
        expect(hunks.length > 0).to.equal(before !== after);
        if (before === after) return;
        const [patch] = parsePatch(unifiedDiff('x', before, after, false));
        expect(
          applyPatch(before, patch!, { fuzzFactor: 0, autoConvertLineEndings: false }),
        ).to.equal(after);
      }),
      { numRuns: 500 },
    );
  });

  it('show three lines of context, and join changes whose context touches', () => {
    const before = Array.from({ length: 40 }, (_, index) => `${index}\n`);
    const after = before.map((line, index) => ([5, 12, 30].includes(index) ? `new ${line}` : line));
    const hunks = diffLines(before.join(''), after.join(''));
    expect(hunks.map(({ oldStart, oldLines }) => [oldStart, oldLines])).to.deep.equal([
      [3, 14],
      [28, 7],
    ]);
  });

  it('take a piece that differs in very many lines as replaced', () => {
    const before = Array.from({ length: 1500 }, (_, index) => `old ${index}\n`).join('');
    const after = Array.from({ length: 1500 }, (_, index) => `new ${index}\n`).join('');
    const [hunk, ...others] = diffLines(before, after);
    expect(others).to.deep.equal([]);
    expect(hunk).to.include({ oldLines: 1500, newLines: 1500 });
  });

  it('name files with a/ and b/ before their path, absolute ones too', () => {
    const names = ['web.yaml', './web.yaml', '/tmp/web.yaml', '<stdin>'];
    const heads = names.map((name) =>
      unifiedDiff(name, 'a\n', 'b\n', false).split('\n').slice(0, 2),
    );
    expect(heads).to.deep.equal([
      ['--- a/web.yaml', '+++ b/web.yaml'],
      ['--- a/web.yaml', '+++ b/web.yaml'],
      ['--- a/tmp/web.yaml', '+++ b/tmp/web.yaml'],
      ['--- a/<stdin>', '+++ b/<stdin>'],
    ]);
  });

  it('are the same text with and without colour', () => {
    const [before, after] = ['--- a\nb\n', '+++ a\nb\n'];
    const plain = unifiedDiff('x', before, after, false);
    const coloured = unifiedDiff('x', before, after, true);
    expect(coloured).not.to.equal(plain);
    // eslint-disable-next-line no-control-regex -- the colours
    expect(coloured.replace(/\u001b\[\d+m/g, '')).to.equal(plain);
    expect(coloured).to.include('\u001b[31m---- a\u001b[39m\n\u001b[32m++++ a\u001b[39m');
  });
});
