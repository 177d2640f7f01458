// One cluster for all scenarios of a run, in which Lithopod runs as its users install it: starting it takes longer than most
// of them.

import type { Context } from 'mocha';

import { buildImages } from './images/build.ts';
import type { Debian } from './images/debian.ts';
import { buildOwnImage } from './images/own-image.ts';
import type { Recipe } from './images/recipe.ts';
import { pause } from './images/recipes/base.ts';
import { giveProfiles, hardens, installLithopod } from './in-cluster.ts';
import { startNode, type Cluster } from './node/cluster.ts';
import { importImages } from './node/containerd.ts';
import { ensurePackages } from './node/machine.ts';

/** A namespace in which Lithopod changes nothing. */
export const bareNamespace = 'bare';
/** A namespace that has `lithopod.dev/enforce: immutable`. */
export const immutableNamespace = 'immutable';
/** A namespace that has `lithopod.dev/enforce: restricted`, and no label of Pod Security. */
export const restrictedNamespace = 'restricted';

/** Everything that can be in a cache has to be compiled. */
const COLD_MS = 60 * 60_000;

interface Shared {
  readonly cluster: Cluster;
  readonly debian: Debian;
  readonly imported: Set<string>;
  /** Those by which Lithopod was installed. */
  readonly manifests: string;
}

let shared: Promise<Shared | string> | undefined;
let stop = (): Promise<void> => Promise.resolve();

/**
 * To be called in `before`, with mocha's `this`: the cluster of this run, with the images of these recipes, and no pod
 * in its three namespaces but such as are ending. Skips, and says why, where no node can run.
 */
export async function useNode(context: Context, recipes: readonly Recipe[]): Promise<Cluster> {
  context.timeout(COLD_MS);
  const started = await (shared ??= start());
  if (typeof started === 'string') {
    process.stderr.write(`[e2e-node] skipped: ${started}\n`);
    context.skip();
  }
  const { cluster, debian, imported } = started;
  const missing = recipes.filter(({ name }) => !imported.has(name));
  if (missing.length > 0) {
    await importImages(cluster.premises, await buildImages(missing, debian));
  }
  for (const { name } of missing) imported.add(name);
  await removePods(cluster);
  return cluster;
}

/**
 * Gives Lithopod these profiles, files by name, beside the built-in ones, and takes away any that it was given before.
 * Whoever calls it gives it none in the end: other scenarios count on the built-in ones.
 */
export async function useProfiles(profiles: Readonly<Record<string, string>>): Promise<void> {
  const started = await shared;
  if (started === undefined || typeof started === 'string') throw new Error('no node runs');
  await giveProfiles(started.cluster, started.manifests, profiles);
}

after('stop the node', function () {
  this.timeout(120_000);
  return stop();
});

/** Those that crash again and again keep the machine busy, and a node takes 110 in all. */
async function removePods(cluster: Cluster): Promise<void> {
  for (const namespace of [bareNamespace, immutableNamespace, restrictedNamespace]) {
    await cluster.kubectl(['-n', namespace, 'delete', 'pods', '--all', '--wait=false']);
  }
}

async function start(): Promise<Shared | string> {
  const machine = await ensurePackages();
  if (!machine.ok) return machine.why;
  const { debian } = machine;
  const own = await buildOwnImage(debian);
  const cluster = await startNode(await buildImages([pause], debian));
  stop = () => cluster.stop();
  const manifests = await installLithopod(cluster, own);
  await cluster.namespace(bareNamespace);
  await cluster.namespace(immutableNamespace, { 'lithopod.dev/enforce': 'immutable' });
  await cluster.namespace(restrictedNamespace, { 'lithopod.dev/enforce': 'restricted' });
  await hardens(cluster, immutableNamespace);
  await hardens(cluster, restrictedNamespace);
  return { cluster, debian, imported: new Set([pause.name]), manifests };
}
