// Lithopod's own image: the Dockerfile of this repository, built as a release is but for its base.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { ownFolder, removeFolder, runCommand } from '../../e2e/control-plane/owned-process.ts';
import { buildImages } from './build.ts';
import { openCache, type Cache } from './cache.ts';
import type { Debian } from './debian.ts';
import { packLayer, readLayer } from './layer.ts';
import { writeLayout, type BuiltImage } from './layout.ts';
import { node } from './recipes/languages.ts';

/** What the manifests name. */
const OWN_IMAGE = 'ghcr.io/lithopod/lithopod:0.1.0';
const BASE = 'localhost/lithopod/base:1';

const REPOSITORY = join(import.meta.dirname, '../../..');
const BUILD_MS = 20 * 60_000;

/** Decides whether the layers of earlier builds are of use; the rest buildah sees by itself. */
const LOCK_FILE = 'package-lock.json';

/**
 * Brings the image from the cache, or builds it with buildah: a docker-archive, the answer is its
 * path. The base is not Node.js's own image, which cannot be had without its registry, but Debian
 * with the Node.js and the npm of this machine. `npm ci` asks the registry that npm of this machine
 * is set to use, without credentials. Rejects where that fails.
 */
export async function buildOwnImage(debian: Debian): Promise<string> {
  const base = await baseWithNpm(debian);
  const cache = await openCache();
  const context = await mkdtemp(join(tmpdir(), 'lithopod-context-'));
  ownFolder(context);
  try {
    // A copy: what is built is what the key says, whoever edits meanwhile.
    const sources = await namesOfSources();
    for (const source of sources) {
      await cp(join(REPOSITORY, source), join(context, source), { recursive: true });
    }
    const on = base.layers.map(({ digest }) => digest);
    const store = await storeWithBase(cache, base, await keyOfFiles(context, [LOCK_FILE], on));
    const key = await keyOfFiles(context, sources, on);
    const folder = await cache.folder('lithopod', key, (made) => build(context, store, made));
    return join(folder, 'image.tar');
  } finally {
    removeFolder(context);
  }
}

/** What .dockerignore lets in, itself, and what is done with it. */
async function namesOfSources(): Promise<readonly string[]> {
  const lines = (await readFile(join(REPOSITORY, '.dockerignore'), 'utf8')).split('\n');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1).trim());
  return ['Dockerfile', '.dockerignore', ...allowed];
}

/**
 * Where buildah keeps what it made, so that a change of a source does not have it install all
 * packages again: with the base in it as `BASE`, in one layer, since buildah reuses none on top of
 * some whose origin no history tells.
 */
function storeWithBase(cache: Cache, base: BuiltImage, key: string): Promise<string> {
  return cache.folder('buildah', key, async (store) => {
    const work = join(store, 'work');
    await mkdir(join(work, 'base'), { recursive: true });
    await writeLayout([base], join(work, 'base'));
    // By a relative path: buildah makes a name of it, in which a cache's `.` is not allowed.
    await buildah(work, store, ['from', '--name=base', 'oci:base']);
    await buildah(work, store, ['commit', '--rm', '--squash', 'base', BASE]);
    await rm(work, { recursive: true });
  });
}

async function build(context: string, store: string, folder: string): Promise<void> {
  const work = join(folder, 'work');
  await mkdir(work);
  await buildah(work, store, [
    ...['build', '--layers', '--isolation=chroot', '--network=host', '--format=oci'],
    ...[`--tag=${OWN_IMAGE}`, '--pull=never'],
    ...[`--build-arg=NODE_IMAGE=${BASE}`, `--build-arg=GO_IMAGE=${BASE}`],
    ...(await npmVolumes(work)),
    ...(await goVolumes()),
    context,
  ]);
  await buildah(work, store, [
    'push',
    OWN_IMAGE,
    `docker-archive:${folder}/image.tar:${OWN_IMAGE}`,
  ]);
  await rm(work, { recursive: true });
}

/**
 * In namespaces of its own, so that whatever it mounts and runs ends with it, also when it is
 * interrupted.
 */
