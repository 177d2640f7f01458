import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { replaceFiles } from '../../src/cli/write-files.ts';
import { isAppError } from '../../src/error.ts';
import { withFolder } from './run.ts';

describe('replacing files', () => {
  it('leaves every file as it was where one cannot be prepared, and nothing behind', async () => {
    await withFolder({ 'a.yaml': 'before' }, async (folder) => {
      const missing = join(folder, 'gone', 'b.yaml');
      const replacements = replaceFiles();
      await replacements.add(join(folder, 'a.yaml'), 'after');
      const error = await replacements.add(missing, 'after').catch((caught: unknown) => caught);
      await replacements.close();
      expect(isAppError(error) && error.code).to.equal('cannot-write');
      expect((error as Error).message).to.equal(
        `${missing}: cannot be written: no such file or directory`,
      );
      expect(await readFile(join(folder, 'a.yaml'), 'utf8')).to.equal('before');
      expect(await readdir(folder)).to.deep.equal(['a.yaml']);
    });
  });
});
