// What of this machine a node occupies right now, as the kernel tells it.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Premises } from './premises.ts';

const CGROUPS = '/sys/fs/cgroup';
const PROGRAMS = new Set([
  ...['kubelet', 'kube-scheduler', 'kube-controller-manager'],
  ...['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'],
]);

/**
 * The programs that make up a node and whose arguments name its folder; also those that left our
 * process tree.
 */
export function nodeProcesses({ dir }: Premises): readonly number[] {
  return processes().filter((pid) => {
    const [program = '', ...args] = read(`/proc/${pid}/cmdline`).split('\0');
    return PROGRAMS.has(basename(program)) && args.some((arg) => arg.includes(`${dir}/`));
  });
}

/** What runs in its pods. */
export function cgroupProcesses(premises: Premises): readonly number[] {
  const pids = cgroupsOf(premises).flatMap((folder) =>
    read(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number),
  );
  // 0 is a process of another PID namespace, which no number here can name.
  return [...new Set(pids)].filter((pid) => pid > 0 && pid !== process.pid);
}

/** The folders of its cgroup in every hierarchy, children before parents. */
export function cgroupsOf({ cgroup }: Premises): readonly string[] {
  return cgroupRoots()
    .map((root) => join(root, cgroup))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => withSubfolders(folder));
}

/** Where hierarchies are mounted: one for all (cgroup v2), or one for each controller. */
export function cgroupRoots(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path === CGROUPS || path.startsWith(`${CGROUPS}/`));
}

/** The mount points below a folder, the innermost and latest first. */
export function mountsBelow(dir: string): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, unescapeOctal))
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
    .reverse();
}

/** The interfaces on its bridge. */
export function portsOf({ bridge }: Premises): readonly string[] {
  const folder = `/sys/class/net/${bridge}/brif`;
  return existsSync(folder) ? readdirSync(folder) : [];
}

function processes(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** What is there at this moment; processes and cgroups may go while they are looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function withSubfolders(folder: string): readonly string[] {
  const children = readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory());
  return [...children.flatMap(({ name }) => withSubfolders(join(folder, name))), folder];
}

function unescapeOctal(_all: string, digits: string): string {
  return String.fromCharCode(parseInt(digits, 8));
}
