// The Debian root that the images stand on.

import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';
import type { Debian } from './debian.ts';
import { packLayer } from './layer.ts';

/** Part of the key: to be raised with every change of this file. */
export const BASE_VERSION = 1;

const DEBOOTSTRAP_MS = 20 * 60_000;

/** What a container image goes without: a third of the size. */
const DPKG = [
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'force-unsafe-io',
];
/** What apt derives from its lists would end up in layers. */
const APT = [
  'APT::Sandbox::User "root";',
  'APT::Install-Recommends "false";',
  'Dir::Cache::pkgcache "";',
  'Dir::Cache::srcpkgcache "";',
];
/** No package may start its server while an image is made. */
const NO_SERVERS = '#!/bin/sh\nexit 101\n';

/** Makes `folder`/root and its layer. */
export async function makeBase(debian: Debian, folder: string): Promise<void> {
  const root = join(folder, 'root');
  const { code } = await runCommand(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'],
      ...['debootstrap', '--variant=minbase', debian.release, root, debian.mirror],
    ],
    { timeoutMs: DEBOOTSTRAP_MS, showErrors: true },
  );
  if (code !== 0) throw new Error(`debootstrap ended with code ${code}; see above`);
  const write = (path: string, lines: readonly string[]): Promise<void> =>
    writeFile(join(root, path), lines.join('\n') + '\n');
  await write('etc/apt/sources.list', debian.sources);
  await write('etc/apt/apt.conf.d/90images', APT);
  await write('etc/dpkg/dpkg.cfg.d/90images', DPKG);
  await write('etc/resolv.conf', []); // in-root.sh mounts over it, and so does a container runtime.
  await writeFile(join(root, 'usr/sbin/policy-rc.d'), NO_SERVERS);
  await chmod(join(root, 'usr/sbin/policy-rc.d'), 0o755);
  for (const path of [
    ...['usr/share/doc', 'usr/share/man', 'usr/share/info', 'usr/share/locale'],
    ...['var/cache/apt/archives', 'var/lib/apt/lists', 'var/log/bootstrap.log', 'etc/hostname'],
  ]) {
    await rm(join(root, path), { recursive: true, force: true });
  }
  await runCommand('mkdir', ['-p', ...aptFolders(root)], { timeoutMs: DEBOOTSTRAP_MS });
  await packLayer(root, folder);
}

function aptFolders(root: string): string[] {
  return ['var/cache/apt/archives/partial', 'var/lib/apt/lists/partial'].map((path) =>
    join(root, path),
  );
}
