/** The man page has all commands; that it is up to date is asked in docs.test.ts. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { commands } from '../src/cli/commands.ts';

const path = join(import.meta.dirname, '../man/lithopod.1');

describe('the man page', () => {
  const page = readFileSync(path, 'utf8');

  it('has every command, and is of ASCII alone, which every man prints', () => {
    for (const { name } of commands) expect(page).to.contain(`\n.SS lithopod ${name} `);
    expect(page).to.match(/^[\n\x20-\x7e]*$/);
  });

  it('has no fault that groff knows', function () {
    this.timeout(60_000);
    const { error, stderr, stdout } = spawnSync('groff', ['-ww', '-man', '-Tutf8', '-P-c', path], {
      encoding: 'utf8',
    });
    if (error !== undefined) this.skip();
    expect(stderr).to.equal('');
    // Bold is written by overstriking: each letter, a backspace, and the letter.
    const text = stdout.replaceAll(/.[\b]/g, '');
    expect(text).to.match(/^ {3}lithopod harden \[flags\] \[file\.\.\.\]$/m);
    expect(text).to.contain('--output <format>');
  });
});
