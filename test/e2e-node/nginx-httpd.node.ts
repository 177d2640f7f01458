// Why Lithopod is there, on the two servers that everyone tries first.

import { expect } from 'chai';

import { httpd, nginx } from './images/recipes/web.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { answerOf } from './inside.ts';
import { becomesReady, crashes, createPod, restartContainer, touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const servers = [
  {
    image: 'nginx',
    complaint: /mkdir\(\) "\/var\/cache\/nginx\/client_temp" failed \(30: Read-only file system\)/,
    page: /Welcome to nginx!/,
    writable: ['/tmp/x', '/var/cache/nginx/x', '/var/run/x'],
    readOnly: ['/x', '/etc/nginx/x', '/usr/share/nginx/html/x', '/var/x'],
  },
  {
    image: 'httpd',
    complaint: /AH00099: could not create \/usr\/local\/apache2\/logs\/httpd\.pid/,
    page: /It works!/,
    writable: ['/usr/local/apache2/logs/x'],
    readOnly: ['/x', '/usr/local/apache2/htdocs/x', '/usr/local/apache2/conf/x', '/tmp/x'],
  },
] as const;

for (const { image, complaint, page, writable, readOnly } of servers) {
  describe(`${image} on a node`, () => {
    let cluster: Cluster;
    before(async function () {
      cluster = await useNode(this, [nginx, httpd]);
    });

    async function serves(pod: PodName): Promise<void> {
      const { status, body } = await answerOf(cluster, pod, 80);
      expect(status).to.equal(200);
      expect(body).to.match(page);
    }

    it('serves as it is', async () => {
      const pod = await createPod(cluster, { namespace: bareNamespace, name: image, image });
      await becomesReady(cluster, pod);
      await serves(pod);
      expect(await touch(cluster, pod, '/x')).to.equal(undefined);
    });

    it('dies on a read-only root without anything writable', async () => {
      const container = { securityContext: { readOnlyRootFilesystem: true } };
      const plan = { namespace: bareNamespace, name: `${image}-by-hand`, image, container };
      expect(await crashes(cluster, await createPod(cluster, plan))).to.match(complaint);
    });

    describe('in a namespace that Lithopod enforces', () => {
      let pod: PodName;
      before(async () => {
        pod = await createPod(cluster, { namespace: immutableNamespace, name: image, image });
        await becomesReady(cluster, pod);
      });

      it('serves', () => serves(pod));

      for (const path of readOnly) {
        it(`cannot make ${path}`, async () => {
          expect(await touch(cluster, pod, path)).to.match(/Read-only file system/);
        });
      }

      for (const path of writable) {
        it(`can make ${path}`, async () => {
          expect(await touch(cluster, pod, path)).to.equal(undefined);
        });
      }

      it('serves again after its container was killed', async () => {
        await restartContainer(cluster, pod);
        await serves(pod);
        expect(await touch(cluster, pod, '/x')).to.match(/Read-only file system/);
      });
    });
  });
}
