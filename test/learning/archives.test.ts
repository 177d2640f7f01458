/** Images and checkpoints, from archives as tools write them and as nobody should. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readCheckpoint } from '../../src/learning/archives/checkpoint.ts';
import {
  observationOfImage,
  readImageArchive,
  withImage,
} from '../../src/learning/archives/image-archive.ts';
import { readDiff } from '../../src/learning/readers/diff.ts';
import { tarOf } from './tar-of.ts';
import type { ImageContents } from '../../src/learning/archives/image-archive.ts';
import type { Observation } from '../../src/core/learn/observation.ts';
import type { Result } from '../../src/core/values/result.ts';
import type { Item } from './tar-of.ts';

const seen = '2026-11-30T00:00:00.000Z';
const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

function problem(result: Result<unknown>): string {
  if (result.ok) throw new Error('it was read');
  return result.problems[0]!.message;
}

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

describe('archives', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lithopod-archives-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  let count = 0;
  function file(bytes: Buffer | string): string {
    const path = join(folder, `${count++}.tar`);
    writeFileSync(path, bytes);
    return path;
  }

  const image = (path: string, name?: string): Promise<Result<ImageContents>> =>
    readImageArchive({ file: path, seen, image: name });

  const layout = (): string => {
    const root = join(folder, `layout-${count++}`);
    mkdirSync(root);
    execFileSync('tar', ['-xf', fixture('podman-oci-archive.tar'), '-C', root]);
    return root;
  };
  const packed = (): string => file(gzipSync(readFileSync(fixture('podman-docker-archive.tar'))));

  for (const [what, path] of [
    ['podman save', () => fixture('podman-docker-archive.tar')],
    ['the same, packed by gzip', packed],
    ['podman save --format oci-archive', () => fixture('podman-oci-archive.tar')],
    ['an OCI layout in a folder', layout],
  ] as const) {
    it(`reads ${what}`, async () => {
      const contents = value(await image(path()));
      expect(contents.names).to.deep.equal(['localhost/layered:1']);
      expect(contents.user).to.deep.equal({ uid: 1000, gid: 1001 });
      expect(contents.volumes).to.deep.equal(['/srv/data']);
      expect(contents.home).to.equal('/home/app');
      expect(contents.workingDirectory).to.equal('/usr/share/app');
      expect(contents.outputLinks).to.deep.equal(['/var/log/app/access.log']);
      const names = (at: string): readonly string[] =>
        [...(contents.tree.find(at)?.children.keys() ?? [])].sort();
      expect(names('/opt/old')).to.deep.equal([]);
      expect(names('/usr/share/app')).to.deep.equal(['three']);
      expect(names('/var/cache/app')).to.deep.equal(['more', 'seed']);
      expect(contents.tree.find('/tmp')?.mode).to.equal(0o1777);
      expect(contents.tree.find('/usr/share/app')?.mode).to.equal(0o750);
    });
  }

  it('makes an observation of the image alone', async () => {
    const contents = value(await image(fixture('podman-oci-archive.tar')));
    const observation = observationOfImage(contents, { file: 'x', seen });
    expect(observation.image).to.equal('localhost/layered:1');
    expect(observation.users).to.deep.equal([{ uid: 1000, gid: 1001 }]);
    const paths = observation.directories.map(({ path }) => path).sort();
    expect(paths).to.deep.equal(['/home/app', '/srv/data', '/tmp']);
  });

  it('completes a difference with what the image has', async () => {
    const contents = value(await image(fixture('podman-docker-archive.tar')));
    const text =
      'C /tmp\nC /usr/share/app\nA /var/cache/app/new\nD /var/cache/app/seed\nC /etc/passwd\nA /var/run/pid';
    const [diff] = value(readDiff(text, { file: 'x', seen })).observations as [Observation];
    const found = withImage(diff, contents);
    const facts = new Map(found.directories.map((one) => [one.path, one]));
    expect(facts.get('/var/cache/app')).to.include({ inImage: true, imageEntries: 1 });
    expect(facts.get('/usr/share/app')).to.include({ touched: true, mode: 0o750, imageFiles: 1 });
    expect(found.written.map(({ path, type }) => [path, type])).to.deep.equal([
      ['/var/cache/app/new', 'unknown'],
      ['/var/cache/app/seed', 'file'],
      ['/etc/passwd', 'file'],
      ['/var/run/pid', 'unknown'],
    ]);
    expect(found.volumes).to.deep.equal(['/srv/data']);
  });

  function imageOf(layers: readonly (readonly Item[])[], config: object = {}): Buffer {
    const names = layers.map((_, i) => `${i}/layer.tar`);
    return tarOf([
      ...layers.map((items, i) => ({ path: names[i]!, body: tarOf(items) })),
      { path: 'config.json', body: JSON.stringify({ config }) },
      {
        path: 'manifest.json',
        body: JSON.stringify([{ Config: 'config.json', RepoTags: ['x:1'], Layers: names }]),
      },
    ]);
  }

  it('puts layers over one another: whiteouts, opaque directories, files in place of directories', async () => {
    const directory = { type: 'Directory' } as const;
    const contents = value(
      await image(
        file(
          imageOf([
            [
              { path: 'a/', ...directory },
              { path: 'a/1' },
              { path: 'b/1/2/3' },
              { path: 'c/1' },
              { path: 'd/1' },
            ],
            [
              { path: 'a/2' },
              { path: 'a/.wh..wh..opq' },
              { path: 'a/3' },
              { path: '.wh.b' },
              { path: 'c' },
              { path: 'd/', ...directory },
              { path: '.wh.d' },
              { path: 'd/2' },
            ],
          ]),
        ),
      ),
    );
    const paths: string[] = [];
    contents.tree.walk((path) => paths.push(path));
    expect(paths.sort()).to.deep.equal(['/', '/a', '/a/2', '/a/3', '/c', '/d', '/d/2']);
  });

  it('follows links of directories, and not for ever', async () => {
    const link = (path: string, linkpath: string): Item => ({
      path,
      linkpath,
      type: 'SymbolicLink',
    });
    const layer = [link('var/run', '../run'), link('x', 'y'), link('y', 'x'), { path: 'run/a' }];
    const { tree } = value(await image(file(imageOf([layer]))));
    expect(tree.find('/var/run/a')?.type).to.equal('file');
    expect(tree.find('/x/a')).to.equal(undefined);
    expect(tree.find('/var/../../run/a')?.type).to.equal('file');
  });

  it('takes a layer in which nothing changed', async () => {
    const contents = value(await image(file(imageOf([[{ path: 'a' }], []]))));
    expect(contents.tree.find('/a')?.type).to.equal('file');
  });

  it('asks which image, where there are several', async () => {
    const config = { path: 'c.json', body: '{}' };
    const entry = (tag: string): object => ({ Config: 'c.json', RepoTags: [tag], Layers: [] });
    const both = JSON.stringify([entry('docker.io/library/a:1'), entry('b:1')]);
    const path = file(tarOf([config, { path: 'manifest.json', body: both }]));
    expect(problem(await image(path))).to.match(/several images.*a:1, b:1/);
    expect(value(await image(path, 'a:1')).names).to.deep.equal(['docker.io/library/a:1']);
  });

  const manifest = (body: string): Buffer => tarOf([{ path: 'manifest.json', body }]);
  for (const [what, bytes, expected] of [
    ['nothing', Buffer.alloc(0), /is no tar archive|no manifest.json/],
    ['a text', Buffer.from('hello\n'.repeat(500)), /is no tar archive/],
    ['an archive of something else', tarOf([{ path: 'a' }]), /no manifest.json and no index.json/],
    ['a manifest that is no list', manifest('{}'), /that is no list/],
    ['a manifest without layers', manifest('[{}]'), /without Config and Layers/],
    [
      'a missing configuration',
      manifest('[{"Config":"x.json","Layers":[]}]'),
      /has no x.json, which it names/,
    ],
    [
      'a missing layer',
      tarOf([
        { path: 'x.json', body: '{}' },
        { path: 'manifest.json', body: '[{"Config":"x.json","Layers":["l.tar"]}]' },
      ]),
      /has no l.tar, which it names as a layer/,
    ],
    [
      'a blob without a digest',
      tarOf([{ path: 'index.json', body: '{"manifests":[{"digest":"../../etc/passwd"}]}' }]),
      /without a digest/,
    ],
    ['half of gzip', gzipSync(Buffer.alloc(100_000)).subarray(0, 50), /is damaged gzip/],
    [
      'half of a tar archive',
      tarOf([{ path: 'manifest.json', size: 10_000 }]),
      /is no tar archive/,
    ],
    [
      'zstd that asks for two gigabytes',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      /a window of more than 128 MiB/,
    ],
    [
      'damaged zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...Buffer.alloc(64, 255)]),
      /is damaged zstd/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(problem(await image(file(bytes)))).to.match(expected);
    });
  }

  it('refuses what is not there', async () => {
    expect(problem(await image(join(folder, 'none')))).to.equal(
      'cannot be read: no such file or directory',
    );
    expect(problem(await image('/dev/null'))).to.equal('is no file and no folder');
  });

  it('reads zstd', async function () {
    const plain = readFileSync(fixture('podman-oci-archive.tar'));
    let bytes: Buffer;
    try {
      bytes = execFileSync('zstd', ['-c'], { input: plain });
    } catch {
      this.skip();
    }
    expect(value(await image(file(bytes))).names).to.deep.equal(['localhost/layered:1']);
  });

  const started = '2026-11-30T10:00:00.5Z';
  const config = {
    id: 'abc',
    rootfsImage: 'docker.io/library/nginx@sha256:' + '0c'.repeat(32),
    rootfsImageRef: 'sha256:' + '0c'.repeat(32),
    rootfsImageName: 'docker.io/library/nginx:1.29',
    runtime: 'runc',
    createdTime: started,
    checkpointedTime: '2026-11-30T11:00:00Z',
  };
  const old = new Date('2026-01-01T00:00:00Z');
  const later = new Date('2026-11-30T10:30:00Z');
  const layer: readonly Item[] = [
    { path: 'var/', type: 'Directory', mtime: old, mode: 0o755 },
    { path: 'var/cache/', type: 'Directory', mtime: old, mode: 0o755 },
    { path: 'var/cache/nginx/', type: 'Directory', mtime: later, mode: 0o755, uid: 101 },
    { path: 'run/', type: 'Directory', mtime: later, mode: 0o755 },
    { path: 'run/nginx.pid', mtime: later, body: '1\n' },
  ];
  const whiteout: Item = { path: 'etc/nginx/.wh.old.conf' };
  const spec = {
    process: { user: { uid: 101, gid: 101 } },
    mounts: [{ destination: '/data', type: 'bind', source: '/x', options: ['rw'] }],
  };
  const parts = (diff: Buffer, more: readonly Item[] = []): readonly Item[] => [
    { path: 'config.dump', body: JSON.stringify(config) },
    { path: 'spec.dump', body: JSON.stringify(spec) },
    { path: 'checkpoint/pages-1.img', body: 'the secrets of its memory' },
    { path: 'rootfs-diff.tar', body: diff },
    ...more,
  ];
  const crio = tarOf(
    parts(tarOf(layer), [{ path: 'deleted.files', body: '["/etc/nginx/old.conf"]' }]),
  );
  const containerd = tarOf(parts(gzipSync(tarOf([...layer, whiteout]))));

  for (const [what, bytes] of [
    ['CRI-O', crio],
    ['containerd', containerd],
    ['podman, packed', gzipSync(crio)],
  ] as const) {
    it(`reads a checkpoint of ${what}`, async () => {
      const { observations } = value(await readCheckpoint({ file: file(bytes), seen }));
      const [observation] = observations as [Observation];
      expect(observation).to.include({
        means: 'checkpoint',
        image: 'docker.io/library/nginx:1.29',
        digest: `sha256:${'0c'.repeat(32)}`,
        runtime: 'runc',
        seen: '2026-11-30T11:00:00.000Z',
      });
      expect(observation.users).to.deep.equal([{ uid: 101, gid: 101 }]);
      expect(observation.written.map(({ path, change }) => `${change} ${path}`)).to.have.members([
        'unknown /var/cache/nginx',
        'unknown /run',
        'unknown /run/nginx.pid',
        'deleted /etc/nginx/old.conf',
      ]);
      expect(observation.directories.map(({ path }) => path)).to.deep.equal(['/var', '/var/cache']);
      expect(observation.mounts).to.deep.equal([
        { path: '/data', fileSystem: 'bind', readOnly: false },
      ]);
    });
  }

  it('says where a checkpoint has no writable layer', async () => {
    const path = file(tarOf([{ path: 'config.dump', body: JSON.stringify(config) }]));
    expect(value(await readCheckpoint({ file: path, seen })).notes.join()).to.match(
      /has no rootfs-diff.tar/,
    );
  });

  for (const [what, items, expected] of [
    ['another archive', [{ path: 'a' }], /it has no config.dump/],
    ['a damaged config.dump', [{ path: 'config.dump', body: '[]' }], /is no JSON object/],
    [
      'a huge config.dump',
      [{ path: 'config.dump', body: Buffer.alloc(17 * 1024 * 1024) }],
      /more than 16777216 bytes/,
    ],
    ['a damaged layer', parts(Buffer.from('x'.repeat(2000))), /is no tar archive/],
    [
      'deleted.files of another shape',
      parts(tarOf([]), [{ path: 'deleted.files', body: '{}' }]),
      /is no list of paths/,
    ],
  ] as const) {
    it(`refuses a checkpoint: ${what}`, async () => {
      expect(problem(await readCheckpoint({ file: file(tarOf(items)), seen }))).to.match(expected);
    });
  }
});
