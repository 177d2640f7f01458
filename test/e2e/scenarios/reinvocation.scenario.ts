import { expect } from 'chai';

import { until } from '../installation.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { startOtherWebhook, type Deed, type OtherWebhook } from './other-webhook.ts';
import { seeds, templatingNginx } from './seeds.ts';
import {
  allContainers,
  comparable,
  copyOf,
  emptyDirPaths,
  weaknesses,
  type StoredPod,
} from './stored-pod.ts';

interface Case {
  /**
   * The API server asks webhooks in the order of their configurations' names; ours is `lithopod`.
   */
  readonly when: 'before' | 'after';
  readonly deed: Deed;
  readonly reinvocationPolicy: 'Never' | 'IfNeeded';
}

const cases: readonly Case[] = (['before', 'after'] as const).flatMap((when) =>
  (['sidecar', 'native-sidecar', 'decorate'] as const).flatMap((deed) =>
    (['Never', 'IfNeeded'] as const).map((reinvocationPolicy) => ({
      when,
      deed,
      reinvocationPolicy,
    })),
  ),
);

const deeds: Readonly<Record<Deed, string>> = {
  sidecar: 'adds a privileged container',
  'native-sidecar': 'adds a privileged native sidecar',
  decorate: 'changes every container',
};

const nameOf = ({ when, deed, reinvocationPolicy }: Case): string =>
  `${when}-${deed}-${reinvocationPolicy}`.toLowerCase();

describe('a second webhook', () => {
  let cluster: Cluster;
  let other: OtherWebhook;

  before('start it, and register it before and after ours', async () => {
    cluster = await sharedCluster();
    other = await startOtherWebhook();
    for (const one of cases) {
      await cluster.namespace(nameOf(one), { 'lithopod.dev/enforce': 'immutable' });
    }
    for (const when of ['before', 'after'] as const) await register(when);
    for (const one of cases) {
      await until('second webhook', async () => {
        await create(one, seeds[0]!.pod('probe'));
        return other.calls() > 0;
      });
    }
  });

  after('stop it', async () => {
    const names = ['a-before', 'z-after'];
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', ...names]);
    await other.stop();
  });

  async function register(when: Case['when']): Promise<void> {
    const webhooks = cases
      .filter((one) => one.when === when)
      .map((one) => ({
        name: `${nameOf(one)}.example.com`,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        reinvocationPolicy: one.reinvocationPolicy,
        clientConfig: { url: other.url(one.deed), caBundle: other.caBundle },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': nameOf(one) } },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      }));
    await cluster.api.create(
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      {
        metadata: { name: when === 'before' ? 'a-before' : 'z-after' },
        webhooks,
      },
    );
  }

  async function create(one: Case, pod: object): Promise<StoredPod> {
    const { status, body } = await cluster.api.createPod(nameOf(one), pod, { dryRun: true });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body as StoredPod;
  }

  for (const one of cases) {
    const { when, deed, reinvocationPolicy } = one;
    describe(`that ${deeds[deed]}, asked ${when} ours and with reinvocationPolicy ${reinvocationPolicy}`, () => {
      it('leaves no container mutable', async () => {
        const pod = await create(one, seeds[0]!.pod('web'));
        expect(weaknesses(pod)).to.deep.equal([]);
        if (deed === 'decorate') {
          expect(pod.metadata.labels).to.include({ decorated: 'yes' });
          expect(pod.spec.containers[0]?.env).to.deep.equal([{ name: 'DECORATED', value: 'yes' }]);
          return;
        }
        const proxy = allContainers(pod).find(({ name }) => name === 'proxy')!;
        expect(emptyDirPaths(pod, proxy)).to.deep.equal(['/tmp', '/var/cache/nginx', '/var/run']);
      });

      it('leaves a seeded pod with one seeding container, and stable', async () => {
        const pod = await create(one, templatingNginx('web'));
        const added = deed === 'decorate' ? [] : ['proxy'];
        expect(allContainers(pod).map(({ name }) => name)).to.have.members([
          'lithopod-seed-main',
          'main',
          ...added,
        ]);
        expect(weaknesses(pod)).to.deep.equal([]);
        const again = await create(one, copyOf(pod));
        expect(comparable(again)).to.deep.equal(comparable(pod));
      });
    });
  }
});