async function buildah(work: string, store: string, args: readonly string[]): Promise<void> {
  const own = ['--storage-driver=overlay', `--root=${store}/store`, `--runroot=${work}/run`];
  const { code, stdout, stderr } = await runCommand(
    'unshare',
    [
      ...['--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--propagation', 'private'],
      ...['--', 'nice', 'buildah', ...own, ...args],
    ],
    { timeoutMs: BUILD_MS, cwd: work, env: { ...process.env, TMPDIR: work } },
  );
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-40).join('\n');
  throw new Error(`buildah ${args[0] ?? ''} ended with code ${code}:\n${said}`);
}

/**
 * How npm of this machine reaches its registry: where it is, and whose certificates are trusted
 * there.
 */
async function npmVolumes(work: string): Promise<readonly string[]> {
  const registry = await npmSetting('registry');
  const cafile = (await npmSetting('cafile')) ?? process.env['NODE_EXTRA_CA_CERTS'];
  const inside = '/etc/lithopod-build/ca.crt';
  const lines = [
    ...(registry === undefined ? [] : [`registry=${registry}`]),
    ...(cafile === undefined ? [] : [`cafile=${inside}`]),
  ];
  const npmrc = join(work, 'npmrc');
  await writeFile(npmrc, lines.join('\n') + '\n');
  return [
    `--volume=${npmrc}:/usr/local/etc/npmrc:ro`,
    ...(cafile === undefined ? [] : [`--volume=${await realpath(cafile)}:${inside}:ro`]),
  ];
}

/**
 * The Go of this machine, where Go's own image has it. Debian's has links from its folder below
 * /usr/lib to one below /usr/share, which are at the same depth below /usr/local.
 */
async function goVolumes(): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('go', ['env', 'GOROOT']);
  const root = stdout.trim();
  const sources = dirname(await realpath(join(root, 'src')));
  const linked = sources === (await realpath(root)) ? [] : [`--volume=${sources}:${sources}:ro`];
  return [`--volume=${root}:/usr/local/go:ro`, ...linked];
}

async function npmSetting(name: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', name], { cwd: REPOSITORY });
  const value = stdout.trim();
  return ['', 'null', 'undefined'].includes(value) ? undefined : value;
}

/** The image `node` of the recipes has no npm: what runs needs none. */
async function baseWithNpm(debian: Debian): Promise<BuiltImage> {
  const [image] = await buildImages([node], debian);
  if (!image) throw new Error('no image of Node.js');
  // Beside the program, as Node.js is distributed. A distribution's own package of npm cannot be
  // moved.
  const npm = await realpath(join(dirname(process.execPath), '../lib/node_modules/npm'));
  const { version } = JSON.parse(await readFile(join(npm, 'package.json'), 'utf8')) as {
    version: string;
  };
  const cache = await openCache();
  const folder = await cache.folder('npm', version.replaceAll(/\W/g, '_'), async (unfinished) => {
    const root = join(unfinished, 'root');
    const modules = join(root, 'usr/local/lib/node_modules');
    await mkdir(modules, { recursive: true });
    await mkdir(join(root, 'usr/local/bin'));
    await cp(npm, join(modules, 'npm'), { recursive: true, verbatimSymlinks: true });
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
    await packLayer(root, unfinished);
    await rm(root, { recursive: true });
  });
  // One name: buildah takes a layout only where there is no choice in it.
  const refs = image.refs.slice(0, 1);
  return { ...image, refs, layers: [...image.layers, await readLayer(folder)] };
}

/**
 * 16 hexadecimal digits that change with these files of the folder, and with what they stand on.
 */
async function keyOfFiles(
  folder: string,
  names: readonly string[],
  on: readonly string[],
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(on));
  hash.update(await readFile(import.meta.filename));
  for (const name of names) {
    const path = join(folder, name);
    const isFolder = (await stat(path)).isDirectory();
    const entries = isFolder ? (await readdir(path, { recursive: true })).sort() : [''];
    for (const file of entries.map((entry) => join(path, entry))) {
      if ((await stat(file)).isDirectory()) continue;
      hash.update(`\0${file.slice(folder.length)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
