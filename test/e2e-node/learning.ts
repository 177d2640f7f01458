// Learning from a pod that nobody hardened: its draft, and a twin of the pod that has nothing but
// what the draft gives it.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand, type CommandResult } from '../e2e/control-plane/owned-process.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { podOfPlan, type PodPlan } from './pods.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const COMMAND_MS = 180_000;

/**
 * Runs `lithopod` from its source, against the cluster, as its administrator or as the user of a
 * kubeconfig; any exit code is a result.
 */
export function lithopod(
  cluster: Cluster,
  args: readonly string[],
  kubeconfig = cluster.kubeconfig,
): Promise<CommandResult> {
  const main = join(REPOSITORY, 'src/cli/main.ts');
  return runCommand(process.execPath, ['--import=tsx', main, ...args], {
    timeoutMs: COMMAND_MS,
    cwd: REPOSITORY,
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
}

/** `lithopod learn` of the pod; its standard output is the draft. */
export function learnt(
  cluster: Cluster,
  { namespace, name }: PodName,
  ...flags: readonly string[]
): Promise<CommandResult> {
  return lithopod(cluster, ['learn', '-n', namespace, name, ...flags]);
}

/**
 * The pod of a plan as `lithopod harden` writes it at `immutable`, with this profile in place of
 * the built-in one of its image, or without one with the built-in one. Rejects where `harden` does.
 */
export async function hardenedTwin(
  cluster: Cluster,
  plan: PodPlan,
  profile?: string,
): Promise<Manifest> {
  const folder = await mkdtemp(join(cluster.premises.dir, 'twin-'));
  const pod = join(folder, 'pod.json');
  await writeFile(pod, JSON.stringify(podOfPlan(plan)));
  const flags: string[] = [];
  if (profile !== undefined) {
    const file = join(folder, 'profile.yaml');
    await writeFile(file, profile);
    flags.push('--profiles', file);
  }
  const { code, stdout, stderr } = await lithopod(cluster, ['harden', pod, ...flags]);
  if (code !== 0) throw new Error(`lithopod harden: ${stderr}`);
  return JSON.parse(stdout) as Manifest;
}
