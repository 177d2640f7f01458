// The cluster of the run, as scenarios use it: each of mocha's processes in namespaces of its own.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Context } from 'mocha';

import { buildImages } from './images/build.ts';
import type { Debian } from './images/debian.ts';
import type { Recipe } from './images/recipe.ts';
import { giveProfiles, hardens } from './in-cluster.ts';
import { attachCluster, type Cluster, type ClusterAddress } from './node/cluster.ts';
import { importImages } from './node/containerd.ts';
import { locked } from './node/lock.ts';

/** mocha numbers the processes that run files; where there is one only, it has none. */
const worker = process.env['MOCHA_WORKER_ID'] ?? '0';

/** A namespace in which Lithopod changes nothing. */
export const bareNamespace = `bare-${worker}`;
/** A namespace that has `lithopod.dev/enforce: immutable`. */
export const immutableNamespace = `immutable-${worker}`;
/** A namespace that has `lithopod.dev/enforce: restricted`, and no label of Pod Security. */
export const restrictedNamespace = `restricted-${worker}`;

/** Everything that can be in a cache has to be compiled. */
const COLD_MS = 60 * 60_000;

/** What mocha's first process made, for the others; or why no node can run. */
type NodeOfTheRun =
  | (ClusterAddress & {
      readonly ok: true;
      readonly debian: Debian;
      /** Those by which Lithopod was installed. */
      readonly manifests: string;
    })
  | { readonly ok: false; readonly why: string };

const VARIABLE = 'LITHOPOD_E2E_NODE';

/** Tells the processes that this one starts from now on, and itself. */
export function announce(node: NodeOfTheRun): void {
  process.env[VARIABLE] = JSON.stringify(node);
}

function nodeOfTheRun(): NodeOfTheRun {
  const announced = process.env[VARIABLE];
  if (announced === undefined) {
    throw new Error('no node runs: have mocha use .mocharc.e2e-node.json, which starts it');
  }
  return JSON.parse(announced) as NodeOfTheRun;
}

let shared: Promise<Cluster> | undefined;

/**
 * To be called in `before`, with mocha's `this`: the cluster of this run, with the images of these
 * recipes, and no pod in the three namespaces of this process but such as are ending. Skips where
 * no node can run.
 */
export async function useNode(context: Context, recipes: readonly Recipe[]): Promise<Cluster> {
  context.timeout(COLD_MS);
  const node = nodeOfTheRun();
  if (!node.ok) context.skip();
  const cluster = await (shared ??= attach(node));
  for (const recipe of recipes) await provide(recipe, cluster, node.debian);
  await removePods(cluster);
  return cluster;
}

/**
 * Gives Lithopod these profiles, files by name, beside the built-in ones and those of other
 * processes, and takes away any that it was given by this process before. Whoever calls it gives it
 * none in the end, and has its images to itself: scenarios that run meanwhile count on the built-in
 * ones.
 */
export async function useProfiles(profiles: Readonly<Record<string, string>>): Promise<void> {
  const node = nodeOfTheRun();
  if (!node.ok || shared === undefined) throw new Error('no node runs');
  const cluster = await shared;
  const folder = join(cluster.premises.dir, 'profiles');
  await mkdir(folder, { recursive: true });
  await locked(join(folder, 'lock'), async () => {
    await writeFile(join(folder, `${worker}.json`), JSON.stringify(profiles));
    const given = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    const all = given.map(async (name) => {
      const files = JSON.parse(await readFile(join(folder, name), 'utf8')) as typeof profiles;
      const prefix = basename(name, '.json');
      return Object.entries(files).map(([file, text]) => [`${prefix}-${file}`, text] as const);
    });
    await giveProfiles(
      cluster,
      node.manifests,
      Object.fromEntries((await Promise.all(all)).flat()),
    );
  });
}

async function attach(node: ClusterAddress): Promise<Cluster> {
  const cluster = await attachCluster(node);
  await cluster.namespace(bareNamespace);
  await cluster.namespace(immutableNamespace, { 'lithopod.dev/enforce': 'immutable' });
  await cluster.namespace(restrictedNamespace, { 'lithopod.dev/enforce': 'restricted' });
  await hardens(cluster, immutableNamespace);
  await hardens(cluster, restrictedNamespace);
  return cluster;
}

/** Makes the image, and puts it where the kubelet finds it; once for all processes. */
async function provide(recipe: Recipe, { premises }: Cluster, debian: Debian): Promise<void> {
  const folder = join(premises.dir, 'imported');
  const imported = join(folder, recipe.name);
  if (existsSync(imported)) return;
  const images = await buildImages([recipe], debian);
  await mkdir(folder, { recursive: true });
  await locked(join(folder, 'lock'), async () => {
    if (existsSync(imported)) return;
    await importImages(premises, images);
    await writeFile(imported, '');
  });
}

/** Those that crash again and again keep the machine busy, and a node takes 110 in all. */
async function removePods(cluster: Cluster): Promise<void> {
  for (const namespace of [bareNamespace, immutableNamespace, restrictedNamespace]) {
    await cluster.kubectl(['-n', namespace, 'delete', 'pods', '--all', '--wait=false']);
  }
}
