/**
 * What `npm pack` gives runs: by npx, from the archive, in an empty folder, with nothing of this
 * tree beside it but npm's own cache.
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { cloneTree } from './clone.ts';
import { toolPod } from './cli/run.ts';

const run = promisify(execFile);

interface Manifest {
  readonly version: string;
  readonly private?: boolean;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly man: string;
  readonly repository: { readonly url: string };
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

describe('the package', function () {
  this.timeout(300_000);
  let clone = '';
  let paths: readonly string[] = [];
  let archive = '';
  let size = 0;
  let manifest: Manifest;

  before('npm pack', async () => {
    clone = cloneTree();
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', dirname(clone)], {
      cwd: clone,
      timeout: 120_000,
    });
    // The script of the build writes on stdout too.
    const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as readonly [Packed];
    paths = packed.files.map(({ path }) => path);
    size = packed.size;
    archive = join(dirname(clone), packed.filename);
    manifest = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8')) as Manifest;
  });

  after(() => {
    if (clone !== '') rmSync(dirname(clone), { recursive: true, force: true });
  });

  it('holds the program and what people read, and nothing else', () => {
    const folders = new Set(paths.map((path) => path.split('/')[0]));
    expect([...folders]).to.have.members([
      ...['LICENSE', 'README.md', 'dist', 'man', 'manifests', 'overlays'],
      ...['package.json', 'packaging', 'profiles', 'schemas'],
    ]);
    for (const path of [...Object.values(manifest.bin), manifest.man]) {
      expect(paths).to.include(path);
    }
    expect(paths.filter((path) => /\.ts$|own\/tls/.test(path))).to.deep.equal([]);
    // A quarter of it is the client of Kubernetes.
    expect(size).to.be.below(2_000_000);
  });

  it('is one that npm publishes, from the repository of the action and the image', () => {
    expect(manifest).not.to.have.property('private');
    const home = /github\.com\/[^.]+/.exec(manifest.repository.url)?.[0] ?? '';
    expect(readFileSync(join(clone, 'Dockerfile'), 'utf8')).to.contain(`https://${home}"`);
  });

  it('needs no package beside it, and tells scanners which are in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lithopod-archive-'));
    try {
      await run('tar', ['-xzf', archive, '-C', folder]);
      const dist = join(folder, 'package/dist');
      writeFileSync(join(folder, 'pod.yaml'), toolPod('a'));
      const cli = async (...args: readonly string[]): Promise<string> =>
        (await run(process.execPath, [join(dist, 'cli/main.js'), ...args], { cwd: folder })).stdout;
      expect(await cli('harden', 'pod.yaml')).to.contain('readOnlyRootFilesystem: true');
      expect(await cli('certs')).to.contain('kind: Secret');
      const { components } = JSON.parse(readFileSync(join(dist, 'lithopod.cdx.json'), 'utf8')) as {
        readonly components: readonly { readonly name: string }[];
      };
      const names = components.map(({ name }) => name);
      const { dependencies } = manifest;
      expect(names).to.include.members(Object.keys(dependencies));
      const notices = readFileSync(join(dist, 'third-party-notices.txt'), 'utf8');
      for (const name of names) expect(notices).to.contain(`${name} `);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('runs by npx in an empty folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lithopod-npx-'));
    try {
      const empty = join(folder, 'empty');
      const cache = join(folder, 'cache');
      mkdirSync(empty);
      mkdirSync(cache);
      // What npx installs is gone with the folder; what it downloads is there already.
      const { stdout: own } = await run('npm', ['config', 'get', 'cache']);
      const content = join(own.trim(), '_cacache');
      if (existsSync(content)) symlinkSync(realpathSync(content), join(cache, '_cacache'));
      writeFileSync(join(empty, 'pod.yaml'), toolPod('a'));
      const settings = {
        npm_config_cache: cache,
        npm_config_prefer_offline: 'true',
        npm_config_audit: 'false',
        npm_config_update_notifier: 'false',
      };
      // One call for all: npx itself takes most of the time.
      const script = [
        'lithopod --version > version.txt',
        'lithopod harden pod.yaml > hardened.yaml',
        'lithopod check -q hardened.yaml',
        'lithopod compose --help > help.txt',
        'lithopod profiles match nginx:1.27 > match.txt',
        'lithopod install > install.yaml',
        'kubectl-lithopod version > kubectl-version.txt',
        'kubectl_complete-lithopod har > complete.txt',
      ].join(' && ');
      await run('npx', ['--yes', '--package', archive, '--call', script], {
        cwd: empty,
        timeout: 180_000,
        env: { ...process.env, ...settings },
      });
      const text = (name: string): string => readFileSync(join(empty, name), 'utf8');
      expect(text('hardened.yaml')).to.contain('readOnlyRootFilesystem: true');
      expect(text('match.txt')).to.contain('/var/cache/nginx');
      expect(text('install.yaml')).to.contain('kind: MutatingWebhookConfiguration');
      expect(text('version.txt')).to.equal(`${manifest.version}\n`);
      expect(text('kubectl-version.txt')).to.contain(manifest.version);
      expect(text('complete.txt')).to.match(/^harden\t/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
