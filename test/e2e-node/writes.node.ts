// Where a hardened container can make files: nowhere but in what the profile names and in what
// every container has.

import { expect } from 'chai';

import { httpd, nginx } from './images/recipes/web.ts';
import { answerOf, shell, shellPrints, writableDirectories } from './inside.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { becomesReady, createPod, restartContainer } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

/** Memory that the runtime mounts in every container. */
const ofEveryContainer = ['/dev', '/dev/mqueue', '/dev/shm'];

const servers = [
  { image: 'nginx', named: ['/run', '/tmp', '/var/cache/nginx'] },
  { image: 'httpd', named: ['/usr/local/apache2/logs'] },
] as const;

for (const { image, named } of servers) {
  describe(`root's files in ${image} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [nginx, httpd]);
    });

    const create = async (namespace: string): Promise<PodName> => {
      const pod = await createPod(cluster, { namespace, name: `${image}-writes`, image });
      await becomesReady(cluster, pod);
      await answerOf(cluster, pod, 80);
      return pod;
    };

    it('can be anywhere as it is', async () => {
      const found = await writableDirectories(cluster, await create(bareNamespace));
      expect(found).to.include.members(['/', '/etc', '/usr/bin', '/tmp', ...named]);
    });

    it('can be below the paths of its profile only, hardened', async () => {
      const pod = await create(immutableNamespace);
      const allowed = [...ofEveryContainer, ...named];
      const found = await writableDirectories(cluster, pod);
      expect(found).to.include.members(allowed);
      const others = found.filter((dir) => !named.some((path) => dir.startsWith(`${path}/`)));
      expect(others).to.have.members(allowed);
    });

    it('are refused elsewhere because the file system is read-only', async () => {
      const pod: PodName = { namespace: immutableNamespace, name: `${image}-writes` };
      const dirs = ['/', '/etc', '/usr/bin', '/tmp', '/root'];
      for (const dir of dirs.filter((path) => !named.some((writable) => writable === path))) {
        const { stderr } = await shell(cluster, pod, `touch ${dir}/x`);
        expect(stderr).to.match(/Read-only file system/);
      }
      const { stderr } = await shell(cluster, pod, 'echo x >> /etc/passwd');
      expect(stderr).to.match(/Read-only file system/);
    });
  });
}

describe('a ConfigMap below a path of the profile on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [nginx]);
  });

  it('stays visible at /run/app beside the volume at /var/run, also when started again', async () => {
    const namespace = immutableNamespace;
    await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'run-app' },
      data: { key: 'kept' },
    });
    const pod = await createPod(cluster, {
      namespace,
      name: 'run-app',
      image: 'nginx',
      container: { volumeMounts: [{ name: 'app', mountPath: '/run/app' }] },
      spec: { volumes: [{ name: 'app', configMap: { name: 'run-app' } }] },
    });
    await becomesReady(cluster, pod);
    for (const again of [false, true]) {
      if (again) await restartContainer(cluster, pod);
      expect(await answerOf(cluster, pod, 80)).to.include({ status: 200 });
      expect(await shellPrints(cluster, pod, 'cat /run/app/key')).to.equal('kept');
      expect(await shellPrints(cluster, pod, 'cat /var/run/nginx.pid')).to.equal('1');
      const { stderr } = await shell(cluster, pod, 'touch /run/app/x');
      expect(stderr).to.match(/Read-only file system/);
    }
  });
});
