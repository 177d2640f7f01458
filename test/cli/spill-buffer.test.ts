import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { makeSpillBuffer } from '../../src/cli/terminal/spill-buffer.ts';

async function ownFolders(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('lithopod-held-'));
}

describe('text that is held back', () => {
  for (const [where, limit] of [
    ['in memory', 1_000_000],
    ['in a file', 10],
  ] as const) {
    it(`comes out whole and in order, ${where}`, async () => {
      const pieces = Array.from({ length: 5_000 }, (_, index) => `${index} ä€🪨\n`);
      const held = makeSpillBuffer(limit);
      for (const piece of pieces) held.write(piece);
      let text = '';
      await held.flushTo((part) => {
        text += part;
      });
      held.close();
      expect(text).to.equal(pieces.join(''));
    });
  }

  it('is nothing where nothing was written, and leaves nothing behind', async () => {
    const before = await ownFolders();
    const held = makeSpillBuffer(0);
    await held.flushTo(() => {
      throw new Error('nothing was written');
    });
    held.write('x');
    held.close();
    held.close();
    expect(await ownFolders()).to.deep.equal(before);
  });

  it('stays in memory where no file can be made', async () => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = '/proc/nowhere';
    try {
      const held = makeSpillBuffer(0);
      held.write('a');
      held.write('b');
      let text = '';
      await held.flushTo((part) => {
        text += part;
      });
      expect(text).to.equal('ab');
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
});
