/** docs/operating.md is read in a hurry: what it quotes must be what is printed. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cli } from './cli/run.ts';
import { manifests } from './manifests/read.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/operating.md'), 'utf8');

describe('docs/operating.md', () => {
  it('quotes messages of the log as they are written', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const source = files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
      .join('');
    const quoted = [...page.matchAll(/^\| `(?:serve|rotate)`: `([^`]+)`/gm)].map(
      ([, text]) => text!,
    );
    expect(quoted).to.have.length.above(5);
    for (const text of quoted) expect(source, text).to.contain(`'${text}'`);
  });

  it('names commands and flags that there are', async () => {
    const used = [
      ...page.matchAll(/lithopod (install|uninstall|certs|explain|diagnose)([^\n`|]*)/g),
    ];
    expect(used).to.have.length.above(8);
    for (const [line, command = '', flags = ''] of used) {
      const { stdout } = await cli([command, '--help']);
      for (const flag of flags.match(/--[a-z-]+/g) ?? []) expect(stdout, line).to.contain(flag);
    }
  });

  it('has every flag of install in its table', async () => {
    const { stdout } = await cli(['install', '--help']);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag!);
    for (const flag of flags.filter((each) => each !== '--help')) {
      expect(page, flag).to.contain(`\`${flag}`);
    }
  });

  it('deletes in an emergency what is installed', () => {
    const names = [...page.matchAll(/^kubectl delete (\S+) (.+)$/gm)];
    expect(names).to.have.length(3);
    for (const [, kind = '', list = ''] of names) {
      for (const name of list.split(' ')) {
        const found = manifests.some(
          (each) => each.kind.toLowerCase() === kind && each.metadata.name === name,
        );
        expect(found, `${kind} ${name}`).to.equal(true);
      }
    }
  });

  it('says how an entry of the webhook and a policy refuse', () => {
    expect(page).to.contain('failed calling webhook "enforce-immutable.lithopod.dev"');
    const texts = JSON.stringify(manifests);
    expect(texts).to.contain('lithopod.dev/require: readOnlyRootFilesystem is not true in ');
    expect(page).to.contain('lithopod.dev/require: readOnlyRootFilesystem is not true in main');
    expect(page).to.contain('which Lithopod never selects');
    expect(texts).to.contain('which Lithopod never selects');
  });
});
