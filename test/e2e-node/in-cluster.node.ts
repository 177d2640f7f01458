// The whole of it: our own image, from our own Dockerfile, installed with our own manifests, behind
// its Service, which the API server resolves by its endpoints. Nothing in this cluster enforces a
// NetworkPolicy, so that ours lets through what it has to is not shown here.

import { expect } from 'chai';

import { reviewOf } from '../admission/reviews.ts';
import { largestReview } from '../bench/hostile.ts';
import { aimedPods, largestPodBytes } from '../hostile/aimed-pods.ts';
import { post } from '../bench/measure.ts';
import { buildImages } from './images/build.ts';
import { buildOwnImage } from './images/own-image.ts';
import { pause } from './images/recipes/base.ts';
import { nginx } from './images/recipes/web.ts';
import {
  creationsDuring,
  everything,
  hardens,
  installLithopod,
  kustomize,
  replicas,
  twoReady,
  type Creations,
  type Replica,
} from './in-cluster.ts';
import { startNode, type Cluster } from './node/cluster.ts';
import { ensurePackages } from './node/machine.ts';
import { until } from './node/until.ts';
import { becomesReady, createPod, touch } from './pods.ts';

const SYSTEM = 'lithopod-system';
const ENFORCED = 'enforced';
const AT_ONCE = 100;
/** Everything that can be in a cache has to be made. */
const COLD_MS = 60 * 60_000;
/** A finalizer: the pod stays to be looked at. */
const HELD = 'lithopod.dev/held-by-a-test';

