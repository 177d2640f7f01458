// One cluster for all scenarios of a run, in which Lithopod runs as its users install it: starting
// it takes longer than most of them. mocha calls these once, in its first process; the scenarios,
// of which several files run at a time, are in others.

import { buildImages } from './images/build.ts';
import { buildOwnImage } from './images/own-image.ts';
import { pause } from './images/recipes/base.ts';
import { installLithopod } from './in-cluster.ts';
import { startNode } from './node/cluster.ts';
import { ensurePackages } from './node/machine.ts';
import { announce } from './shared-node.ts';

let stop = (): Promise<void> => Promise.resolve();

export async function mochaGlobalSetup(): Promise<void> {
  const machine = await ensurePackages();
  if (!machine.ok) {
    process.stderr.write(`[e2e-node] skipped: ${machine.why}\n`);
    announce(machine);
    return;
  }
  const own = await buildOwnImage(machine.debian);
  const cluster = await startNode(await buildImages([pause], machine.debian));
  stop = cluster.stop;
  try {
    const manifests = await installLithopod(cluster, own);
    const { url, kubeconfig, caCert, dir } = cluster.plane;
    const { premises } = cluster;
    announce({ ...machine, premises, plane: { url, kubeconfig, caCert, dir }, manifests });
  } catch (error) {
    // mocha does not call the teardown of a setup that failed.
    await stop();
    throw error;
  }
}

export function mochaGlobalTeardown(): Promise<void> {
  return stop();
}
