// Everything a node takes up on this machine, under names that follow from one: what a node leaves
// behind can be found.

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** The folder, and what carries its name. */
export interface Premises {
  /** Everything that is written, mounted or listened on is below it. */
  readonly dir: string;
  /** The name of the CNI network. */
  readonly network: string;
  /** A network interface: at most 15 characters. */
  readonly bridge: string;
  /** In each hierarchy, with a leading slash: the parent of all pods. */
  readonly cgroup: string;
  readonly containerdSocket: string;
  /** What this machine was like before, to be restored. */
  readonly before: Before;
}

interface Before {
  readonly pid: number;
  /** By path below /proc/sys. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Folders outside `dir` that kubelet, containerd and CNI insist on, and that were not there. */
  readonly absent: readonly string[];
}

const PREFIX = 'lithopod-node-';
const BEFORE = 'before.json';

/** The kubelet sets the first ones as it likes them, the bridge plugin the last. */
const SYSCTLS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'net/ipv4/ip_forward',
];

/**
 * No setting moves these: kubelet's and containerd's source has them as constants. Children before
 * parents.
 */
export const FIXED_FOLDERS = [
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/lib/cni/results',
  '/var/lib/cni',
  '/run/containerd/s',
  '/run/containerd',
];

/** Takes a new folder, and remembers what the machine is like. */
export async function takePremises(): Promise<Premises> {
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  const before: Before = {
    pid: process.pid,
    sysctls: Object.fromEntries(
      SYSCTLS.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8').trim()]),
    ),
    absent: FIXED_FOLDERS.filter((folder) => !existsSync(folder)),
  };
  writeFileSync(join(dir, BEFORE), JSON.stringify(before));
  return premisesAt(dir, before);
}

/** The premises of test runs that were killed before they could clean up. */
export function abandonedPremises(): readonly Premises[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter((dir) => existsSync(join(dir, BEFORE)))
    .map((dir) => premisesAt(dir, JSON.parse(readFileSync(join(dir, BEFORE), 'utf8')) as Before))
    .filter(({ before }) => !existsSync(`/proc/${before.pid}`));
}

function premisesAt(dir: string, before: Before): Premises {
  const name = basename(dir);
  return {
    dir,
    network: name,
    bridge: `lp-${name.slice(PREFIX.length)}`,
    cgroup: `/${name}`,
    containerdSocket: join(dir, 'containerd.sock'),
    before,
  };
}
