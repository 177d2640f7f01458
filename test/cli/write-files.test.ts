import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { replaceFiles } from '../../src/cli/terminal/write-files.ts';
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

  it('leaves every file as it was where the process is ended before, and nothing behind', async () => {
    const module = new URL('../../src/cli/terminal/write-files.ts', import.meta.url).href;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      await withFolder({ 'a.yaml': 'before' }, async (folder) => {
        const file = join(folder, 'a.yaml');
        const script = `
          import { readdirSync } from 'node:fs';
          import { replaceFiles } from ${JSON.stringify(module)};
          await replaceFiles().add(${JSON.stringify(file)}, 'after');
          console.log(readdirSync(${JSON.stringify(folder)}).length);
          process.kill(process.pid, '${signal}');
          setInterval(() => undefined, 1000);`;
        const argv = ['--import', 'tsx', '--input-type=module', '-e', script];
        const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
        const [beside] = await Promise.all([text(child.stdout), once(child, 'exit')]);
        expect({ beside, ended: child.signalCode }).to.deep.equal({ beside: '2\n', ended: signal });
        expect(await readFile(file, 'utf8')).to.equal('before');
        expect(await readdir(folder)).to.deep.equal(['a.yaml']);
      });
    }
  }).timeout(60_000);
});
