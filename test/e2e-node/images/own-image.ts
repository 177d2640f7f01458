// Lithopod's own image: the Dockerfile of this repository, built as a release is but for its base.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cp,
  mkdir,
  readFile,
  readdir,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';
import { buildImages } from './build.ts';
import { openCache } from './cache.ts';
import type { Debian } from './debian.ts';
import { packLayer, readLayer } from './layer.ts';
import { writeLayout, type BuiltImage } from './layout.ts';
import { node } from './recipes/languages.ts';

/** What the manifests name. */
const OWN_IMAGE = 'ghcr.io/lithopod/lithopod:0.1.0';

const REPOSITORY = join(import.meta.dirname, '../../..');
/** What .dockerignore lets in, itself, and what is done with it. */
const SOURCES = [
  ...['Dockerfile', '.dockerignore', '.npmrc', 'LICENSE', 'package.json', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.build.json', 'src', 'profiles'],
  'test/e2e-node/images/own-image.ts',
];
const BUILD_MS = 20 * 60_000;

/**
 * Brings the image from the cache, or builds it with buildah: a docker-archive, the answer is its path. The base is not
 * Node.js's own image, which cannot be had without its registry, but Debian with the Node.js and the npm of this machine.
 * `npm ci` asks the registry that npm of this machine is set to use, without credentials. Rejects where that fails.
 */
export async function buildOwnImage(debian: Debian): Promise<string> {
  const base = await baseWithNpm(debian);
  const cache = await openCache();
  const key = await keyOfSources(base.layers.map(({ digest }) => digest));
  const folder = await cache.folder('lithopod', key, (unfinished) => build(base, unfinished));
  return join(folder, 'image.tar');
}

async function build(base: BuiltImage, folder: string): Promise<void> {
  const work = join(folder, 'work');
  const layout = join(work, 'base');
  await mkdir(layout, { recursive: true });
  await writeLayout([base], layout);
  await buildah(work, [
    ...['build', '--isolation=chroot', '--network=host', '--format=oci', `--tag=${OWN_IMAGE}`],
    ...(await npmVolumes(work)),
    // By a relative path: buildah makes a name of it, in which a cache's `.` is not allowed.
    ...['--build-arg', 'NODE_IMAGE=oci:base', REPOSITORY],
  ]);
  await buildah(work, ['push', OWN_IMAGE, `docker-archive:${folder}/image.tar:${OWN_IMAGE}`]);
  await rm(work, { recursive: true });
}

/** In namespaces of its own, so that whatever it mounts and runs ends with it, also when it is interrupted. */
async function buildah(work: string, args: readonly string[]): Promise<void> {
  const store = ['--storage-driver=vfs', `--root=${work}/store`, `--runroot=${work}/run`];
  const { code, stdout, stderr } = await runCommand(
    'unshare',
    [
      ...['--mount', '--pid', '--mount-proc', '--fork', '--kill-child', '--propagation', 'private'],
      ...['--', 'nice', 'buildah', ...store, ...args],
    ],
    { timeoutMs: BUILD_MS, cwd: work, env: { ...process.env, TMPDIR: work } },
  );
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-40).join('\n');
  throw new Error(`buildah ${args[0] ?? ''} ended with code ${code}:\n${said}`);
}

/** How npm of this machine reaches its registry: where it is, and whose certificates are trusted there. */
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

async function npmSetting(name: string): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', name], { cwd: REPOSITORY });
  const value = stdout.trim();
  return ['', 'null', 'undefined'].includes(value) ? undefined : value;
}

/** The image `node` of the recipes has no npm: what runs needs none. */
async function baseWithNpm(debian: Debian): Promise<BuiltImage> {
  const [image] = await buildImages([node], debian);
  if (!image) throw new Error('no image of Node.js');
  // Beside the program, as Node.js is distributed. A distribution's own package of npm cannot be moved.
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

async function keyOfSources(on: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(on));
  for (const source of SOURCES) {
    const path = join(REPOSITORY, source);
    const isFolder = (await stat(path)).isDirectory();
    const entries = isFolder ? (await readdir(path, { recursive: true })).sort() : [''];
    for (const file of entries.map((entry) => join(path, entry))) {
      if ((await stat(file)).isDirectory()) continue;
      hash.update(`\0${file.slice(REPOSITORY.length)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
