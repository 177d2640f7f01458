// What a container does to its read-only root, and to the machine, with the privileges that a pod
// may ask for.
//Not tried are SYS_MODULE, SYS_RAWIO and SYS_BOOT, but for whether a container has them: the first
//two change the running kernel of whoever runs the tests, the third ends it.

import { readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { onEnd } from '../e2e/control-plane/owned-process.ts';
import {
  createAttackers,
  fails,
  fileSystemOf,
  UPPER,
  works,
  type Attack,
  type Attacker,
} from './attacking.ts';
import { attacks } from './images/recipes/attacks.ts';
import { shell, shellPrints } from './inside.ts';
import type { Cluster, PodName } from './node/cluster.ts';
import { touch } from './pods.ts';
import { bareNamespace, immutableNamespace, useNode } from './shared-node.ts';

const NOT_PERMITTED = /Operation not permitted|permission denied/i;

const remount: Attack = {
  script: 'mount -o remount,rw / && touch /by-remount',
  refusal: /permission denied/,
};

/**
 * Stands for any device of the node: a disk cannot be had on every machine, and this log everybody
 * has.
 */
const openKernelLog = (path: string): string => `mknod ${path} c 1 11 && : >> ${path}`;

/** A setting of the kernel, hence of the machine that the tests run on. */
const SWAPPINESS = '/proc/sys/vm/swappiness';

/** Numbers of linux/capability.h. */
const numbers = {
  SYS_MODULE: 16,
  SYS_RAWIO: 17,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
  SYS_BOOT: 22,
  MKNOD: 27,
  DAC_READ_SEARCH: 2,
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_CHROOT: 18,
  SETFCAP: 31,
  SYSLOG: 34,
  SYS_TIME: 25,
  MAC_ADMIN: 33,
  PERFMON: 38,
  BPF: 39,
  CHECKPOINT_RESTORE: 40,
} as const;
type Capability = keyof typeof numbers;

const escapes: readonly Capability[] = [
  'SYS_ADMIN',
  'DAC_READ_SEARCH',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_BOOT',
];
/** Those that a pod may keep: none of them changes a root. */
const kept: readonly Capability[] = [
  ...(['CHOWN', 'DAC_OVERRIDE', 'MKNOD', 'NET_RAW', 'SYS_CHROOT', 'SETFCAP'] as const),
  ...(['NET_ADMIN', 'BPF', 'PERFMON', 'CHECKPOINT_RESTORE', 'SYSLOG', 'SYS_TIME'] as const),
  'MAC_ADMIN',
];

/**
 * A container, and by what it changes its root or the node in a namespace that Lithopod leaves
 * alone.
 */
interface Privilege {
  readonly attacker: Attacker;
  readonly by: readonly string[];
}

function adding(name: string, add: readonly string[], by: readonly string[]): Privilege {
  return { attacker: { name, securityContext: { capabilities: { add } } }, by };
}

const privileges: readonly Privilege[] = [
  {
    attacker: { name: 'privileged', securityContext: { privileged: true } },
    by: ['remount', 'device', 'handle', 'handle of a file of the node'],
  },
  adding('sys-admin', ['SYS_ADMIN'], ['remount']),
  // Runtimes fold case. containerd 1.6 ignores CAP_SYS_ADMIN, which others take for the same.
  adding('sys-admin-in-lower-case', ['sys_admin'], ['remount']),
  // They fold these to S and I.
  adding('sys-admin-with-a-long-s', ['\u017fys_admin'], ['remount']),
  adding('sys-admin-without-a-dot', ['SYS_ADM\u0131N'], ['remount']),
  adding('all', ['ALL'], ['remount', 'handle', 'handle of a file of the node']),
  adding('dac-read-search', ['DAC_READ_SEARCH'], ['handle', 'handle of a file of the node']),
];
const withProcessesOfTheNode: readonly Privilege[] = [
  adding('sys-ptrace', ['SYS_PTRACE'], ['process', 'process, a file of the node']),
  adding('all', ['ALL'], ['process', 'process, a file of the node']),
];

describe('privileges on a node', () => {
  let cluster: Cluster;
  let ways: Readonly<Record<string, Attack>>;
  /** A file of the node that no pod mounts. */
  let victim: string;

  before(async function () {
    cluster = await useNode(this, [attacks]);
    victim = join(cluster.premises.dir, 'victim');
    ways = await waysOf(cluster, victim);
    const add: readonly string[] = escapes.filter((name) => name.startsWith('SYS_'));
    for (const namespace of [bareNamespace, immutableNamespace]) {
      const attackers = [
        ...privileges.map(({ attacker }) => attacker),
        { name: 'none' },
        { name: 'kernel', securityContext: { capabilities: { add } } },
        { name: 'kept', securityContext: { capabilities: { add: kept } } },
      ];
      await createAttackers(cluster, { namespace, name: 'privileges' }, attackers);
      await createAttackers(
        cluster,
        { namespace, name: 'processes' },
        [...withProcessesOfTheNode.map(({ attacker }) => attacker), { name: 'none' }],
        { hostPID: true },
      );
    }
  });

  for (const [name, list] of [
    ['privileges', privileges],
    ['processes', withProcessesOfTheNode],
  ] as const) {
    for (const { attacker, by } of list) {
      const podIn = (namespace: string): PodName => ({ namespace, name, container: attacker.name });
      const title = name === 'processes' ? `hostPID and ${attacker.name}` : attacker.name;

      it(`${title}: its root is read-only at first`, async () => {
        for (const namespace of [bareNamespace, immutableNamespace]) {
          const said = await touch(cluster, podIn(namespace), '/before');
          expect(said, namespace).to.match(/Read-only file system/);
        }
      });

      for (const way of by) {
        it(`${title}: works bare by ${way}`, async () => {
          await writeFile(victim, '');
          await works(cluster, podIn(bareNamespace), ways[way]!);
          if (way.includes('file of the node')) {
            expect(readFileSync(victim, 'utf8')).to.equal('changed');
          }
        });
      }

      it(`${title}: nothing works in a namespace that Lithopod enforces`, async () => {
        await writeFile(victim, '');
        for (const [way, attack] of Object.entries(ways)) {
          await fails(cluster, podIn(immutableNamespace), attack).catch((error: unknown) => {
            throw new Error(`by ${way}: ${String(error)}`);
          });
        }
        expect(readFileSync(victim, 'utf8')).to.equal('');
        const said = await touch(cluster, podIn(immutableNamespace), '/after');
        expect(said).to.match(/Read-only file system/);
      });
    }
  }

  for (const [name, container] of [
    ['privileges', 'none'],
    ['privileges', 'kept'],
    ['processes', 'none'],
  ] as const) {
    it(`${container} in the pod of ${name}: nothing works even bare`, async () => {
      await writeFile(victim, '');
      for (const attack of Object.values(ways)) {
        await fails(cluster, { namespace: bareNamespace, name, container }, attack);
      }
      expect(readFileSync(victim, 'utf8')).to.equal('');
    });
  }

  it('those that a pod keeps are there, and change no file of the image', async () => {
    const pod = { namespace: immutableNamespace, name: 'privileges', container: 'kept' };
    expect(await heldBy(cluster, pod)).to.include.members([...kept]);
    for (const script of [
      'touch /x',
      'rm /usr/bin/touch',
      'chown 1 /usr/bin/touch',
      'chroot / touch /x',
      'chroot /proc/self/root touch /x',
      'mknod /x c 1 3',
    ]) {
      await fails(cluster, pod, { script, refusal: /Read-only file system/ });
    }
  });

  it('MKNOD makes a device, which its cgroup does not let anybody open', async () => {
    const pod = { namespace: immutableNamespace, name: 'privileges', container: 'kept' };
    await fails(cluster, pod, {
      script: `rm -f /tmp/made && ${openKernelLog('/tmp/made')}`,
      refusal: NOT_PERMITTED,
    });
    expect(await shellPrints(cluster, pod, 'stat -c "%t:%T" /tmp/made')).to.equal('1:b');
  });

  it('those that change the kernel are held bare, and not in a namespace that Lithopod enforces', async () => {
    const pod = { name: 'privileges', container: 'kernel' };
    const asked = escapes.filter((name) => name.startsWith('SYS_'));
    const bare = await heldBy(cluster, { namespace: bareNamespace, ...pod });
    expect(bare).to.include.members(asked);
    const hardened = await heldBy(cluster, { namespace: immutableNamespace, ...pod });
    expect(hardened).not.to.include.oneOf(asked);
  });

  it('ALL is all but those, and but SYS_PTRACE where hostPID is true', async () => {
    const all = { namespace: immutableNamespace, container: 'all' };
    const held = await heldBy(cluster, { ...all, name: 'privileges' });
    expect(held).to.include.members([...kept, 'SYS_PTRACE']);
    expect(held).not.to.include.oneOf([...escapes]);
    const beside = await heldBy(cluster, { ...all, name: 'processes' });
    expect(beside).to.include.members([...kept]);
    expect(beside).not.to.include.oneOf([...escapes, 'SYS_PTRACE']);
  });

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
    const privileged = { name: 'privileges', container: 'privileged' };

    it('a privileged container sets its parameters', async () => {
      const pod: PodName = { namespace: bareNamespace, ...privileged };
      expect(await shell(cluster, pod, set())).to.include({ code: 0 });
      expect(current()).to.equal(other());
      restore();
    });

    it('in a namespace that Lithopod enforces it does not', async () => {
      const pod: PodName = { namespace: immutableNamespace, ...privileged };
      const { code, stderr } = await shell(cluster, pod, set());
      expect(code).not.to.equal(0);
      expect(stderr).to.match(/Read-only file system/);
      expect(current()).to.equal(initially);
    });
  });
});

