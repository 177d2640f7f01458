/**
 * Compose files and what they are hardened to: each case is a folder of files that make one
 * project, in the order of their names. `-restricted` at the end of its name is its level.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readManifests } from '../../src/documents/index.ts';
import { cli } from '../cli/run.ts';
import { schemaFaults } from './schema.ts';
import type { Outcome } from '../cli/run.ts';

const root = fileURLToPath(new URL('golden', import.meta.url));
const update = process.env['UPDATE_GOLDEN'] === '1';

/** Hardens a project; what it says has no folder in it. */
async function harden(files: readonly string[], level: string): Promise<Outcome> {
  const flags = files.flatMap((file) => ['-f', file]);
  const outcome = await cli(['compose', '--level', level, ...flags]);
  return { ...outcome, stderr: outcome.stderr.replaceAll(`${root}/`, '') };
}

function compare(file: string, actual: string): void {
  if (update) writeFileSync(file, actual);
  expect(actual).to.equal(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

function documentsOf(text: string): readonly unknown[] {
  const read = readManifests(text, 'compose.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value.documents.map(({ value }) => value);
}

describe('golden Compose files', () => {
  for (const name of readdirSync(root).sort()) {
    describe(name, () => {
      const folder = join(root, name);
      const level = name.endsWith('-restricted') ? 'restricted' : 'immutable';
      const inputs = readdirSync(folder)
        .filter((file) => /^[^.]+\.yaml$/.test(file))
        .sort();
      const paths = inputs.map((file) => join(folder, file));
      let outcome: Outcome;
      before(async () => {
        outcome = await harden(paths, level);
      });

      it('is hardened so', () => {
        expect(outcome.code, outcome.stderr).to.equal(0);
        compare(join(folder, 'hardened.txt'), outcome.stdout);
        compare(join(folder, 'findings.txt'), outcome.stderr);
      });

      it('comes out as valid as it came', () => {
        for (const [index, value] of documentsOf(outcome.stdout).entries()) {
          const before = documentsOf(readFileSync(paths[index] ?? '', 'utf8'))[0];
          const known = schemaFaults(before);
          expect(schemaFaults(value).filter((fault) => !known.includes(fault))).to.deep.equal([]);
        }
      });

      it('stays as it is the second time', async () => {
        const diff = ['compose', '--level', level, '--diff'];
        const texts = outcome.stdout.split(/^---\n/m);
        const written = paths.map((path) => join(folder, `.again-${path.split('/').at(-1) ?? ''}`));
        const { writeFile, rm } = await import('node:fs/promises');
        try {
          for (const [index, path] of written.entries()) await writeFile(path, texts[index] ?? '');
          const again = await cli([...diff, ...written.flatMap((file) => ['-f', file])]);
          expect(again.stdout).to.equal('');
          expect(again.code).to.equal(0);
        } finally {
          for (const path of written) await rm(path, { force: true });
        }
      });
    });
  }
});
