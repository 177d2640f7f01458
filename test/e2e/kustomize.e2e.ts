// `lithopod harden -o kustomize` in the hands of kubectl's kustomize: a base with the Component
// comes to what `lithopod harden` makes of the base.

import { mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { cli } from '../cli/run.ts';
import { findBinaries } from './control-plane/binaries.ts';
import { ownFolder, removeFolder, runCommand } from './control-plane/owned-process.ts';

const tests = join(import.meta.dirname, '..');

describe('harden -o kustomize', () => {
  let folder: string;
  let kubectl: string;

  before(async () => {
    ({ kubectl } = await findBinaries());
    folder = await mkdtemp(join(tmpdir(), 'lithopod-kustomize-'));
    ownFolder(folder);
  });
  after(() => {
    removeFolder(folder);
  });

  async function build(path: string): Promise<{ readonly out: unknown[]; readonly said: string }> {
    const { code, stdout, stderr } = await runCommand(kubectl, ['kustomize', path], {
      timeoutMs: 60_000,
      env: { HOME: folder, PATH: process.env['PATH'] },
    });
    const out = code === 0 ? parseAllDocuments(stdout).map((each) => each.toJS() as unknown) : [];
    return { out, said: stderr };
  }

  const kustomization = (text: string): string =>
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${text}`;

  /** A base, the same hardened, and the base with its Component; each in a folder of its own. */
  async function lay(at: string, text: string, level: string): Promise<void> {
    const write = async (path: string, content: string): Promise<void> => {
      await mkdir(dirname(join(at, path)), { recursive: true });
      await writeFile(join(at, path), content);
    };
    const run = async (...argv: string[]): Promise<string> => {
      const { code, stdout, stderr } = await cli(['harden', '--level', level, ...argv], {
        stdin: text,
      });
      expect(code, `${at}: ${stderr}`).to.equal(0);
      return stdout;
    };
    await write('base/all.yaml', text);
    await write('base/kustomization.yaml', kustomization('resources: [all.yaml]\n'));
    await write('hardened/all.yaml', await run());
    await write('hardened/kustomization.yaml', kustomization('resources: [all.yaml]\n'));
    await write('component/kustomization.yaml', await run('-o', 'kustomize'));
    const over = 'resources: [../base]\ncomponents: [../component]\n';
    await write('patched/kustomization.yaml', kustomization(over));
  }

  async function manifests(): Promise<readonly string[]> {
    // kustomize itself makes a text of the annotation that is null, in objects that it patches.
    const golden = (await readdir(join(tests, 'golden'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && entry.name !== 'nulls')
      .map(({ name }) => join(tests, 'golden', name, 'pod.yaml'));
    const kinds = (await readdir(join(tests, 'kinds/cases')))
      .filter((name) => name.endsWith('.yaml') && name !== 'unknown.yaml')
      .map((name) => join(tests, 'kinds/cases', name));
    return [...golden, ...kinds, join(tests, 'cli/manifests/shop.yaml')];
  }

  for (const level of ['immutable', 'restricted']) {
    it(`comes to what harden writes, of every golden case and kind, at ${level}`, async () => {
      const names: string[] = [];
      for (const [index, path] of (await manifests()).entries()) {
        const name = `${level}-${index}-${basename(dirname(path))}-${basename(path, '.yaml')}`;
        // kustomize takes no object that has no name, and none without a kind.
        const text = (await readFile(path, 'utf8')).replaceAll('generateName:', 'name:');
        if (!/^kind:/m.test(text)) continue;
        await lay(join(folder, name), text, level);
        names.push(name);
      }
      expect(names.length).to.be.greaterThan(100);
      // One build for all: names are kept apart by a prefix.
      const built: unknown[][] = [];
      for (const which of ['hardened', 'patched']) {
        const all = join(folder, `${level}-all-${which}`);
        for (const [index, name] of names.entries()) {
          await mkdir(join(all, `case-${index}`), { recursive: true });
          const text = `resources: [../../${name}/${which}]\nnamePrefix: case-${index}-\n`;
          await writeFile(join(all, `case-${index}/kustomization.yaml`), kustomization(text));
        }
        const list = names.map((_, index) => `  - case-${index}\n`).join('');
        await writeFile(join(all, 'kustomization.yaml'), kustomization(`resources:\n${list}`));
        const { out, said } = await build(all);
        expect(out, said).not.to.have.length(0);
        built.push(out);
      }
      const [hardened = [], patched = []] = built;
      expect(patched).to.have.length(hardened.length);
      for (const [index, object] of hardened.entries()) {
        expect(patched[index], JSON.stringify(object)).to.deep.equal(object);
      }
    });
  }

  const pod = (name: string, namespace: string | undefined, containers: readonly string[]) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...(namespace !== undefined && { namespace }) },
      spec: { containers: containers.map((each) => ({ name: each, image: 'nginx' })) },
    });

  it('reaches the object of its name and namespace alone', async () => {
    const text = [
      pod('a.b', undefined, ['web']),
      pod('aab', undefined, ['web', 'other']),
      pod('a.b', 'shop', ['other']),
    ].join('\n---\n');
    const at = join(folder, 'names');
    await lay(at, text, 'immutable');
    const patched = await build(join(at, 'patched'));
    const hardened = await build(join(at, 'hardened'));
    expect(patched.out, patched.said).to.have.length(3);
    expect(patched.out).to.deep.equal(hardened.out);
  });

  it('stops the build where a container is no longer where it was', async () => {
    const at = join(folder, 'moved');
    await lay(at, pod('a', undefined, ['one', 'two']), 'immutable');
    await writeFile(join(at, 'base/all.yaml'), pod('a', undefined, ['two', 'one']));
    const { out, said } = await build(join(at, 'patched'));
    expect(out).to.deep.equal([]);
    expect(said).to.contain('/spec/containers/0/name');
  });

  it('builds what -k names, with the kubectl that is there', async () => {
    const at = join(folder, 'flag');
    await lay(at, pod('a', undefined, ['web']), 'immutable');
    const path = process.env['PATH'];
    process.env['PATH'] = dirname(kubectl);
    try {
      const checked = await cli(['check', '-k', join(at, 'base'), '-o', 'json']);
      expect(checked.code, checked.stderr).to.equal(1);
      const patched = await cli(['check', '-k', join(at, 'patched')]);
      expect(patched.code, patched.stdout).to.equal(0);
      const { code, stderr } = await cli(['harden', '-k', join(at, 'nothing')]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^<kustomize \S+nothing>: error: kubectl: /);
    } finally {
      process.env['PATH'] = path;
    }
  });
});
