// The whole of it: our own image, from our own Dockerfile, installed with our own manifests, behind
// its Service, which the API server resolves by its endpoints. Nothing in this cluster enforces a
// NetworkPolicy, so that ours lets through what it has to is not shown here.

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

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
  lithopod,
  replicas,
  twoReady,
  type Creations,
  type Replica,
} from './in-cluster.ts';
import { startNode, type Cluster, type Manifest } from './node/cluster.ts';
import { ensurePackages } from './node/machine.ts';
import { serveApiServer } from './node/service-address.ts';
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

  // What README and docs have an operator do, one after the other.
  describe('with certificates of its own making', () => {
    const shop = 'shop';
    let endService: (() => void) | undefined;

    before('let pods reach the API server', async () => {
      endService = await serveApiServer(cluster);
    });

    after('end what lets them', () => endService?.());

    it('installs, and is ready when its certificate is published', async () => {
      const install = await lithopod(cluster, ['install']);
      expect(install.stderr).to.equal('');
      await cluster.kubectl(['apply', '-f', '-'], manifestsIn(install.stdout));
      const { code, stdout, stderr } = await lithopod(cluster, ['status', '--wait']);
      expect(code, stdout + stderr).to.equal(0);
      await cluster.namespace(shop, { 'lithopod.dev/enforce': 'immutable' });
      await hardens(cluster, shop);
    });

    it('runs rotate as little privileged as the webhook', async () => {
      const selector = 'app.kubernetes.io/component=rotate';
      const jsonpath = 'jsonpath={.items[*].metadata.name}';
      const get = ['-n', SYSTEM, 'get', 'pods', '-l', selector, '-o', jsonpath];
      const name = (await cluster.kubectl(get)).trim();
      const pod = { namespace: SYSTEM, name };
      expect((await cluster.exec(pod, ['touch', '/x'])).stderr).to.match(/Read-only file system/);
      const status = (await cluster.exec(pod, ['cat', '/proc/1/status'])).stdout;
      for (const line of [/^CapEff:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m])
        expect(status).to.match(line);
    });

    it('takes a profile that is applied', async () => {
      await cluster.kubectl(['apply', '-f', '-'], {
        apiVersion: 'lithopod.dev/v1alpha1',
        kind: 'ImageProfile',
        metadata: { name: 'shop-nginx' },
        spec: {
          images: ['docker.io/library/nginx'],
          writable: [
            { path: '/var/cache/nginx', why: 'Bodies are spooled here.' },
            { path: '/run', why: 'The pid file is here.' },
            { path: '/var/spool/shop', why: 'Orders are here.' },
          ],
          evidence: [{ kind: 'log', ref: 'a test', seen: '2026-11-30' }],
        },
      });
      const wait = ['--for=condition=Ready', '--timeout=60s', 'imageprofile/shop-nginx'];
      await cluster.kubectl(['wait', ...wait]);
      const pod = await createPod(cluster, { namespace: shop, name: 'ordered', image: 'nginx' });
      await becomesReady(cluster, pod);
      expect(await touch(cluster, pod, '/var/spool/shop/x')).to.equal(undefined);
      expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
    });

    it('spares a pod what an exemption says, until it has ended', async () => {
      await cluster.kubectl(['-n', shop, 'apply', '-f', '-'], {
        apiVersion: 'lithopod.dev/v1alpha1',
        kind: 'Exemption',
        metadata: { name: 'for-a-while' },
        spec: {
          images: ['docker.io/library/nginx'],
          rules: ['read-only-root'],
          reason: 'A test.',
          expires: new Date(Date.now() + EXEMPT_MS).toISOString().replace(/\.\d+Z$/, 'Z'),
        },
      });
      await until('exemption', async () => {
        const { hardened, missed } = await creationsDuring(cluster, shop, () => Promise.resolve());
        return hardened === 0 && missed > 0;
      });
      await hardens(cluster, shop);
    });

    it('loses no pod while its Secret is deleted and made anew', async () => {
      const creations = await creationsDuring(cluster, shop, async () => {
        const serial = await secretOf(cluster);
        await cluster.kubectl(['-n', SYSTEM, 'delete', 'secret', 'lithopod-tls']);
        await until('new Secret', async () => {
          const found = await secretOf(cluster);
          return found !== '' && found !== serial;
        });
        const { code, stdout } = await lithopod(cluster, ['status', '--wait']);
        expect(code, stdout).to.equal(0);
      });
      expectNoneLost(creations);
    });

    it('loses no pod while it is installed over itself with other flags', async () => {
      const old = await twoReady(cluster);
      const creations = await creationsDuring(cluster, shop, async () => {
        const install = await lithopod(cluster, ['install', '--port', '10250']);
        await cluster.kubectl(['apply', '-f', '-'], manifestsIn(install.stdout));
        await twoReady(cluster, old);
        const { code, stdout } = await lithopod(cluster, ['status', '--wait']);
        expect(code, stdout).to.equal(0);
      });
      expectNoneLost(creations);
    });

    it('is uninstalled without a trace, while pods are created', async () => {
      const creations = await creationsDuring(cluster, shop, async () => {
        const args = ['uninstall', '--yes', '--crds', '--labels'];
        const { code, stdout, stderr } = await lithopod(cluster, args);
        expect(code, stdout + stderr).to.equal(0);
      });
      expect(creations.refusals).to.deep.equal([]);
      await cluster.kubectl(['delete', 'namespace', shop, ENFORCED]);
      await until(
        'end of all',
        async () => {
          const left = [...(await everything(cluster))].filter((each) => !objectsBefore.has(each));
          return left.length === 0;
        },
        async () =>
          [...(await everything(cluster))].filter((each) => !objectsBefore.has(each)).join('\n'),
      );
    });
  });
});

/** How long the exemption of the test lasts: time enough to see it hold. */
const EXEMPT_MS = 40_000;

/** What `lithopod install` prints, as one object for kubectl. */
function manifestsIn(text: string): Manifest {
  const items = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  return { apiVersion: 'v1', kind: 'List', items };
}

/** Changes whenever the certificate in the Secret does; '' where there is none. */
async function secretOf(cluster: Cluster): Promise<string> {
  const jsonpath = String.raw`jsonpath={.data.tls\.crt}`;
  const get = ['-n', SYSTEM, 'get', 'secret', 'lithopod-tls', '-o', jsonpath];
  return (await cluster.tryKubectl(get)).stdout;
}

function expectNoneLost({ hardened, missed, refusals }: Creations): void {
  process.stderr.write(`      pods created meanwhile: ${hardened}\n`);
  expect(refusals).to.deep.equal([]);
  expect(missed).to.equal(0);
  expect(hardened).to.be.greaterThan(0);
}
