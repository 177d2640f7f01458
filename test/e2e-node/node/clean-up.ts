// The end of a node. Nothing here waits for an event: it has to work in a process that is being
// interrupted.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

import { cgroupProcesses, cgroupsOf, mountsBelow, nodeProcesses, portsOf } from './occupied.ts';
import { FIXED_FOLDERS, type Premises } from './premises.ts';

const DYING_MS = 10_000;

/**
 * Kills what runs on the premises, and takes down everything else they consist of, `dir` included.
 * Does nothing where that has been done. Rather goes on than throws: {@link leftovers} tells what
 * is still there.
 */
export function cleanUp(premises: Premises): void {
  killAll(premises);
  for (const path of mountsBelow(premises.dir)) unmount(path);
  removeNetwork(premises);
  for (const folder of cgroupsOf(premises))
    attempt(() => {
      rmdirSync(folder);
    });
  for (const [name, value] of Object.entries(premises.before.sysctls)) restore(name, value);
  removeFilesElsewhere(premises);
  attempt(() => {
    rmSync(premises.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
}

/**
 * All of them again and again: some may still be starting others, and the killed take a moment to
 * leave their cgroups.
 */
function killAll(premises: Premises): void {
  const deadline = Date.now() + DYING_MS;
  for (;;) {
    const pids = [...nodeProcesses(premises), ...cgroupProcesses(premises)];
    if (pids.length === 0 || Date.now() > deadline) return;
    for (const pid of pids) attempt(() => process.kill(pid, 'SIGKILL'));
    sleep(50);
  }
}

function unmount(path: string): void {
  if (run('umount', [path]) !== 0) run('umount', ['--lazy', path]);
}

function removeNetwork(premises: Premises): void {
  for (const port of portsOf(premises)) run('ip', ['link', 'delete', port]);
  if (existsSync(`/sys/class/net/${premises.bridge}`)) {
    run('ip', ['link', 'delete', premises.bridge]);
  }
}

function restore(sysctl: string, value: string): void {
  const path = `/proc/sys/${sysctl}`;
  attempt(() => {
    if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
  });
}

function removeFilesElsewhere(premises: Premises): void {
  for (const file of filesElsewhere(premises)) rmSync(file, { force: true });
  const { absent } = premises.before;
  if (absent.includes('/var/lib/kubelet')) {
    rmSync('/var/lib/kubelet/device-plugins', { recursive: true, force: true });
  }
  // Another node may be using them by now: only what is empty goes.
  for (const folder of FIXED_FOLDERS.filter((path) => absent.includes(path))) {
    attempt(() => {
      rmdirSync(folder);
    });
  }
}

/**
 * What the premises have outside of their folder: links to logs, network results, shims' sockets.
 */
export function filesElsewhere({ dir, network }: Premises): readonly string[] {
  const logs = list('/var/log/containers').filter((path) => linksInto(path, dir));
  const sandboxes = list(join(dir, 'containerd-root/io.containerd.grpc.v1.cri/sandboxes'));
  const loopbacks = sandboxes.map((path) => `cni-loopback-${basename(path)}-`);
  const results = list('/var/lib/cni/results').filter((path) =>
    [`${network}-`, ...loopbacks].some((prefix) => basename(path).startsWith(prefix)),
  );
  // A shim leaves the address of its socket in its bundle.
  const bundles = list(join(dir, 'containerd-state/io.containerd.runtime.v2.task/k8s.io'));
  const sockets = bundles.flatMap((bundle) => {
    const address = join(bundle, 'address');
    const found = existsSync(address) ? readFileSync(address, 'utf8') : '';
    const path = found.replace(/^unix:\/\//, '').trim();
    return path.startsWith('/run/containerd/s/') && existsSync(path) ? [path] : [];
  });
  return [...logs, ...results, ...sockets];
}

function linksInto(path: string, dir: string): boolean {
  return lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(`${dir}/`);
}

function list(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function run(command: string, args: readonly string[]): number | null {
  return spawnSync(command, args, { stdio: 'ignore', timeout: DYING_MS }).status;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It is gone already, or it will show among the leftovers.
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
