// Pods that a controller makes from its template: the template is the user's, the pod is hardened.

import { expect } from 'chai';

import { busybox } from './images/recipes/base.ts';
import { nginx } from './images/recipes/web.ts';
import { answerOf } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { becomesReady, createPod, logOf, reaches, touch } from './pods.ts';
import { immutableNamespace, useNode } from './shared-node.ts';

const namespace = immutableNamespace;

describe('workloads on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [busybox, nginx]);
  });

  const kubectl = (args: readonly string[], input?: Manifest): Promise<string> =>
    cluster.kubectl(['-n', namespace, ...args], input);

  async function podOf(selector: string): Promise<PodName> {
    const names = await kubectl([
      ...['get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].metadata.name}'],
    ]);
    expect(names.split(' '), selector).to.have.lengthOf(1);
    return { namespace, name: names };
  }

  async function completes(job: string): Promise<string> {
    await kubectl(['wait', '--for=condition=Complete', '--timeout=150s', `job/${job}`]);
    return logOf(cluster, await podOf(`job-name=${job}`));
  }

  it('a Job completes: what it writes to /tmp is there, and nothing else is', async () => {
    await kubectl(['create', '-f', '-'], job('writes', [worker]));
    expectKept(await completes('writes'));
  });

  it('a CronJob makes Jobs that complete', async () => {
    const metadata = { name: 'nightly' };
    const { spec } = job('nightly', [worker]);
    await kubectl(['create', '-f', '-'], {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec } },
    });
    await kubectl(['create', 'job', 'tonight', '--from=cronjob/nightly']);
    expectKept(await completes('tonight'));
  });

  it('a Job completes beside a sidecar that goes on', async () => {
    const script =
      'touch /x; until wget -qO- http://127.0.0.1/ > /tmp/page; do sleep 1; done; grep title /tmp/page';
    await kubectl(
      ['create', '-f', '-'],
      job('beside', [{ ...worker, command: ['sh', '-c', script] }], [sidecar]),
    );
    const log = await completes('beside');
    expect(log).to.match(/^touch: \/x: Read-only file system$/m);
    expect(log).to.match(/<title>Welcome to nginx!<\/title>/);
  });

  it('a sidecar is as read-only as the container it helps, and is there before it', async () => {
    const pod = await createPod(cluster, {
      namespace,
      name: 'helped',
      image: 'busybox:1.35',
      container: { command: ['sh', '-c', 'wget -qO /tmp/page http://127.0.0.1/ && sleep 100000'] },
      spec: {
        initContainers: [{ ...sidecar, startupProbe: { httpGet: { port: 80 }, periodSeconds: 1 } }],
      },
    });
    const { restarts } = await becomesReady(cluster, pod);
    expect(restarts, 'the main container asked it once').to.equal(0);
    const helper = { ...pod, container: 'sidecar' };
    await reaches(cluster, helper, 'sidecar', ({ ready }) => ready);
    for (const each of [pod, helper]) {
      expect(await touch(cluster, each, '/x')).to.match(/Read-only file system/);
    }
    expect(await touch(cluster, helper, '/var/cache/nginx/x')).to.equal(undefined);
    expect(await touch(cluster, helper, '/var/x')).to.match(/Read-only file system/);
  });

  it('each revision of a Deployment is hardened, and its template is left as it was written', async () => {
    const name = 'rolled';
    const template = (): Promise<string> =>
      kubectl(['get', 'deployment', name, '-o', 'jsonpath={.spec.template.spec}']);
    const isHardened = async (image: string): Promise<string> => {
      await kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=150s']);
      const selector = `app=${name},pod-template-hash=${await currentHash(name)}`;
      const pod = await podOf(selector);
      expect(await kubectl(['get', 'pod', pod.name, '-o', 'jsonpath={..image}'])).to.include(image);
      expect((await answerOf(cluster, pod, 80)).body).to.match(/Welcome to nginx!/);
      expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
      return pod.name;
    };
    await kubectl(['create', 'deployment', name, '--image=nginx:1.27']);
    const first = await isHardened('nginx:1.27');
    const before = await template();
    expect(before).not.to.match(/readOnlyRootFilesystem|volumeMounts/);

    await kubectl(['set', 'image', `deployment/${name}`, 'nginx=nginx:1.22']);
    const second = await isHardened('nginx:1.22');
    await kubectl(['set', 'env', `deployment/${name}`, 'REVISION=3']);
    const third = await isHardened('nginx:1.22');
    expect(new Set([first, second, third])).to.have.lengthOf(3);

    await kubectl(['rollout', 'undo', `deployment/${name}`, '--to-revision=1']);
    await isHardened('nginx:1.27');
    expect(await template()).to.equal(before);
  });

  /** What the newest ReplicaSet's pods are labelled with. */
  async function currentHash(name: string): Promise<string> {
    const sets = await kubectl(['get', 'replicasets', '-l', `app=${name}`, '-o', 'json']);
    const { items } = JSON.parse(sets) as { items: readonly ReplicaSet[] };
    const revision = ({ metadata }: ReplicaSet): number =>
      Number(metadata.annotations['deployment.kubernetes.io/revision']);
    const newest = items.reduce((a, b) => (revision(a) > revision(b) ? a : b));
    return newest.metadata.labels['pod-template-hash'];
  }
});

interface ReplicaSet {
  readonly metadata: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: { readonly 'pod-template-hash': string };
  };
}

const worker: Manifest = {
  name: 'main',
  image: 'busybox:1.35',
  command: ['sh', '-c', 'touch /x; echo kept > /tmp/x; cat /tmp/x'],
};

const sidecar: Manifest = { name: 'sidecar', image: 'nginx:1.27', restartPolicy: 'Always' };

interface JobManifest extends Manifest {
  readonly spec: Manifest;
}

function job(
  name: string,
  containers: readonly Manifest[],
  initContainers: readonly Manifest[] = [],
): JobManifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 1,
          initContainers,
          containers,
        },
      },
    },
  };
}

/** In either order: a runtime reads what is said and what goes wrong from two pipes. */
function expectKept(log: string): void {
  expect(log.trimEnd().split('\n')).to.have.members(['touch: /x: Read-only file system', 'kept']);
}
