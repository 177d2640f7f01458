import { expect } from 'chai';

import { until } from '../installation.ts';
import { reasonOf, type Answer } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { figures } from './figures.ts';
import { seeds, templatingNginx, withResources, type PodManifest } from './seeds.ts';
import { allContainers, weaknesses, type StoredPod } from './stored-pod.ts';

const levels = ['immutable', 'restricted'] as const;

/** Every seed pod, and one that gets an init container from us. */
const pods: readonly (readonly [name: string, make: (name: string) => PodManifest])[] = [
  ...seeds.map(({ name, pod }) => [name, pod] as const),
  ['templating-nginx', (name) => templatingNginx(name)],
];

const limitRange = {
  metadata: { name: 'defaults' },
  spec: {
    limits: [
      {
        type: 'Container',
        default: { cpu: '200m', memory: '128Mi' },
        defaultRequest: { cpu: '100m', memory: '64Mi' },
        max: { cpu: '1', memory: '1Gi' },
      },
    ],
  },
};

describe('each seed pod beside what else decides about pods', () => {
  let cluster: Cluster;

  before('start the cluster', async () => {
    cluster = await sharedCluster();
  });

  async function accepted(namespace: string, pod: object, dryRun = true): Promise<StoredPod> {
    const { status, body } = await cluster.api.createPod(namespace, pod, { dryRun });
    expect(status, reasonOf(body)).to.equal(201);
    return body as StoredPod;
  }

  for (const level of levels) {
    describe(`with a compute ResourceQuota and a LimitRange, at ${level}`, () => {
      const hardened = `quota-${level}`;
      const plain = `quota-plain-${level}`;

      before(async () => {
        await makeNamespaceWithQuota(hardened, { 'lithopod.dev/enforce': level });
        await makeNamespaceWithQuota(plain, {});
      });

      it('is accepted with the defaults of the LimitRange', async () => {
        for (const [name, make] of pods) {
          expect(weaknesses(await accepted(hardened, make(name), false)), name).to.deep.equal([]);
          await accepted(plain, make(name), false);
        }
      });

      it('has resources in every container, the seeding one too', async () => {
        const pod = await cluster.api.readPod(hardened, 'templating-nginx');
        const resources = allContainers(pod).map((container) => ({
          name: container.name,
          ...(container as { resources?: object }).resources,
        }));
        expect(resources).to.deep.equal(
          ['lithopod-seed-main', 'main'].map((name) => ({
            name,
            limits: { cpu: '200m', memory: '128Mi' },
            requests: { cpu: '100m', memory: '64Mi' },
          })),
        );
      });

      it('is accepted without a LimitRange, when its author says what it needs', async () => {
        await makeNamespaceWithQuota(`${hardened}-only`, { 'lithopod.dev/enforce': level }, false);
        const unsaid = await cluster.api.createPod(`${hardened}-only`, templatingNginx('unsaid'));
        expect(unsaid.status, reasonOf(unsaid.body)).to.equal(403);
        const amounts = { cpu: '100m', memory: '64Mi' };
        for (const [name, make] of pods) {
          const pod = withResources(make(name), { requests: amounts, limits: amounts });
          await accepted(`${hardened}-only`, pod, false);
        }
      });

      it('uses as much of the quota as without Lithopod', async () => {
        const [withUs, without] = [await usedOf(hardened), await usedOf(plain)];
        expect(withUs).to.deep.equal(without);
        figures(`${pods.length} pods use ${JSON.stringify(withUs)}`);
        expect(withUs).to.include({ pods: String(pods.length) });
      });
    });

    describe(`as a Guaranteed, a Burstable or a BestEffort pod, at ${level}`, () => {
      before(() => cluster.namespace(`qos-${level}`, { 'lithopod.dev/enforce': level }));

      const amounts = { cpu: '100m', memory: '64Mi' };
      const classes = {
        Guaranteed: { requests: amounts, limits: amounts },
        Burstable: { requests: amounts },
        BestEffort: {},
      };
      for (const [qosClass, resources] of Object.entries(classes)) {
        it(`stays ${qosClass}`, async () => {
          for (const [name, make] of pods) {
            const pod = await accepted(`qos-${level}`, withResources(make(name), resources));
            expect(pod.status.qosClass, name).to.equal(qosClass);
            expect(weaknesses(pod), name).to.deep.equal([]);
          }
        });
      }
    });

    describe(`with Pod Security restricted, at ${level}`, () => {
      before(async () => {
        const strict = { 'pod-security.kubernetes.io/enforce': 'restricted' };
        await cluster.namespace(`strict-${level}`, { ...strict, 'lithopod.dev/enforce': level });
        if (level === levels[0]) await cluster.namespace('strict-plain', strict);
      });

      it('is accepted where the plain pod passes', async () => {
        let passing = 0;
        for (const [name, make] of pods) {
          const pod = compliant(make(name));
          const plain = await cluster.api.createPod('strict-plain', pod, { dryRun: true });
          if (plain.status !== 201) continue;
          passing++;
          expect(weaknesses(await accepted(`strict-${level}`, pod)), name).to.deep.equal([]);
        }
        figures(`${passing} of ${pods.length} pods, told to comply, pass without Lithopod`);
        expect(passing).to.be.above(pods.length / 2);
      });

      it('is accepted as it is where Lithopod can make it comply', async () => {
        const answers = new Map<string, Answer>();
        for (const [name, make] of pods) {
          answers.set(
            name,
            await cluster.api.createPod(`strict-${level}`, make(name), { dryRun: true }),
          );
        }
        const passing = [...answers].filter(([, { status }]) => status === 201);
        figures(
          `${level}: ${passing.length} of ${pods.length} pods pass as their authors wrote them`,
        );
        const nginxAndHttpd = pods
          .filter(([, make]) => /^(nginx|httpd)/.test(make('').spec.containers[0]!.image))
          .map(([name]) => name);
        // immutable leaves user, capabilities and seccomp as they are: that is restricted's task.
        const expected = level === 'restricted' ? [...nginxAndHttpd, 'non-root-pod'] : [];
        expect(passing.map(([name]) => name)).to.have.members(expected);
      });
    });
  }

  /**
   * Resources by default, unless told otherwise, and a quota on them all, whose usage admission
   * itself counts.
   */
  async function makeNamespaceWithQuota(
    name: string,
    labels: Readonly<Record<string, string>>,
    withDefaults = true,
  ): Promise<void> {
    const path = `/api/v1/namespaces/${name}`;
    await cluster.namespace(name, labels);
    if (withDefaults) await cluster.api.create(`${path}/limitranges`, limitRange);
    const hard = {
      pods: '50',
      'requests.cpu': '4',
      'requests.memory': '4Gi',
      'limits.cpu': '8',
      'limits.memory': '8Gi',
    };
    await cluster.api.create(`${path}/resourcequotas`, {
      metadata: { name: 'compute' },
      spec: { hard },
    });
    const used = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']));
    // What the quota controller writes first; until then the API server refuses every pod.
    await cluster.api.call('PATCH', `${path}/resourcequotas/compute/status`, {
      status: { hard, used },
    });
    await until('quota', async () => {
      const amounts = { cpu: '1m', memory: '1Mi' };
      const probe = withResources(seeds[0]!.pod('probe'), { requests: amounts, limits: amounts });
      const answer = await cluster.api.createPod(name, probe, { dryRun: true });
      return answer.status === 201;
    });
  }

  async function usedOf(namespace: string): Promise<unknown> {
    const path = `/api/v1/namespaces/${namespace}/resourcequotas/compute`;
    const { body } = await cluster.api.call('GET', path);
    return (body as { status: { used: object } }).status.used;
  }
});

/** The pod as an author writes it who knows that Pod Security restricted applies. */
function compliant(pod: PodManifest): PodManifest {
  const containers = pod.spec.containers.map((container) => ({
    ...container,
    securityContext: {
      runAsUser: 101,
      ...(container['securityContext'] as object | undefined),
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
  }));
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return { ...pod, spec: { ...pod.spec, containers, securityContext } };
}
