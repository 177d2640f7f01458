import { chmod, lstat, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';
import { applyPatch } from '../../src/core/patch.ts';
import { volumeName } from '../pods/names.ts';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { Operation } from '../../src/core/patch.ts';

interface ToolPod {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  readonly spec: {
    readonly containers: readonly {
      readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
  };
}

const service = 'kind: Service\napiVersion: v1\nmetadata: {name: x} # kept\n';

function isHard({ spec }: ToolPod): boolean {
  return spec.containers.every(
    ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
  );
}

describe('lithopod harden', () => {
  it('reads stdin where nothing is named, and for -', async () => {
    for (const argv of [['harden'], ['harden', '-']]) {
      const { code, stdout, stderr } = await cliWithProfiles(argv, { stdin: toolPod('a') });
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(isHard(parse(stdout) as ToolPod)).to.equal(true);
    }
  });

  it('gives objects without a pod back byte for byte, whatever they are', async () => {
    const crd = 'apiVersion: foo.example.com/v1\nkind: Deployment\nspec: {template: {spec: 1}}\n';
    for (const text of ['', '# nothing\n', service, crd, '--- \n...\n', 'a: 1', '[1, 2]\n']) {
      const { code, stdout } = await cliWithProfiles(['harden'], { stdin: text });
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: text });
    }
  });

  it('joins several files as one stream of documents', async () => {
    await withFolder(
      { 'a.yaml': toolPod('a').trimEnd(), 'b.yaml': `---\n${toolPod('b')}`, 'c.json': '{"a": 1}' },
      async (folder) => {
        const { stdout } = await cliWithProfiles(['harden', folder]);
        const documents = parseAllDocuments(stdout).map(
          (document) => document.toJS() as Partial<ToolPod>,
        );
        expect(documents.map((document) => document.metadata?.name)).to.deep.equal([
          'a',
          'b',
          undefined,
        ]);
        expect(documents.slice(0, 2).every((document) => isHard(document as ToolPod))).to.equal(
          true,
        );
        expect(documents[2]).to.deep.equal({ a: 1 });
      },
    );
  });

  it('keeps CRLF line ends, the byte order mark and comments', async () => {
    const text = `\uFEFF# top\n${toolPod('a')}# end\n`.replaceAll('\n', '\r\n');
    const { stdout } = await cliWithProfiles(['harden'], { stdin: text });
    expect(stdout.startsWith('\uFEFF# top\r\n')).to.equal(true);
    expect(stdout.endsWith('# end\r\n')).to.equal(true);
    expect(stdout.replaceAll('\r\n', '')).not.to.match(/[\r\n]/);
    expect(stdout.length).to.be.greaterThan(text.length);
  });

  it('hardens every item of a List', async () => {
    const items = [toolPod('a'), toolPod('b')].map((text) => parse(text) as unknown);
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...items, { a: 1 }] });
    const { stdout } = await cliWithProfiles(['harden'], { stdin: list });
    const hardened = JSON.parse(stdout) as { items: [ToolPod, ToolPod, unknown] };
    expect(hardened.items.slice(0, 2).map((item) => isHard(item as ToolPod))).to.deep.equal([
      true,
      true,
    ]);
    expect(hardened.items[2]).to.deep.equal({ a: 1 });
  });

  it('gives no volume the name of a StatefulSet’s claim', async () => {
    const claim = volumeName('tool', '/tmp');
    const set = `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set}
spec:
  template:
    spec:
      containers:
        - {name: tool, image: registry.test/tool}
  volumeClaimTemplates:
    - metadata: {name: ${claim}}
`;
    const { stdout } = await cliWithProfiles(['harden'], { stdin: set });
    const hardened = parse(stdout) as {
      spec: { template: { spec: ToolPod['spec'] & { volumes: { name: string }[] } } };
    };
    const { containers, volumes } = hardened.spec.template.spec;
    expect(volumes).to.have.length(1);
    expect(volumes[0]?.name).not.to.equal(claim);
    expect(containers[0]?.volumeMounts?.[0]).to.deep.equal({
      name: volumes[0]?.name,
      mountPath: '/tmp',
    });
  });

  it('annotates the template, not the workload', async () => {
    const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: tool, image: registry.test/tool}]
