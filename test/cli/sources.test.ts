import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

async function filesRead(...operands: string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await cliWithProfiles(['check', '-o', 'json', ...operands]);
  expect(stderr).to.equal('');
  return (JSON.parse(stdout) as CheckReport).files.map(({ file }) => file);
}

describe('what a command reads', () => {
  it('takes of a directory the YAML and JSON files in it, by name', async () => {
    const files = {
      'b.yaml': '{}',
      'a.yml': '{}',
      'c.json': '{}',
      'd.txt': 'x',
      'below/e.yaml': '{}',
    };
    await withFolder(files, async (folder) => {
      const own = ['a.yml', 'b.yaml', 'c.json'].map((name) => join(folder, name));
      expect(await filesRead(folder)).to.deep.equal(own);
      expect(await filesRead('-R', folder)).to.deep.equal([
        ...own.slice(0, 2),
        join(folder, 'below/e.yaml'),
        join(folder, 'c.json'),
      ]);
    });
  });

  it('takes a named file whatever its ending, and each file once', async () => {
    await withFolder({ 'pod.txt': toolPod('a'), 'b.yaml': '{}' }, async (folder) => {
      const [text, yaml] = [join(folder, 'pod.txt'), join(folder, 'b.yaml')];
      expect(await filesRead(text, yaml, folder, text)).to.deep.equal([text, yaml]);
    });
  });

  it('follows links to files, and goes round in no circle of directories', async () => {
    await withFolder({ 'real.txt': '{}' }, async (folder) => {
      await symlink('real.txt', join(folder, 'link.yaml'));
      await symlink('.', join(folder, 'circle'));
      expect(await filesRead('-R', folder)).to.deep.equal([join(folder, 'link.yaml')]);
    });
  });

  it('refuses all that it cannot read at once, with 2', async () => {
    const files = { 'latin1.yaml': Buffer.from([0x61, 0x3a, 0x20, 0xe9]), 'bad.yaml': 'a: [' };
    await withFolder(files, async (folder) => {
      await mkdir(join(folder, 'empty'));
      await symlink('nowhere', join(folder, 'dangling.yaml'));
      const missing = join(folder, 'missing.yaml');
      const argv = ['check', folder, join(folder, 'empty'), missing];
      const { code, stdout, stderr } = await cliWithProfiles(argv);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr.split('\n')).to.deep.equal([
        `${folder}/bad.yaml:1:5: error: Flow sequence in block collection must be sufficiently indented and end with a ].`,
        `${folder}/dangling.yaml: error: cannot be read: no such file or directory`,
        `${folder}/latin1.yaml: error: is not UTF-8 text`,
        `${folder}/empty: error: the directory holds no .json, .yaml or .yml file (-R looks below it too)`,
        `${missing}: error: cannot be read: no such file or directory`,
        '',
      ]);
    });
  });

  it('tells every YAML error with file, line and column', async () => {
    await withFolder({ 'a.yaml': 'a: 1\na: 2\n', 'b.yaml': 'x:\n  - [\n' }, async (folder) => {
      const { code, stderr } = await cliWithProfiles(['check', folder]);
      expect(code).to.equal(2);
      expect(stderr).to.match(new RegExp(`^${folder}/a.yaml:2:1: error: .*\n${folder}/b.yaml:`));
    });
  });

  it('refuses to wait for a terminal', async () => {
    for (const command of ['harden', 'check', 'explain', 'review']) {
      expect(await cliWithProfiles([command])).to.deep.equal({
        code: 2,
        stdout: '',
        stderr: 'error: nothing to read: name a file or a directory, or pipe something in\n',
      });
    }
  });
});
