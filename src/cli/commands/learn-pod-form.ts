/**
 * The flags by which `learn` asks a cluster. The code for a cluster is loaded only where one of
 * them is given.
 */
import { addConnectionFlags } from '../input/connection-flags.ts';
import { version } from '../../package/files.ts';
import type { Command } from 'commander';
import type { ConnectionFlags } from '../input/connection-flags.ts';

export interface PodFlags extends ConnectionFlags {
  readonly namespace?: string;
  readonly selector?: string;
  readonly all?: boolean;
  readonly container?: string;
  readonly image: string;
  readonly exec?: boolean;
  readonly watch?: string;
  readonly every?: string;
  readonly force?: boolean;
  readonly timeout: string;
  readonly merge?: string;
  readonly push?: boolean;
  readonly output: 'yaml' | 'json';
}

/** Adds the flags. */
export function addPodFlags(command: Command): Command {
  command
    .option('-n, --namespace <name>', 'look at running pods of the cluster, in this namespace')
    .option('-l, --selector <selector>', 'all pods of the namespace with these labels')
    .option('--all', 'all pods of the namespace')
    .option('-c, --container <name>', 'the container, where a pod has several')
    .option('--image <image>', 'the image of the helper', `ghcr.io/lithopod/lithopod:${version()}`)
    .option('--exec', 'by the image’s own sh, find and stat, and no ephemeral container')
    .option('--watch <duration>', 'let the helper stay for so long, and look again and again')
    .option('--every <duration>', 'the pause between its looks (default: 10m)')
    .option('--force', 'also where the pod has little memory')
    .option('--timeout <seconds>', 'how long to wait for the helper of each pod', '90')
    .option('--merge <file>', 'print this profile with what it lacks, comments kept')
    .option('--push', 'make or change the ImageProfile in the cluster, too');
  return addConnectionFlags(command);
}

/** Whether the operands are pods of a cluster. */
export function asksCluster(flags: PodFlags): boolean {
  const { namespace, selector, all, container, context, kubeconfig } = flags;
  return [namespace, selector, all, container, context, kubeconfig].some(
    (flag) => flag !== undefined,
  );
}
