// What a pod changes through the folders of the node that it mounts: the node, other pods, and its
// own read-only root, which is a folder there too.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { onEnd } from '../e2e/control-plane/owned-process.ts';
import { createAttackers, fails, UPPER, works, type Attack, type Attacker } from './attacking.ts';
import { attacks } from './images/recipes/attacks.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { stateOf, touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const READ_ONLY = /Read-only file system/;
const MADE = `.lithopod-attack-${process.pid}`;
const STATE = '/var/lib/containerd';

/** A folder of the node in which a file is made; the part after a space is the mount's subPath. */
const closed: readonly string[] = [
  '/',
  ...['/boot', '/opt', '/opt/cni/bin', '/var', '/var/lib', '/var/spool/cron'],
  ...['/var/lib/kubelet', '/var/lib/kubelet/pods', '/var/lib/docker', '/var/lib/rancher/k3s'],
  ...['/run', '/run/containerd', '/run/k3s', '/var/run', '/var/run/containerd'],
  ...['/etc', '/etc/', '//etc', '/usr', '/bin', '/sbin', '/lib', '/root'],
  ...['/etc/kubernetes', '/etc/cron.d', '/etc/systemd/system', '/etc/cni/net.d', '/etc/ssh'],
  ...['/etc/ld.so.conf.d', '/root/.ssh', '/usr/bin', '/usr/lib/systemd/system'],
  ...['/ etc', '/var lib/kubelet', '/usr lib/systemd'],
];
/** Those that stay as they are: findings alone. */
const open: readonly string[] = [
  ...['/var/log', '/srv', '/srv data', '/etc/letsencrypt', '/usr/share/app'],
  ...['/var/lib/kubelet/plugins', '/var/lib/kubelet/device-plugins'],
];
/** Folders in which nobody makes files, with one that root may write. */
const interfaces: Readonly<Record<string, string>> = {
  '/proc': 'sys/vm/swappiness',
  '/sys': 'kernel/rcu_expedited',
};

/** Changes the root of the container that does it. */
interface OnOwnRoot {
  readonly attacker: Attacker;
  readonly attack: (cluster: Cluster, id: string) => Attack;
}

const stateIn = (mountPath: string, dir: string): Attack => ({
  script: `upper=${UPPER} && echo changed > "${mountPath}/\${upper#${dir}/containerd-root/}/by-it" && grep -q changed /by-it`,
  refusal: READ_ONLY,
});
const onOwnRoot: Readonly<Record<string, OnOwnRoot>> = {
  '/': {
    attacker: mounting('root', { name: 'root', mountPath: '/host' }),
    attack: () => ({
      script: `echo changed > "/host${UPPER}/by-it" && grep -q changed /by-it`,
      refusal: READ_ONLY,
    }),
  },
  [STATE]: {
    attacker: mounting('state', { name: 'state', mountPath: '/host' }),
    attack: ({ premises }) => stateIn('/host', premises.dir),
  },
  '/var with the subPath lib/containerd': {
    attacker: mounting('sub-path', { name: 'var', mountPath: '/host', subPath: 'lib/containerd' }),
    attack: ({ premises }) => stateIn('/host', premises.dir),
  },
};

/**
 * By what is mounted below: read-only for those that are, only where the runtime can make it so.
 */
const onMountsBelow: Readonly<Record<string, (cluster: Cluster, id: string) => Attack>> = {
  'the mount of its own root': ({ premises }, id) => ({
    script: `echo changed > "/host${premises.dir}/containerd-state/io.containerd.runtime.v2.task/k8s.io/${id}/rootfs/by-mount" && grep -q changed /by-mount`,
    refusal: READ_ONLY,
  }),
  '/run, a mount of its own': () => ({
    script: `touch /host/run/${MADE} && rm /host/run/${MADE}`,
    refusal: READ_ONLY,
  }),
};

