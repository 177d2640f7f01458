import { expect } from 'chai';

import { reasonOf } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';

// The API server takes it, and we do not: what hardening adds would make it larger than may be
// stored.
const pod = {
  metadata: { name: 'many' },
  spec: {
    containers: Array.from({ length: 1_001 }, (_, index) => ({ name: `c${index}`, image: 'a' })),
  },
};
const message =
  'Not a review that can be answered: request.object/spec must have at most 1000 containers in all.';

describe('a review that is refused', () => {
  let cluster: Cluster;
  before('start the cluster', async () => {
    cluster = await sharedCluster();
  });

  it('tells its author why, where failurePolicy is Fail', async () => {
    await cluster.namespace('refused', { 'lithopod.dev/enforce': 'immutable' });
    const { status, body } = await cluster.api.createPod('refused', pod, { dryRun: true });
    expect(status).to.equal(500);
    expect(reasonOf(body)).to.match(/^Internal error occurred: failed calling webhook "/);
    expect(reasonOf(body)).to.include(`: failed to call webhook: ${message}`);
  });

  it('is stored as it is, where failurePolicy is Ignore', async () => {
    await cluster.namespace('not-refused', { 'lithopod.dev/warn': 'immutable' });
    const before = cluster.webhook.log.length;
    const { status, body } = await cluster.api.createPod('not-refused', pod, { dryRun: true });
    expect(status, reasonOf(body)).to.equal(201);
    const lines = cluster.webhook.log.slice(before);
    expect(lines.map(({ message: said, status: code }) => [said, code])).to.deep.include([
      'review rejected',
      400,
    ]);
  });
});
