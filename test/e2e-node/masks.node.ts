// Pods that remove their own shells at start: a read-only root does not let them, and a mask does
// it instead.

import { expect } from 'chai';

import { busybox } from './images/recipes/base.ts';
import { httpd, nginx } from './images/recipes/web.ts';
import type { Recipe } from './images/recipe.ts';
import { answerOf, shell } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';
import { becomesReady, createPod, restartContainer, stateOf } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

interface Removal {
  readonly recipe: Recipe;
  readonly image: string;
  /** Where the image has it, and the spelling by which the pod removes it. */
  readonly binary: string;
  /** Succeeds while the binary is there. */
  readonly use: readonly string[];
  readonly page: RegExp;
}

const removals: readonly Removal[] = [
  {
    recipe: httpd,
    image: 'httpd',
    binary: '/bin/bash',
    use: ['bash', '-c', 'true'],
    page: /It works!/,
  },
  {
    recipe: nginx,
    image: 'nginx',
    binary: '/bin/touch',
    use: ['touch', '/var/run/x'],
    page: /Welcome to nginx!/,
  },
];

/** As exam tasks and blogs have it. */
function removing(binary: string): Manifest {
  return { startupProbe: { exec: { command: ['rm', binary] }, periodSeconds: 1 } };
}

for (const { recipe, image, binary, use, page } of removals) {
  describe(`${image} that removes ${binary} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [recipe]);
    });

    const name = `${image}-removes`;
    const create = (namespace: string, container: Manifest, as = name): Promise<PodName> =>
      createPod(cluster, { namespace, name: as, image, container });
    const isGone = async (pod: PodName): Promise<void> => {
      const { code, stderr } = await cluster.exec(pod, use);
      expect(code).not.to.equal(0);
      expect(stderr).to.match(new RegExp(`exec: "${use[0]!}": executable file not found`));
    };

    it('has it until then', async () => {
      const pod = await create(bareNamespace, {}, `${image}-keeps`);
      await becomesReady(cluster, pod);
      expect(await cluster.exec(pod, use)).to.include({ code: 0 });
    });

    it('removes it from a writable root', async () => {
      const pod = await create(bareNamespace, removing(binary));
      await becomesReady(cluster, pod);
      await isGone(pod);
    });

    it('never starts on a read-only root', async () => {
      const container = {
        ...removing(binary),
        command: ['sleep', '100000'],
        securityContext: { readOnlyRootFilesystem: true },
      };
      const pod = await create(bareNamespace, container, `${name}-by-hand`);
      const event = new RegExp(`cannot remove '${binary}': Read-only file system`);
      await until('failed startup probe', async () => {
        const events = ['-n', pod.namespace, 'events', '--for', `pod/${pod.name}`];
        return event.test(await cluster.kubectl(events));
      });
      expect(await stateOf(cluster, pod)).to.include({ ready: false });
    });

    it('serves without it in a namespace that Lithopod enforces, also when started again', async () => {
      const pod = await create(immutableNamespace, removing(binary));
      await becomesReady(cluster, pod);
      for (const again of [false, true]) {
        if (again) await restartContainer(cluster, pod);
        await isGone(pod);
        const { status, body } = await answerOf(cluster, pod, 80);
        expect(status).to.equal(200);
        expect(body).to.match(page);
      }
    });

    it('cannot get it back', async () => {
      const pod: PodName = { namespace: immutableNamespace, name };
      for (const attempt of [`rm ${binary}`, `chmod 755 ${binary}`, `umount ${binary}`]) {
        expect((await shell(cluster, pod, attempt)).code, attempt).not.to.equal(0);
      }
      await isGone(pod);
    });
  });
}

describe('an image of one busybox on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [busybox]);
  });

  for (const binary of ['/bin/touch', '/bin/sh']) {
    it(`starts, with nothing masked, where its pod removes ${binary}`, async () => {
      const name = `busybox-removes-${binary.slice('/bin/'.length)}`;
      const command = ['sh', '-c', 'sleep 100000'];
      const pod = await createPod(cluster, {
        namespace: immutableNamespace,
        name,
        image: 'busybox',
        container: { command, ...removing(binary) },
      });
      await becomesReady(cluster, pod);
      await restartContainer(cluster, pod);
      expect(await shell(cluster, pod, 'touch /tmp/x')).to.include({ code: 0 });
      expect((await shell(cluster, pod, 'touch /x')).stderr).to.match(/Read-only file system/);
      expect((await shell(cluster, pod, 'mount')).stdout).not.to.match(/ on \/bin/);
    });
  }
});
