/**
 * `npm run generate`: writes src/core/pod/generated. With `--check`, as in the build, it writes
 * nothing, and fails where a file differs from what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pod } from '../src/core/pod/fields.ts';
import { podSource } from './pod-source.ts';

const folder = join(import.meta.dirname, '../src/core/pod/generated');
const isCheck = process.argv.includes('--check');

mkdirSync(folder, { recursive: true });
for (const [name, text] of await podSource(pod)) {
  const file = join(folder, name);
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`generated/${name} is not what fields.ts says: run npm run generate\n`);
    process.exitCode = 1;
  }
}
