/** What `git clone` and `npm ci` give, without the tests: a copy of this tree's files. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Makes the copy, with the installed packages linked, alone in a folder of its own. */
export function cloneTree(): string {
  const clone = join(mkdtempSync(join(tmpdir(), 'lithopod-clone-')), 'lithopod');
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8' },
  );
  for (const file of listed.split('\0')) {
    if (file === '' || file.startsWith('test/')) continue;
    // What is deleted and not yet committed is listed too.
    cpSync(join(root, file), join(clone, file), { errorOnExist: false, force: true });
  }
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  return clone;
}
