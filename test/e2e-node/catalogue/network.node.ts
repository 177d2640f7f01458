// What routes for the others.

import { readFile } from 'node:fs/promises';

import { expect } from 'chai';
import { parse } from 'yaml';

import { frr } from '../images/recipes/network.ts';
import type { Cluster, PodName } from '../node/cluster.ts';
import { until } from '../node/until.ts';
import { becomesReady, createPod, logOf, restartContainer, touch } from '../pods.ts';
import { bareNamespace, immutableNamespace, useNode } from '../shared-node.ts';
import { says } from './harness.ts';

const image = 'quay.io/frrouting/frr:8.4.4';
/** As MetalLB's pods have them. */
const capabilities = { add: ['NET_ADMIN', 'NET_RAW', 'SYS_ADMIN', 'NET_BIND_SERVICE'] };

describe('frr on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [frr]);
  });

  const routes = async (pod: PodName): Promise<void> => {
    const add = ['vtysh', '-c', 'configure', '-c', 'ip route 192.0.2.0/24 blackhole'];
    const show = ['vtysh', '-c', 'show ip route static'];
    let last: string | undefined = '';
    await until(
      'route',
      async () => {
        last =
          (await says(cluster, pod, add, /^/)) ??
          (await says(cluster, pod, show, /192\.0\.2\.0\/24/));
        return last === undefined;
      },
      async () => `${last ?? ''}\n${await logOf(cluster, pod)}`,
    );
  };

  it('routes on a read-only root with the paths of its profile, and again after it was killed', async () => {
    const paths = await pathsOfProfile();
    const pod = await createPod(cluster, {
      namespace: bareNamespace,
      name: 'frr',
      image,
      container: {
        securityContext: { capabilities, readOnlyRootFilesystem: true },
        volumeMounts: paths.map((mountPath, index) => ({ name: `path-${index}`, mountPath })),
      },
      spec: { volumes: paths.map((_, index) => ({ name: `path-${index}`, emptyDir: {} })) },
    });
    await becomesReady(cluster, pod);
    await routes(pod);
    expect(await touch(cluster, pod, '/hardened')).to.match(/Read-only file system/);
    await restartContainer(cluster, pod);
    await routes(pod);
  });

  it('has no zebra without SYS_ADMIN, which hardening takes away', async () => {
    const container = { securityContext: { capabilities } };
    const plan = { namespace: immutableNamespace, name: 'frr', image, container };
    const pod = await createPod(cluster, plan);
    let log = '';
    await until(
      'refusal of zebra',
      async () => (log = await logOf(cluster, pod)).includes('Failed to start zebra'),
      () => Promise.resolve(log),
    );
    expect(log).to.match(/Wanted caps: .*cap_sys_admin/);
  });
});

async function pathsOfProfile(): Promise<readonly string[]> {
  const file = new URL('../../../profiles/frr.yaml', import.meta.url);
  const { spec } = parse(await readFile(file, 'utf8')) as {
    spec: { writable: readonly { path: string }[] };
  };
  return spec.writable.map(({ path }) => path);
}
