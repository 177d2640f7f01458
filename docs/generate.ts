/**
 * `npm run docs`: writes the pages that are derived from the code, and fails nowhere: a test
 * compares them.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './pages.ts';

const root = join(import.meta.dirname, '..');
const files = await generatedFiles();
// A profile may have gone.
rmSync(join(root, 'docs/profiles'), { recursive: true, force: true });
for (const [name, text] of files) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}