describe('folders of the node in a pod', () => {
  let cluster: Cluster;
  let machine: Machine;
  const mountPaths = new Map([...closed, ...open, ...Object.keys(interfaces)].map(mountPathOf));
  const inHostPaths = (namespace: string): PodName => ({ namespace, name: 'host-paths' });
  const inOwnRoot = (namespace: string, container: string): PodName => ({
    ...{ namespace, name: 'own-root', container },
  });

  before(async function () {
    cluster = await useNode(this, [attacks]);
    machine = changeMachine();
    machine.mount(join(cluster.premises.dir, 'containerd-root'), STATE);
    machine.mount('/run', '/run');
    for (const namespace of [bareNamespace, immutableNamespace]) {
      await createAttackers(
        cluster,
        inHostPaths(namespace),
        [{ name: 'main', volumeMounts: [...mountPaths].map(asMount) }],
        { volumes: [...mountPaths.keys()].map(asVolume) },
      );
      const volumes = Object.entries({ root: '/', state: STATE, var: '/var' });
      await createAttackers(
        cluster,
        { namespace, name: 'own-root' },
        Object.values(onOwnRoot).map(({ attacker }) => attacker),
        { volumes: volumes.map(([name, path]) => ({ name, hostPath: { path } })) },
      );
    }
  });

  after(() => {
    (machine as Machine | undefined)?.restore();
  });

  for (const place of [...closed, ...open]) {
    const [path = '', subPath = ''] = place.split(' ');
    const made = join(path, subPath, MADE);
    const title = subPath === '' ? path : `${path} with the subPath ${subPath}`;
    const make = (namespace: string): Promise<string | undefined> =>
      touch(cluster, inHostPaths(namespace), join(mountPaths.get(place)!, MADE));

    it(`${title}: a file is made there bare`, async () => {
      expect(await make(bareNamespace)).to.equal(undefined);
      expect(existsSync(made)).to.equal(true);
      rmSync(made);
    });

    if (closed.includes(place)) {
      it(`${title}: none is in a namespace that Lithopod enforces`, async () => {
        expect(await make(immutableNamespace)).to.match(READ_ONLY);
        expect(existsSync(made)).to.equal(false);
      });
    } else {
      it(`${title}: stays open in a namespace that Lithopod enforces`, async () => {
        expect(await make(immutableNamespace)).to.equal(undefined);
        rmSync(made);
      });
    }
  }

  for (const [path, file] of Object.entries(interfaces)) {
    const attack = (): Attack => ({
      // Opened to be written is enough.
      script: `: >> ${mountPaths.get(path)!}/${file}`,
      refusal: READ_ONLY,
    });
    it(`${path}: a setting is opened there bare`, () =>
      works(cluster, inHostPaths(bareNamespace), attack()));
    it(`${path}: none is in a namespace that Lithopod enforces`, () =>
      fails(cluster, inHostPaths(immutableNamespace), attack()));
  }

  for (const [place, { attacker, attack }] of Object.entries(onOwnRoot)) {
    it(`${place}: a container changes its own read-only root bare`, async () => {
      const pod = inOwnRoot(bareNamespace, attacker.name);
      expect(await touch(cluster, pod, '/before')).to.match(READ_ONLY);
      await works(cluster, pod, attack(cluster, ''));
    });
    it(`${place}: it does not in a namespace that Lithopod enforces`, async () => {
      await fails(cluster, inOwnRoot(immutableNamespace, attacker.name), attack(cluster, ''));
    });
  }

  for (const [below, attack] of Object.entries(onMountsBelow)) {
    const idOf = async (pod: PodName): Promise<string> => (await stateOf(cluster, pod))!.id;
    it(`/: a container changes ${below}, below it, bare`, async () => {
      const pod = inOwnRoot(bareNamespace, 'root');
      await works(cluster, pod, attack(cluster, await idOf(pod)));
    });
    it(`/: whether it changes ${below} in a namespace that Lithopod enforces, is up to the runtime`, async () => {
      const pod = inOwnRoot(immutableNamespace, 'root');
      const outcome = (await mountsRecursively(cluster)) ? fails : works;
      await outcome(cluster, pod, attack(cluster, await idOf(pod)));
    });
  }
});

function mounting(name: string, mount: Manifest): Attacker {
  return { name, volumeMounts: [mount] };
}

function mountPathOf(place: string, index: number): readonly [string, string] {
  return [place, `/mounts/${index}`];
}

function asVolume(place: string, index: number): object {
  const [path = ''] = place.split(' ');
  return { name: `path-${index}`, hostPath: { path, type: 'DirectoryOrCreate' } };
}

function asMount([place, mountPath]: readonly [string, string], index: number): object {
  const [, subPath] = place.split(' ');
  return { name: `path-${index}`, mountPath, ...(subPath !== undefined && { subPath }) };
}

/**
 * Whether the runtime makes read-only what is mounted below a mount: containerd can from 2.0 on.
 */
async function mountsRecursively(cluster: Cluster): Promise<boolean> {
  const feature = '{.items[*].status.runtimeHandlers[*].features.recursiveReadOnlyMounts}';
  return (await cluster.kubectl(['get', 'nodes', '-o', `jsonpath=${feature}`])).includes('true');
}

/** What the attacks need of the machine, and leave on it. */
interface Machine {
  /** Mounts a folder of it elsewhere. */
  readonly mount: (source: string, target: string) => void;
  /** Takes everything away again. */
  readonly restore: () => void;
}

function changeMachine(): Machine {
  const folders = [...closed, ...open, STATE].map((place) => join(...split(place)));
  const absent = new Set(folders.flatMap(withParents).filter((path) => !existsSync(path)));
  const mounted: string[] = [];
  const restore = (): void => {
    for (const target of mounted.splice(0).reverse()) spawnSync('umount', ['--lazy', target]);
    for (const folder of folders) rmSync(join(folder, MADE), { force: true });
    // What others have put something into stays.
    for (const folder of [...absent].toSorted((a, b) => b.length - a.length)) remove(folder);
    release();
  };
  const release = onEnd(restore);
  return {
    mount: (source, target) => {
      mkdirSync(target, { recursive: true });
      const { status, stderr } = spawnSync('mount', ['--bind', source, target]);
      if (status !== 0) throw new Error(`mount --bind: ${String(stderr)}`);
      mounted.push(target);
    },
    restore,
  };
}

function split(place: string): readonly string[] {
  return place.split(' ');
}

function withParents(path: string): readonly string[] {
  return path === '/' ? [] : [path, ...withParents(dirname(path))];
}

function remove(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was never made, or is not empty.
  }
}
