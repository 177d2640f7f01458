// What happens to a hardened pod after it was made: its sandbox dies, somebody debugs it, its node
// is drained.

import { expect } from 'chai';

import { busybox } from './images/recipes/base.ts';
import { ruby } from './images/recipes/languages.ts';
import { httpd, nginx } from './images/recipes/web.ts';
import { answerOf } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { becomesReady, createPod, logOf, reaches, stateOf, touch } from './pods.ts';
import { killSandbox } from './sandbox.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const namespace = immutableNamespace;

interface StoredPod {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly initContainers?: readonly { readonly name: string }[];
    readonly volumes: readonly { readonly name: string; readonly emptyDir?: Manifest }[];
  };
}

describe('a pod whose sandbox was killed', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [httpd, nginx, ruby]);
  });

  /** Init containers are there to be run again, and have been. */
  async function survives(pod: PodName): Promise<void> {
    const { spec } = await stored(cluster, pod);
    const seeding = (spec.initContainers ?? []).map((init) => ({ ...pod, container: init.name }));
    expect(seeding).to.have.lengthOf(1);
    const before = await Promise.all(seeding.map((init) => stateOf(cluster, init)));
    await killSandbox(cluster, pod);
    const after = await Promise.all(seeding.map((init) => stateOf(cluster, init)));
    for (const [index, state] of after.entries()) {
      expect(state?.reason).to.equal('Completed');
      expect(state?.id).not.to.equal(before[index]?.id);
    }
  }

  it('serves rendered templates beside the packaged configuration', async () => {
    const name = 'rendered';
    await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], templates(name));
    const pod = await createPod(cluster, {
      namespace,
      name,
      image: 'nginx',
      container: {
        env: [{ name: 'GREETING', value: 'rendered greeting' }],
        volumeMounts: [{ name: 'templates', mountPath: '/etc/nginx/templates' }],
      },
      spec: { volumes: [{ name: 'templates', configMap: { name } }] },
    });
    await becomesReady(cluster, pod);
    const servesBoth = async (): Promise<void> => {
      expect((await answerOf(cluster, pod, 80)).body).to.match(/Welcome to nginx!/);
      expect((await answerOf(cluster, pod, 8080)).body).to.equal('rendered greeting');
    };
    await servesBoth();
    expect(await touch(cluster, pod, '/etc/nginx/conf.d/kept')).to.equal(undefined);

    await survives(pod);
    await servesBoth();
    const { stdout } = await cluster.exec(pod, ['ls', '/etc/nginx/conf.d']);
    expect(stdout.split('\n')).to.include.members(['default.conf', 'greeting.conf', 'kept']);
    expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
  });

  it('keeps a sticky /tmp, and what was written there', async () => {
    const pod = await createPod(cluster, {
      namespace,
      name: 'sticky',
      image: 'ruby',
      container: { command: ['ruby', '-e', 'sleep'] },
    });
    await becomesReady(cluster, pod);
    expect(await touch(cluster, pod, '/tmp/kept')).to.equal(undefined);

    await survives(pod);
    const script = 'puts Dir.tmpdir, File.exist?("/tmp/kept"), File.stat("/tmp").mode.to_s(8)';
    const { stdout } = await cluster.exec(pod, ['ruby', '-rtmpdir', '-e', script]);
    expect(stdout).to.equal('/tmp\ntrue\n41777\n');
  });

  it('serves without a program that its startup probe removed', async () => {
    const pod = await createPod(cluster, {
      namespace,
      name: 'removed',
      image: 'httpd',
      container: { startupProbe: { exec: { command: ['rm', '/bin/bash'] } } },
    });
    await killSandbox(cluster, pod);
    expect((await answerOf(cluster, pod, 80)).body).to.match(/It works!/);
    const { code, stderr } = await cluster.exec(pod, ['bash', '-c', 'true']);
    expect(code).not.to.equal(0);
    expect(stderr).to.match(/executable file not found|permission denied/);
  });
});

