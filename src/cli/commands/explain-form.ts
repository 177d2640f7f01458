/**
 * Which of its two forms `explain` is asked for: files, or pods of a cluster, whose code is loaded
 * only then.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';

export interface ClusterFlags {
  readonly namespace?: string;
  readonly container?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** The flags by which `explain` asks a cluster instead of reading files. */
export function addClusterFlags(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'explain pods of the cluster, in this namespace')
    .option('-c, --container <name>', 'of a pod of the cluster, only this container')
    .option('--context <name>', 'the context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'the kubeconfig (default: as kubectl finds it)');
}

const podOperand = /^(?:po|pods?)\/([^/]+)$/;

/**
 * Whether the command line means pods of a cluster: by one of the cluster's flags, or by `pod/NAME`
 * where no such file is.
 */
export function asksCluster(operands: readonly string[], flags: ClusterFlags): boolean {
  const { namespace, container, context, kubeconfig } = flags;
  if ([namespace, container, context, kubeconfig].some((flag) => flag !== undefined)) return true;
  return operands.some((operand) => podOperand.test(operand) && !existsSync(operand));
}

/** `pod/web` and `web` alike. */
export function podName(operand: string): string {
  return podOperand.exec(operand)?.[1] ?? operand;
}