/** What is tried in each container. */
async function waysOf(cluster: Cluster, victim: string): Promise<Readonly<Record<string, Attack>>> {
  const { type, inside } = await fileSystemOf(cluster.premises.dir);
  // Others number their roots differently, and the program knows this one.
  expect(type, 'the file system of the node').to.equal('ext4');
  const open = (path: string): string => `open-by-handle /etc/hosts "${inside(path)}" changed`;
  const found = (name: string): string => `grep -q changed /${name}`;
  const inOwnUserNamespace = (script: string): string =>
    `unshare --user --map-root-user --mount sh -c '${script.replaceAll("'", String.raw`'\''`)}'`;
  // The tests run on the node.
  const root = `/proc/${process.pid}/root`;
  const handle = open(`${UPPER}/by-handle`);
  return {
    remount,
    'remount in a user namespace of its own': {
      script: inOwnUserNamespace(remount.script),
      refusal: /mount: .*permission denied/,
    },
    device: {
      script: `rm -f /dev/made && ${openKernelLog('/dev/made')}`,
      refusal: NOT_PERMITTED,
    },
    handle: { script: `${handle} && ${found('by-handle')}`, refusal: NOT_PERMITTED },
    // Linux lets root of a user namespace have what is below the mount, which is a file.
    'handle in a user namespace of its own': {
      script: inOwnUserNamespace(handle),
      refusal: /Operation not permitted|Stale file handle/,
    },
    'handle of a file of the node': { script: open(victim), refusal: NOT_PERMITTED },
    process: {
      script: `echo changed > "${root}${UPPER}/by-process" && ${found('by-process')}`,
      refusal: /Permission denied|nonexistent|No such file/,
    },
    'process, a file of the node': {
      script: `printf changed >> "${root}${victim}"`,
      refusal: /Permission denied|nonexistent|No such file/,
    },
  };
}

/** Which of the numbered capabilities the container's first process has, or could get. */
async function heldBy(cluster: Cluster, pod: PodName): Promise<readonly Capability[]> {
  const bits = await shellPrints(cluster, pod, "sed -n 's/^CapBnd:\\t//p' /proc/self/status");
  const set = BigInt(`0x${bits}`);
  const names = Object.keys(numbers) as Capability[];
  return names.filter((name) => (set >> BigInt(numbers[name])) & 1n);
}
