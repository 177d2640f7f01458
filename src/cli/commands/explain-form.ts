/**
 * Which form of `explain` the command line asks for: files, or pods of a cluster. The code for a
 * cluster is loaded only for the second form.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';

/** The flags for pods of a cluster. */
export interface ClusterFlags {
  readonly namespace?: string;
  readonly container?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** Adds the flags by which `explain` asks a cluster instead of reading files. */
export function addClusterFlags(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'explain pods of the cluster, in this namespace')
    .option('-c, --container <name>', 'of a pod of the cluster, only this container')
    .option('--context <name>', 'the context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'the kubeconfig (default: as kubectl finds it)');
}

const podOperand = /^(?:po|pods?)\/([^/]+)$/;

/**
 * Whether the command line means pods of a cluster: it has one of the flags for a cluster, or an
 * operand `pod/NAME` that is not a file.
 */
export function asksCluster(operands: readonly string[], flags: ClusterFlags): boolean {
  const { namespace, container, context, kubeconfig } = flags;
  if ([namespace, container, context, kubeconfig].some((flag) => flag !== undefined)) return true;
  return operands.some((operand) => podOperand.test(operand) && !existsSync(operand));
}

/** The pod's name in an operand: `web` for `pod/web` and for `web`. */
export function podName(operand: string): string {
  return podOperand.exec(operand)?.[1] ?? operand;
}
