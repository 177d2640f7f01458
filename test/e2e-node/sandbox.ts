// A pod's sandbox: the pause process whose namespaces its containers share.

import { ctr } from './node/containerd.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { becomesReady, reaches, type ContainerState } from './pods.ts';

/**
 * Ends the pause process behind the kubelet's back, as a node that runs out of memory may do, and
 * waits until the pod's container is ready again in another sandbox. The pod keeps its volumes; all
 * its init containers run once more.
 */
export async function killSandbox(cluster: Cluster, pod: PodName): Promise<ContainerState> {
  const { id } = await becomesReady(cluster, pod);
  await must(cluster, ['tasks', 'kill', '-s', 'SIGKILL', await sandboxOf(cluster, pod)]);
  return reaches(cluster, pod, 'other sandbox', (state) => state.ready && state.id !== id);
}

/**
 * The runtime's name of the sandbox that runs now; the names of earlier ones of the same pod stay
 * for a while.
 */
async function sandboxOf(cluster: Cluster, { namespace, name }: PodName): Promise<string> {
  const labels = {
    'io.cri-containerd.kind': 'sandbox',
    'io.kubernetes.pod.namespace': namespace,
    'io.kubernetes.pod.name': name,
  };
  const filter = Object.entries(labels).map(([label, value]) => `labels."${label}"==${value}`);
  const known = await must(cluster, ['containers', 'list', '--quiet', filter.join(',')]);
  const running = (await must(cluster, ['tasks', 'list']))
    .split('\n')
    .filter((line) => line.endsWith('RUNNING'))
    .map((line) => line.split(' ')[0]);
  const [sandbox] = known.split('\n').filter((id) => running.includes(id));
  if (sandbox === undefined) throw new Error(`no sandbox of ${namespace}/${name} is running`);
  return sandbox;
}

async function must(cluster: Cluster, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ctr(cluster.premises, args);
  if (code !== 0) throw new Error(`ctr ${args.join(' ')}: ${stderr}`);
  return stdout;
}