// In a cluster of its own, since it takes Lithopod away: that of the other scenarios goes on.
describe('Lithopod in the cluster, from its Dockerfile and its manifests', () => {
  let cluster: Cluster;
  let manifests: string;
  let objectsBefore: ReadonlySet<string>;

  before('install', async function () {
    this.timeout(COLD_MS);
    const machine = await ensurePackages();
    if (!machine.ok) {
      process.stderr.write(`[e2e-node] skipped: ${machine.why}\n`);
      this.skip();
    }
    const own = await buildOwnImage(machine.debian);
    cluster = await startNode(await buildImages([pause, nginx], machine.debian));
    objectsBefore = await everything(cluster);
    manifests = await installLithopod(cluster, own);
    await cluster.namespace(ENFORCED, { 'lithopod.dev/enforce': 'immutable' });
  });

  after('stop the node', async function () {
    this.timeout(120_000);
    // Where it was skipped there is none.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('is asked behind its Service', async () => {
    await until('hardening', async () => {
      const { hardened, refusals } = await creationsDuring(cluster, ENFORCED, () =>
        Promise.resolve(),
      );
      expect(refusals).to.deep.equal([]);
      return hardened > 0;
    });
  });

  it('makes nginx immutable, which serves', async () => {
    const pod = await createPod(cluster, { namespace: ENFORCED, name: 'nginx', image: 'nginx' });
    await becomesReady(cluster, pod);
    const { status, body } = await cluster.http(pod, 80);
    expect(status).to.equal(200);
    expect(body).to.match(/Welcome to nginx!/);
    expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
    expect(await touch(cluster, pod, '/var/cache/nginx/x')).to.equal(undefined);
  });

  it('runs without privileges and can write nowhere but in /dev', async () => {
    for (const { name } of await twoReady(cluster)) {
      const pod = { namespace: SYSTEM, name };
      const identity = await cluster.exec(pod, ['id']);
      expect(identity.stdout.trim()).to.equal('uid=65532 gid=65532 groups=65532');
      const status = (await cluster.exec(pod, ['cat', '/proc/1/status'])).stdout;
      for (const line of [
        /^CapEff:\t0+$/m,
        /^CapBnd:\t0+$/m,
        /^NoNewPrivs:\t1$/m,
        /^Seccomp:\t2$/m,
      ])
        expect(status).to.match(line);
      expect((await cluster.exec(pod, ['touch', '/x'])).stderr).to.match(/Read-only file system/);
      // The runtime puts some there that are for everybody: /dev/shm, /dev/null,
      // /dev/termination-log.
      const find = String.raw`find / -path /proc -prune -o ! -type l -writable -print`;
      const { stdout } = await cluster.exec(pod, ['sh', '-c', `${find} 2>/dev/null`]);
      const writable = stdout.split('\n').filter(Boolean);
      expect(writable).to.include('/dev/shm');
      expect(writable.filter((path) => !path.startsWith('/dev/'))).to.deep.equal([]);
      const mounts = await cluster.exec(pod, ['cat', '/proc/1/mounts']);
      expect(mounts.stdout).to.match(/^overlay \/ overlay ro,/m);
    }
  });

  // Sent as the API server would, but without it: on a machine of two cores it is busy long before
  // its webhooks are.
  it('outlives reviews that are more than its memory and come at once', async function () {
    this.timeout(300_000);
    const before = await twoReady(cluster);
    const url = `https://${before[0]!.address}:8443/mutate/enforce/restricted`;
    const statuses: Record<string, number> = {};
    for (const shape of [
      'volumes',
      'environment variables',
      'images as long as a reference can be',
    ]) {
      const body = largestReview((bytes) => reviewOf(aimedPods[shape]!(bytes)), largestPodBytes);
      // One that would wait for longer than requests may is cut off, on a slow machine.
      const sent = Array.from({ length: AT_ONCE }, () =>
        post(url, body, 60_000).catch(() => ({ status: 0 })),
      );
      for (const { status } of await Promise.all(sent))
        statuses[status] = (statuses[status] ?? 0) + 1;
    }
    process.stderr.write(`      by status: ${JSON.stringify(statuses)}\n`);
    expect(statuses).to.have.property('200');
    const seen = ({ uid, restarts }: Replica): object => ({ uid, restarts });
    expect((await twoReady(cluster)).map(seen)).to.deep.equal(before.map(seen));
    await hardens(cluster, ENFORCED);
  });

  it('hardens every pod while one replica is deleted', async () => {
    const [deleted] = await twoReady(cluster);
    const creations = await creationsDuring(cluster, ENFORCED, async () => {
      await cluster.kubectl(['-n', SYSTEM, 'delete', 'pod', deleted!.name, '--wait=false']);
      await twoReady(cluster, [deleted!]);
    });
    expectNoneLost(creations);
  });

  it('ends by itself when it is told to, within its grace period', async () => {
    const [told] = await twoReady(cluster);
    const patch = (finalizers: readonly string[]): Promise<string> =>
      cluster.kubectl([
        ...['-n', SYSTEM, 'patch', 'pod', told!.name, '--type=merge'],
        ...['-p', JSON.stringify({ metadata: { finalizers } })],
      ]);
    await patch([HELD]);
    await cluster.kubectl(['-n', SYSTEM, 'delete', 'pod', told!.name, '--wait=false']);
    let exitCode: number | undefined;
    await until('end', async () => {
      exitCode = (await replicas(cluster)).find(({ uid }) => uid === told!.uid)?.exitCode;
      return exitCode !== undefined;
    });
    await patch([]);
    // 137 would be the kubelet's SIGKILL.
    expect(exitCode).to.equal(0);
    await twoReady(cluster, [told!]);
  });

  // Not a proof of the drain: with --drain-seconds=0 none was lost either (21 pods while one was
  // deleted, 52 in a restart). A single API server, one request at a time, learns of a lost
  // endpoint too soon. That replicas end by themselves is shown above.
  it('hardens every pod during a rolling restart', async () => {
    const old = await twoReady(cluster);
    const creations = await creationsDuring(cluster, ENFORCED, async () => {
      await cluster.kubectl(['-n', SYSTEM, 'rollout', 'restart', 'deployment/lithopod']);
      await twoReady(cluster, old);
    });
    expectNoneLost(creations);
  });

  it('is gone without a trace after kubectl delete -k', async () => {
    await cluster.kubectl(['delete', 'namespace', ENFORCED, '--wait=false']);
    const { code, stderr } = await kustomize(cluster, 'delete', manifests);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    await until('end of the namespace', async () => {
      const { stdout } = await cluster.tryKubectl(['get', 'namespace', ENFORCED, '-o', 'name']);
      return stdout === '';
    });
    const left = [...(await everything(cluster))].filter((object) => !objectsBefore.has(object));
    expect(left).to.deep.equal([]);
  });

  it('leaves a namespace that was enforced to its pods', async () => {
    await cluster.namespace(ENFORCED, { 'lithopod.dev/enforce': 'immutable' });
    const pod = await createPod(cluster, { namespace: ENFORCED, name: 'nginx', image: 'nginx' });
    await becomesReady(cluster, pod);
    expect(await touch(cluster, pod, '/x')).to.equal(undefined);
  });
});

function expectNoneLost({ hardened, missed, refusals }: Creations): void {
  process.stderr.write(`      pods created meanwhile: ${hardened}\n`);
  expect(refusals).to.deep.equal([]);
  expect(missed).to.equal(0);
  expect(hardened).to.be.greaterThan(0);
}
