// PostgreSQL with its claim at PGDATA itself: initdb sets the mode of that directory, as only its
// owner may.

import { expect } from 'chai';

import { postgres } from './images/recipes/data.ts';
import { makeClaim } from './local-volume.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, crashes, createPod } from './pods.ts';
import { immutableNamespace, restrictedNamespace, useNode } from './shared-node.ts';

const PGDATA = '/var/lib/postgresql/data';

describe('PostgreSQL with a claim at PGDATA on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [postgres]);
  });

  const create = async (
    namespace: string,
    name: string,
    env: readonly Manifest[] = [],
  ): Promise<PodName> => {
    await makeClaim(cluster, namespace, name);
    return createPod(cluster, {
      namespace,
      name,
      image: 'postgres:15',
      container: {
        env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }, ...env],
        volumeMounts: [{ name: 'data', mountPath: PGDATA }],
      },
      spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] },
    });
  };
  const isUsed = async (pod: PodName): Promise<void> => {
    await becomesReady(cluster, pod);
    await until('answer', async () => {
      const query = ['psql', '-U', 'postgres', '-qAt', '-c', 'select 6 * 7'];
      return (await cluster.exec(pod, query)).stdout === '42\n';
    });
  };

  it('is used at level immutable, whose root makes the directory its user’s', async () => {
    await isUsed(await create(immutableNamespace, 'pgdata-immutable'));
  });

  it('fails at level restricted while the claim is empty, as is told', async () => {
    const pod = await create(restrictedNamespace, 'pgdata-restricted');
    expect(await crashes(cluster, pod)).to.match(
      /could not change permissions of directory "\/var\/lib\/postgresql\/data": Operation not permitted/,
    );
    const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`;
    const { spec } = (await cluster.get(path)) as { readonly spec: object };
    const argv = ['-n', pod.namespace, 'create', '--dry-run=server', '-f', '-'];
    const metadata = { name: 'pgdata-again' };
    const { stderr } = await cluster.tryKubectl(argv, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec,
    });
    expect(stderr).to.match(/Warning: lithopod: .*Set PGDATA to a directory below it/);
  });

  it('is used at level restricted with PGDATA below the mount', async () => {
    const env = [{ name: 'PGDATA', value: `${PGDATA}/pgdata` }];
    await isUsed(await create(restrictedNamespace, 'pgdata-below', env));
  });
});
