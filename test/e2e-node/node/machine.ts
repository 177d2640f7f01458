// What a node needs of this machine, and how it gets it.

import { existsSync } from 'node:fs';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';
import { readDebian, type Debian } from '../images/debian.ts';

/** A program or file, and the Debian package that brings it. */
const needed = {
  '/usr/bin/containerd': 'containerd',
  '/usr/bin/containerd-shim-runc-v2': 'containerd',
  '/usr/bin/ctr': 'containerd',
  '/usr/bin/buildah': 'buildah',
  '/usr/bin/podman': 'podman',
  '/usr/sbin/runc': 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/lib/cni/host-local': 'containernetworking-plugins',
  '/usr/lib/cni/loopback': 'containernetworking-plugins',
  '/usr/sbin/debootstrap': 'debootstrap',
  '/usr/bin/getfattr': 'attr',
  '/usr/sbin/ip': 'iproute2',
  '/usr/bin/mount': 'mount',
  '/usr/bin/unshare': 'util-linux',
} as const;

const INSTALL_MS = 10 * 60_000;

/** A machine on which a node can run, or why none can run here: one sentence. */
export type Machine =
  { readonly ok: true; readonly debian: Debian } | { readonly ok: false; readonly why: string };

/**
 * Looks for root, Debian and the packages above; installs those that are missing, with apt. Rejects
 * only where apt itself cannot be run.
 */
export async function ensurePackages(): Promise<Machine> {
  if (process.platform !== 'linux') return { ok: false, why: 'a node needs Linux' };
  if (process.getuid?.() !== 0) return { ok: false, why: 'a node needs root' };
  if (!existsSync('/usr/bin/apt-get')) return { ok: false, why: 'there is no apt-get' };
  const debian = await readDebian();
  if (!debian) return { ok: false, why: 'this is not Debian, or apt has no mirror of it' };
  const packages = missingPackages();
  if (packages.length > 0) await install(packages);
  const missing = missingPackages();
  if (missing.length > 0) return { ok: false, why: `apt could not install ${missing.join(', ')}` };
  return { ok: true, debian };
}

function missingPackages(): readonly string[] {
  const absent = Object.entries(needed).filter(([path]) => !existsSync(path));
  return [...new Set(absent.map(([, name]) => name))];
}

/** Whether it worked shows in what is there afterwards. */
async function install(packages: readonly string[]): Promise<void> {
  process.stderr.write(`[e2e-node] installing ${packages.join(' ')}\n`);
  const apt = (args: readonly string[]): Promise<unknown> =>
    runCommand('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      timeoutMs: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  await apt(['update']);
  await apt(['install', '-y', '--no-install-recommends', ...packages]);
}
