// What the attacks on a read-only root, and on the node, have in common.

import { expect } from 'chai';

import { runCommand } from '../e2e/control-plane/owned-process.ts';
import { shell } from './inside.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { becomesReady, createPod } from './pods.ts';

const IMAGE = 'localhost/lithopod/attacks:1';
const FINDMNT_MS = 10_000;

/** A container of a pod of attackers; it waits to be told what to do. */
export interface Attacker extends Manifest {
  readonly name: string;
}

/**
 * Creates a pod of these containers, each with a read-only root, and waits until all of them run.
 */
export async function createAttackers(
  cluster: Cluster,
  { namespace, name: pod }: PodName,
  attackers: readonly Attacker[],
  spec: Manifest = {},
): Promise<void> {
  const containers = attackers.map(({ securityContext, ...more }) => ({
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    securityContext: { readOnlyRootFilesystem: true, ...(securityContext as Manifest) },
    ...more,
  }));
  await createPod(cluster, {
    namespace,
    name: pod,
    image: IMAGE,
    spec: { containers, ...spec },
  });
  for (const { name: container } of attackers) {
    await becomesReady(cluster, { namespace, name: pod, container });
  }
}

/** How an attacker changes something; the script ends well only where it did. */
export interface Attack {
  readonly script: string;
  /** What it says where it may not. */
  readonly refusal: RegExp;
}

/** Expects that the attack works. */
export async function works(cluster: Cluster, pod: PodName, { script }: Attack): Promise<void> {
  const { code, stdout, stderr } = await shell(cluster, pod, script);
  expect(code, `${stdout}${stderr}`).to.equal(0);
}

/** Expects that the attack fails, and for the reason for which it should. */
export async function fails(cluster: Cluster, pod: PodName, attack: Attack): Promise<void> {
  const { code, stdout, stderr } = await shell(cluster, pod, attack.script);
  expect(code, `${stdout}${stderr}`).not.to.equal(0);
  expect(stderr).to.match(attack.refusal);
}

/**
 * Where the runtime keeps what a container changes in its root, as the node names it: to be put
 * into a script. Nothing in the container leads there.
 */
export const UPPER =
  "$(sed -n 's/^overlay \\/ overlay .*upperdir=\\([^,]*\\).*/\\1/p' /proc/self/mounts)";

/** The file system of a folder of this machine. */
export interface FileSystem {
  /** Such as `ext4`. */
  readonly type: string;
  /**
   * A path of this machine to the same file's from the file system's own root; also of a path in
   * quotes in a script.
   */
  readonly inside: (path: string) => string;
}

/** Finds out what a folder of this machine is on. */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const args = ['--noheadings', '--output=FSTYPE,FSROOT,TARGET', `--target=${folder}`];
  const { stdout } = await runCommand('findmnt', args, { timeoutMs: FINDMNT_MS });
  const [type = '', root = '', target = ''] = stdout.trim().split(/\s+/);
  const withoutEnd = (path: string): string => (path === '/' ? '' : path);
  return {
    type,
    inside: (path) => `$(echo "${path}" | sed 's!^${withoutEnd(target)}!${withoutEnd(root)}!')`,
  };
}
