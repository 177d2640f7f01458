import { expect } from 'chai';

import { reasonOf } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { figures } from './figures.ts';
import { allContainers, weaknesses, type StoredPod } from './stored-pod.ts';

const CONTAINERS = 400;

describe('a very large pod', () => {
  let cluster: Cluster;

  before('start the cluster', async () => {
    cluster = await sharedCluster();
  });

  const capabilities = { add: ['NET_ADMIN', 'NET_RAW', 'SYS_TIME', 'CAP_SYS_ADMIN', 'CHOWN'] };
  const container = (_: unknown, index: number): object => ({
    name: `c${index}`,
    image: ['nginx', 'httpd', 'busybox', 'example.com/unknown'][index % 4],
    securityContext: { capabilities },
    volumeMounts: Array.from({ length: 10 }, (_one, path) => ({
      name: 'data',
      mountPath: `/data/${path}`,
    })),
  });
  const pod = {
    metadata: { name: 'large' },
    spec: {
      initContainers: Array.from({ length: CONTAINERS / 2 }, (_, index) =>
        container(_, index + CONTAINERS),
      ),
      containers: Array.from({ length: CONTAINERS }, container),
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  };

  for (const level of ['immutable', 'restricted']) {
    it(`is hardened in time at ${level}, and cheap enough for the policy behind require`, async () => {
      const labels = { 'lithopod.dev/enforce': level, 'lithopod.dev/require': 'immutable' };
      await cluster.namespace(`large-${level}`, labels);
      const started = Date.now();
      const { status, body } = await cluster.api.createPod(`large-${level}`, pod, { dryRun: true });
      const milliseconds = Date.now() - started;
      expect(status, reasonOf(body)).to.equal(201);
      const stored = body as StoredPod;
      figures(
        `${allContainers(stored).length} containers, ${stored.spec.volumes?.length ?? 0} volumes, ` +
          `${Math.round(JSON.stringify(stored).length / 1024)} KiB in ${milliseconds} ms`,
      );
      expect(weaknesses(stored)).to.deep.equal([]);
    });
  }

  // What docs/performance.md says of hostile pods rests on it.
  for (const [labels, answer] of [
    [90_000, '201'],
    [130_000, 'etcdserver: request is too large'],
  ] as const) {
    it(`with ${labels} labels in its node selector: ${answer}`, async () => {
      const namespace = `selector-${labels}`;
      await cluster.namespace(namespace, { 'lithopod.dev/enforce': 'immutable' });
      const keys = Array.from({ length: labels }, (_, index) => [`l${index}`, 'x']);
      const nodeSelector = Object.fromEntries(keys) as object;
      const containers = [{ name: 'web', image: 'nginx' }];
      const selecting = { metadata: { name: 'large' }, spec: { containers, nodeSelector } };
      const bytes = JSON.stringify(selecting).length;
      const started = Date.now();
      const { status, body } = await cluster.api.createPod(namespace, selecting);
      figures(`${Math.round(bytes / 1024)} KiB in ${Date.now() - started} ms`);
      expect(`${status} ${reasonOf(body)}`).to.include(answer);
    });
  }
});
