/** What becomes of objects of each kind: cases/NAME.yaml and what is printed of it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { builtInKinds } from '../../src/core/kinds/built-in.ts';
import { cliWithProfiles } from '../cli/run.ts';

const folder = new URL('cases/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''));

describe('kinds: cases', () => {
  for (const name of names) {
    const stdin = readFileSync(new URL(`${name}.yaml`, folder), 'utf8');

    it(`${name} is as cases/${name}.diff has it`, async () => {
      const levels = ['immutable', 'restricted'].map(async (level) => {
        const argv = ['harden', '--level', level, '--diff'];
        const { code, stdout, stderr } = await cliWithProfiles(argv, { stdin });
        return `## ${level}: exit ${code}\n${stderr}\n${stdout}`;
      });
      const actual = (await Promise.all(levels)).join('\n');
      const file = new URL(`${name}.diff`, folder);
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
      expect(existsSync(file), `no ${name}.diff`).to.equal(true);
      expect(actual).to.equal(readFileSync(file, 'utf8'));
    });

    it(`${name} is not changed by a second pass`, async () => {
      for (const level of ['immutable', 'restricted']) {
        const once = await cliWithProfiles(['harden', '--level', level], { stdin });
        expect(once.stderr).not.to.include('printed again');
        const twice = await cliWithProfiles(['harden', '--level', level], { stdin: once.stdout });
        expect(twice.stdout).to.equal(once.stdout);
      }
    });
  }

  it('hold each group of kinds', () => {
    const groups = new Set(builtInKinds.kinds.map(({ group }) => group));
    for (const group of ['', 'apps', 'batch', 'extensions', 'trainer.kubeflow.org']) {
      groups.delete(group);
    }
    for (const name of names) {
      for (const document of parseAllDocuments(
        readFileSync(new URL(`${name}.yaml`, folder), 'utf8'),
      )) {
        const { apiVersion = '' } = document.toJS() as { readonly apiVersion?: string };
        groups.delete(apiVersion.split('/')[0] ?? '');
      }
    }
    expect([...groups]).to.deep.equal([]);
  });
});