describe('kubectl debug', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [busybox, nginx]);
  });

  /**
   * What a container says that is added to a pod of nginx and tries to write to its root, twice.
   */
  async function debugging(pod: PodName, profile: string): Promise<string> {
    const container = `debug-${profile}`;
    await cluster.kubectl([
      ...['-n', pod.namespace, 'debug', pod.name, `--profile=${profile}`, '--target=main'],
      ...['--image=docker.io/library/busybox:1.35', `--container=${container}`, '--'],
      ...['sh', '-c', 'touch /x; mount -o remount,rw / && touch /y; id -u'],
    ]);
    const debug = { ...pod, container };
    await reaches(cluster, debug, 'end of debugging', ({ reason }) => reason === 'Completed');
    return logOf(cluster, debug);
  }
  const create = async (where: string): Promise<PodName> => {
    const pod = await createPod(cluster, { namespace: where, name: 'debugged', image: 'nginx' });
    await becomesReady(cluster, pod);
    return pod;
  };

  it('adds a container that may do everything, where Lithopod enforces nothing', async () => {
    expect(await debugging(await create(bareNamespace), 'sysadmin')).to.equal('0\n');
  });

  it('adds one that is as read-only as the rest, also with a profile of privileges', async () => {
    const pod = await create(namespace);
    for (const profile of ['general', 'sysadmin']) {
      const log = await debugging(pod, profile);
      expect(log).to.match(/^touch: \/x: Read-only file system$/m);
      expect(log).to.match(/^mount: .*(permission denied|not permitted)/im);
      expect(log).to.match(/^0$/m);
    }
    expect((await answerOf(cluster, pod, 80)).status).to.equal(200);
  });
});

describe('kubectl drain', () => {
  let cluster: Cluster;
  const deployment = 'drained';
  const drain = (more: readonly string[]): ReturnType<Cluster['tryKubectl']> =>
    cluster.tryKubectl([
      ...['drain', '127.0.0.1', `--pod-selector=app=${deployment}`, '--timeout=150s', ...more],
    ]);
  before(async function () {
    cluster = await useNode(this, [nginx]);
  });
  // Also after a test that failed half-way: on a cordoned node nothing that follows would start.
  afterEach(() => cluster.kubectl(['uncordon', '127.0.0.1']));

  it('takes emptyDirs for data until told otherwise, and then evicts the pod, which comes back', async () => {
    await cluster.kubectl([
      ...['-n', namespace, 'create', 'deployment', deployment, '--image=nginx:1.27'],
    ]);
    const available = ['-n', namespace, 'wait', '--for=condition=Available', '--timeout=150s'];
    await cluster.kubectl([...available, `deployment/${deployment}`]);
    const name = await podOf(cluster, deployment);

    const refused = await drain([]);
    expect(refused.code).not.to.equal(0);
    expect(refused.stderr).to.match(
      /cannot delete Pods with local storage.*--delete-emptydir-data/,
    );

    const evicted = await drain(['--delete-emptydir-data']);
    expect(evicted.code, evicted.stderr).to.equal(0);
    expect(evicted.stdout).to.include(`pod/${name} evicted`);

    await cluster.kubectl(['uncordon', '127.0.0.1']);
    await cluster.kubectl([...available, `deployment/${deployment}`]);
    const next = { namespace, name: await podOf(cluster, deployment) };
    expect(next.name).not.to.equal(name);
    expect((await answerOf(cluster, next, 80)).status).to.equal(200);
  });

  it('is not what an autoscaler asks: the annotation names our volumes, and those of the user stay out of it', async () => {
    const pod = await createPod(cluster, {
      namespace,
      name: 'annotated',
      image: 'nginx',
      container: { volumeMounts: [{ name: 'own', mountPath: '/own' }] },
      spec: { volumes: [{ name: 'own', emptyDir: {} }] },
    });
    const { metadata, spec } = await stored(cluster, pod);
    const emptyDirs = spec.volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => name);
    const ours = emptyDirs.filter((name) => name !== 'own');
    // One for each path of the profile.
    expect(ours).to.have.lengthOf(3);
    const annotation = 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes';
    expect(metadata.annotations[annotation]?.split(',')).to.have.members(ours);
  });
});

function templates(name: string): Manifest {
  const server = 'server { listen 8080; location / { return 200 "${GREETING}"; } }\n';
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { 'greeting.conf.template': server },
  };
}

async function stored(cluster: Cluster, { namespace, name }: PodName): Promise<StoredPod> {
  const json = await cluster.kubectl(['-n', namespace, 'get', 'pod', name, '-o', 'json']);
  return JSON.parse(json) as StoredPod;
}

/** The name of the one pod of a Deployment that is not ending. */
async function podOf(cluster: Cluster, app: string): Promise<string> {
  const json = await cluster.kubectl([
    ...['-n', namespace, 'get', 'pods', '-l', `app=${app}`, '-o', 'json'],
  ]);
  const { items } = JSON.parse(json) as {
    items: readonly { readonly metadata: { name: string; deletionTimestamp?: string } }[];
  };
  const [pod, ...more] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (pod === undefined || more.length > 0) throw new Error(`${items.length} pods of ${app}`);
  return pod.metadata.name;
}
