import { expect } from 'chai';

import type { CommandResult } from '../control-plane/owned-process.ts';
import { until } from '../installation.ts';
import { reasonOf } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { deployment, seeds } from './seeds.ts';
import { copyOf, weaknesses, type StoredPod } from './stored-pod.ts';

const pod = seeds[0]!.pod;

/** Namespaces that do not need the webhook. */
const others = ['plain', 'warn-only', 'audit-only', 'kube-public', 'lithopod-system'];

describe('while the webhook', () => {
  let cluster: Cluster;

  before('make the namespaces', async () => {
    cluster = await sharedCluster();
    const immutable = 'immutable';
    await cluster.namespace('plain');
    await cluster.namespace('warn-only', { 'lithopod.dev/warn': immutable });
    await cluster.namespace('audit-only', { 'lithopod.dev/audit': immutable });
    await cluster.namespace('enforce-only', { 'lithopod.dev/enforce': immutable });
    await cluster.namespace('require-only', { 'lithopod.dev/require': immutable });
    for (const level of ['immutable', 'restricted']) {
      await cluster.namespace(`both-${level}`, {
        'lithopod.dev/enforce': level,
        'lithopod.dev/require': level,
      });
    }
    const account = { metadata: { name: 'default' } };
    await cluster.api.create('/api/v1/namespaces/kube-public/serviceaccounts', account);
    await until(
      'the policy',
      async () => (await create('require-only', pod('probe'))).status !== 201,
    );
  });

  const create = (namespace: string, object: object): ReturnType<Cluster['api']['createPod']> =>
    cluster.api.createPod(namespace, object, { dryRun: true });

  function debug(namespace: string, container: string): Promise<CommandResult> {
    const target = ['-n', namespace, 'debug', 'web', '--image=busybox', '--attach=false'];
    return cluster.installation.kubectl([
      ...target,
      `--container=${container}`,
      '--',
      'sleep',
      '1d',
    ]);
  }

  describe('runs', () => {
    it('a required pod is admitted after it was hardened', async () => {
      for (const level of ['immutable', 'restricted']) {
        await cluster.api.create(`/api/v1/namespaces/both-${level}/pods`, pod('web'));
        const stored = await cluster.api.readPod(`both-${level}`, 'web');
        expect(weaknesses(stored), level).to.deep.equal([]);
      }
    });

    it('its ephemeral containers are, too', async () => {
      const { code, stderr } = await debug('both-immutable', 'first');
      expect(code, stderr).to.equal(0);
    });

    it('a mutable pod is refused where nothing hardens it', async () => {
      const { status, body } = await create('require-only', pod('web'));
      expect(status).to.equal(403);
      expect(reasonOf(body)).to.contain('readOnlyRootFilesystem is not true in main');
    });
  });

  describe('is not registered', () => {
    before(() => cluster.unregister());
    after(() => cluster.register());

    it('enforce alone lets a mutable pod in', async () => {
      const { status, body } = await create('enforce-only', pod('web'));
      expect(status).to.equal(201);
      expect(weaknesses(body as StoredPod)).not.to.be.empty;
    });

    it('require refuses a mutable pod, and admits one that was hardened before', async () => {
      const refused = await create('both-immutable', pod('other'));
      expect(refused.status).to.equal(403);
      expect(reasonOf(refused.body)).to.contain('lithopod.dev/require');
      const stored = await cluster.api.readPod('both-immutable', 'web');
      const copy = await create('both-immutable', copyOf(stored, 'other'));
      expect(copy.status, reasonOf(copy.body)).to.equal(201);
    });

    it('require refuses a mutable ephemeral container', async () => {
      const { code, stderr } = await debug('both-immutable', 'second');
      expect(code).not.to.equal(0);
      expect(stderr).to.contain('readOnlyRootFilesystem is not true in second');
    });
  });

  describe('does not run', () => {
    before(() => cluster.webhook.stop());
    after(async () => {
      await cluster.webhook.start();
      await cluster.register();
    });

    it('an enforced namespace takes no pod and no ephemeral container', async () => {
      for (const namespace of ['enforce-only', 'both-immutable', 'both-restricted']) {
        const { status, body } = await create(namespace, pod('other'));
        expect(status, namespace).to.equal(500);
        expect(reasonOf(body)).to.match(/failed calling webhook "enforce-\w+\.lithopod\.dev"/);
      }
      const { code, stderr } = await debug('both-immutable', 'third');
      expect(code).not.to.equal(0);
      expect(stderr).to.contain('failed calling webhook "enforce-immutable.lithopod.dev"');
    });

    it('an enforced namespace takes workloads: their notices are nobody’s lock', async () => {
      const path = '/apis/apps/v1/namespaces/enforce-only/deployments';
      const { status, body } = await cluster.api.call('POST', path, deployment);
      expect(status, reasonOf(body)).to.equal(201);
    });

    it('all other namespaces go on, and so do other updates of pods in enforced ones', async () => {
      for (const namespace of others) {
        const object = { ...pod('web'), spec: ownSpec(namespace) };
        const { status, body } = await create(namespace, object);
        expect(status, `${namespace}: ${reasonOf(body)}`).to.equal(201);
      }
      await cluster.kubectl(['-n', 'both-immutable', 'label', 'pod', 'web', 'touched=yes']);
      await cluster.kubectl(['-n', 'both-restricted', 'delete', 'pod', 'web', '--now']);
    });
  });

  describe('runs again', () => {
    it('pods are hardened again', async () => {
      const { status, body } = await create('enforce-only', pod('web'));
      expect(status).to.equal(201);
      expect(weaknesses(body as StoredPod)).to.deep.equal([]);
    });
  });
});

/** A spec that Pod Security restricted takes as well, with an account that the namespace has. */
function ownSpec(namespace: string): object {
  const securityContext = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  return {
    containers: pod('web').spec.containers.map((container) => ({ ...container, securityContext })),
    ...(namespace === 'lithopod-system' && { serviceAccountName: 'lithopod' }),
  };
}