`;
    const { stdout } = await cliWithProfiles(['harden'], { stdin: deployment });
    const hardened = parse(stdout) as { metadata: object; spec: { template: ToolPod } };
    expect(hardened.metadata).to.deep.equal({ name: 'web' });
    expect(hardened.spec.template.metadata.annotations).to.have.property('lithopod.dev/hardened');
  });

  describe('--output', () => {
    it('json: one object as itself, several as a List; empty documents are no objects', async () => {
      const one = await cliWithProfiles(['harden', '-o', 'json'], {
        stdin: `---\n${toolPod('a')}---\n`,
      });
      expect((JSON.parse(one.stdout) as ToolPod).metadata.name).to.equal('a');
      const two = await cliWithProfiles(['harden', '-o', 'json'], {
        stdin: `${toolPod('a')}---\n${service}`,
      });
      const list = JSON.parse(two.stdout) as { kind: string; items: ToolPod[] };
      expect(list.kind).to.equal('List');
      expect(list.items.map(({ kind }) => kind)).to.deep.equal(['Pod', 'Service']);
    });

    it('yaml: JSON files become YAML, YAML files keep their text', async () => {
      const json = JSON.stringify(parse(toolPod('a')));
      await withFolder({ 'a.json': json, 'b.yaml': service }, async (folder) => {
        const { stdout } = await cliWithProfiles(['harden', '-o', 'yaml', folder]);
        expect(stdout).to.match(/^apiVersion: v1\nkind: Pod\n/);
        expect(stdout.endsWith(`---\n${service}`)).to.equal(true);
      });
    });

    it('patch: one document’s patch is what turns it into the hardened one', async () => {
      const text = toolPod('a');
      const patch = await cliWithProfiles(['harden', '-o', 'patch'], { stdin: text });
      const hardened = await cliWithProfiles(['harden'], { stdin: text });
      const operations = JSON.parse(patch.stdout) as Operation[];
      expect(operations).not.to.deep.equal([]);
      expect(applyPatch(parse(text), operations)).to.deep.equal(parse(hardened.stdout));
    });

    it('patch: of several documents each says which it is for', async () => {
      const stdin = `${service}---\n# only a comment\n---\n${toolPod('a')}`;
      const { stdout } = await cliWithProfiles(['harden', '-o', 'patch'], { stdin });
      const [first, second, ...others] = JSON.parse(stdout) as Record<string, unknown>[];
      expect(others).to.deep.equal([]);
      expect(first).to.deep.equal({
        file: '<stdin>',
        document: 0,
        kind: 'Service',
        name: 'x',
        patch: [],
      });
      expect({ ...second, patch: undefined }).to.deep.equal({
        file: '<stdin>',
        document: 2,
        kind: 'Pod',
        name: 'a',
        patch: undefined,
      });
    });

    it('is refused with --diff and --in-place', async () => {
      for (const other of ['--diff', '--in-place']) {
        const outcome = await cliWithProfiles(['harden', '-o', 'json', other, 'x.yaml']);
        expect(outcome).to.deep.equal({
          code: 2,
          stdout: '',
          stderr: `error: --output and ${other} do not go together\n`,
        });
      }
    });
  });

  describe('--diff', () => {
    it('prints nothing where nothing changes', async () => {
      const outcome = await cliWithProfiles(['harden', '--diff'], { stdin: service });
      expect(outcome).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    });

    it('marks a last line without a line break, and is empty of colour', async () => {
      const stdin = toolPod('a').trimEnd();
      const { stdout } = await cliWithProfiles(['harden', '--diff'], { stdin });
      expect(stdout).to.match(/^--- a\/<stdin>\n\+\+\+ b\/<stdin>\n@@ /);
      expect(stdout).to.include('\\ No newline at end of file');
      expect(stdout).not.to.include('\u001b');
    });

    it('prints one diff for each changed file, named as it was given', async () => {
      await withFolder(
        { 'a.yaml': toolPod('a'), 'b.yaml': service, 'c.yaml': toolPod('c') },
        async (folder) => {
          const { stdout } = await cliWithProfiles(['harden', '--diff', folder]);
          const names = [...stdout.matchAll(/^--- (.*)$/gm)].map(([, name]) => name);
          expect(names).to.deep.equal([`a${folder}/a.yaml`, `a${folder}/c.yaml`]);
        },
      );
    });
  });

  describe('--in-place', () => {
    it('rewrites what changes, keeps modes and links, and leaves nothing else behind', async () => {
      await withFolder(
        { 'a.yaml': toolPod('a'), 'b.yaml': service, 'real/c.yaml': toolPod('c') },
        async (folder) => {
          await chmod(join(folder, 'a.yaml'), 0o640);
          await symlink('real/c.yaml', join(folder, 'c.yaml'));
          const before = await stat(join(folder, 'b.yaml'));
          const { code, stdout, stderr } = await cliWithProfiles(['harden', '-i', folder]);
          expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
          expect(stderr).to.equal(
            `hardened ${folder}/a.yaml\nhardened ${folder}/c.yaml\n1 file needs no change\n`,
          );
          expect((await stat(join(folder, 'a.yaml'))).mode & 0o777).to.equal(0o640);
          expect((await lstat(join(folder, 'c.yaml'))).isSymbolicLink()).to.equal(true);
          const hardened = await readFile(join(folder, 'real/c.yaml'), 'utf8');
          expect(isHard(parse(hardened) as ToolPod)).to.equal(true);
          expect((await stat(join(folder, 'b.yaml'))).ino).to.equal(before.ino);
          expect((await readdir(folder)).sort()).to.deep.equal([
            'a.yaml',
            'b.yaml',
            'c.yaml',
            'real',
          ]);
        },
      );
    });

    it('changes nothing the second time', async () => {
      await withFolder({ 'a.yaml': toolPod('a') }, async (folder) => {
        await cliWithProfiles(['harden', '-i', folder]);
        const once = await readFile(join(folder, 'a.yaml'), 'utf8');
        const again = await cliWithProfiles(['harden', '-i', folder]);
        expect(again.stderr).to.equal('1 file needs no change\n');
        expect(await readFile(join(folder, 'a.yaml'), 'utf8')).to.equal(once);
      });
    });

    it('goes with --diff, which shows what was written', async () => {
      await withFolder({ 'a.yaml': toolPod('a') }, async (folder) => {
        const shown = await cliWithProfiles(['harden', '--diff', folder]);
        const { stdout } = await cliWithProfiles(['harden', '--in-place', '--diff', folder]);
        expect(stdout).to.equal(shown.stdout);
        expect(stdout).not.to.equal('');
        const after = await cliWithProfiles(['harden', '--diff', folder]);
        expect(after.stdout).to.equal('');
      });
    });

    it('writes no file at all where one cannot be read', async () => {
      await withFolder({ 'a.yaml': toolPod('a'), 'b.yaml': 'a: [' }, async (folder) => {
        const { code, stderr } = await cliWithProfiles(['harden', '-i', folder]);
        expect(code).to.equal(2);
        expect(stderr).to.include(`${folder}/b.yaml:`);
        expect(await readFile(join(folder, 'a.yaml'), 'utf8')).to.equal(toolPod('a'));
      });
    });

    it('is refused for stdin', async () => {
      for (const operands of [[], ['-'], ['x.yaml', '-']]) {
        const { code, stderr } = await cliWithProfiles(['harden', '-i', ...operands], {
          stdin: toolPod('a'),
        });
        expect(code).to.equal(2);
        expect(stderr).to.equal('error: --in-place needs files: stdin cannot be rewritten\n');
      }
    });
  });

  it('tells every misshapen pod with its place, and writes nothing', async () => {
    const bad = toolPod('a').replace('name: tool', 'name: 7').replace('metadata:', 'metadata: &m');
    await withFolder({ 'a.yaml': toolPod('x'), 'b.yaml': bad }, async (folder) => {
      await writeFile(join(folder, 'c.yaml'), 'kind: Pod\napiVersion: v1\nspec: {}\n');
      const { code, stdout, stderr } = await cliWithProfiles(['harden', folder]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.equal(
        `${folder}/b.yaml:7:7: error: Pod/a: spec.containers[0].name must be a string\n` +
          `${folder}/c.yaml:3:1: error: Pod/(no name): spec.containers must be a list\n`,
      );
    });
  });

  it('writes control characters of other people’s names as escapes', async () => {
    const text = toolPod('a').replace(
      'name: tool',
      'name: "\\e[31mred"\n      securityContext: {privileged: true}',
    );
    const { code, stderr } = await cliWithProfiles(['harden', '--diff'], { stdin: text });
    expect(code).to.equal(0);
    expect(stderr).to.include('\\x1b[31mred');
    expect(stderr).not.to.include('\u001b');
  });
});

describe('lithopod harden, where a document cannot be edited in place', () => {
  it('says so, with file and document', async () => {
    const text = `kind: Service
---
apiVersion: v1
kind: Pod
spec:
  containers: [name: a] # a pair inside a list, for which no edit is known
`;
    const { code, stdout, stderr } = await cliWithProfiles(['harden'], { stdin: text });
    expect(code).to.equal(0);
    expect(stdout.match(/readOnlyRootFilesystem: true/g)).to.have.length(1);
    expect(stderr).to.match(/^<stdin>:3:1: warning: document 2 could not be edited in place/m);
  });
});
