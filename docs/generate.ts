/**
 * `npm run docs`: writes the pages that are derived from the code, and fails nowhere: a test compares them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './pages.ts';

const root = join(import.meta.dirname, '..');
for (const [name, text] of await generatedFiles()) writeFileSync(join(root, name), text);
