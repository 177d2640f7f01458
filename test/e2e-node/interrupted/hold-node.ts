// Run by interrupted.node.ts, to be interrupted: a node with a pod on it. Says what it occupies
// when the pod is ready.

import { buildImages } from '../images/build.ts';
import { busybox, pause } from '../images/recipes/base.ts';
import { startNode } from '../node/cluster.ts';
import { ensurePackages } from '../node/machine.ts';
import { becomesReady, createPod } from '../pods.ts';

const machine = await ensurePackages();
if (!machine.ok) throw new Error(machine.why);
const cluster = await startNode(await buildImages([pause, busybox], machine.debian));
const namespace = await cluster.namespace('held');
const container = { command: ['sleep', '100000'] };
await becomesReady(
  cluster,
  await createPod(cluster, { namespace, name: 'held', image: 'busybox', container }),
);
process.stdout.write(`${JSON.stringify({ premises: cluster.premises, dir: cluster.plane.dir })}\n`);
setInterval(() => undefined, 60_000);
