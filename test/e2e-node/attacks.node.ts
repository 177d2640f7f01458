// What a container does to a read-only root, and to the machine, with the privileges that a pod may ask for.

import { readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { onEnd } from '../e2e/control-plane/owned-process.ts';
import { nginx } from './images/recipes/web.ts';
import { shell } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { becomesReady, createPod, touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const REMOUNT = 'mount -o remount,rw / && touch /evil';

/** A setting of the kernel, hence of the machine that the tests run on. */
const SWAPPINESS = '/proc/sys/vm/swappiness';

/** What pods ask for that makes a read-only root writable again. */
const privileges: readonly { readonly name: string; readonly context: Manifest }[] = [
  { name: 'privileged', context: { privileged: true } },
  { name: 'sys-admin', context: { capabilities: { add: ['SYS_ADMIN'] } } },
  // Runtimes fold case. containerd 1.6 ignores CAP_SYS_ADMIN, which others take for the same.
  { name: 'sys-admin-in-lower-case', context: { capabilities: { add: ['sys_admin'] } } },
  { name: 'all', context: { capabilities: { add: ['ALL'] } } },
];

describe('privileges on a node', () => {
  let cluster: Cluster;
  before(async function () {
    cluster = await useNode(this, [nginx]);
  });

  /** A pod that waits to be told what to do; a server would need its own writable paths in the bare namespace. */
  const create = async (namespace: string, name: string, context: Manifest): Promise<PodName> => {
    const securityContext = { readOnlyRootFilesystem: true, ...context };
    const container = { command: ['sleep', '100000'], securityContext };
    const pod = await createPod(cluster, { namespace, name, image: 'nginx', container });
    await becomesReady(cluster, pod);
    return pod;
  };

  it('none are needed to be kept from remounting the root', async () => {
    const pod = await create(bareNamespace, 'no-privileges', {});
    const { code, stderr } = await shell(cluster, pod, REMOUNT);
    expect(code).not.to.equal(0);
    expect(stderr).to.match(/permission denied/);
  });

  for (const { name, context } of privileges) {
    it(`${name}: a read-only root is remounted writable`, async () => {
      const pod = await create(bareNamespace, name, context);
      expect(await touch(cluster, pod, '/before')).to.match(/Read-only file system/);
      expect(await shell(cluster, pod, REMOUNT)).to.include({ code: 0 });
      expect(await touch(cluster, pod, '/after')).to.equal(undefined);
    });

    it(`${name}: it stays read-only in a namespace that Lithopod enforces`, async () => {
      const pod = await create(immutableNamespace, name, context);
      const { code, stderr } = await shell(cluster, pod, REMOUNT);
      expect(code).not.to.equal(0);
      expect(stderr).to.match(/permission denied/);
      expect(await touch(cluster, pod, '/after')).to.match(/Read-only file system/);
    });

    it(`${name}: nor does a user namespace of its own help`, async () => {
      const pod: PodName = { namespace: immutableNamespace, name };
      const command = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', REMOUNT];
      const { code, stderr } = await cluster.exec(pod, command);
      expect(code).not.to.equal(0);
      expect(stderr).to.match(/mount: .*permission denied/);
      expect(await touch(cluster, pod, '/after')).to.match(/Read-only file system/);
    });
  }

  describe('and the kernel of the machine', () => {
    let initially: string;
    let release: (() => void) | undefined;
    const current = (): string => readFileSync(SWAPPINESS, 'utf8').trim();
    const restore = (): void => {
      writeFileSync(SWAPPINESS, initially);
    };

    before(() => {
      initially = current();
      release = onEnd(restore);
    });
    after(() => {
      if (!release) return;
      restore();
      release();
    });

    const other = (): string => (initially === '75' ? '74' : '75');
    const set = (): string => `echo ${other()} > ${SWAPPINESS}`;

    it('a privileged container sets its parameters', async () => {
      const pod: PodName = { namespace: bareNamespace, name: 'privileged' };
      expect(await shell(cluster, pod, set())).to.include({ code: 0 });
      expect(current()).to.equal(other());
      restore();
    });

    it('in a namespace that Lithopod enforces it does not', async () => {
      const pod: PodName = { namespace: immutableNamespace, name: 'privileged' };
      const { code, stderr } = await shell(cluster, pod, set());
      expect(code).not.to.equal(0);
      expect(stderr).to.match(/Read-only file system/);
      expect(current()).to.equal(initially);
    });
  });
});
