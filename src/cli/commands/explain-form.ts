/**
 * Which form of `explain` the command line asks for: files, or pods of a cluster. The code for a
 * cluster is loaded only for the second form.
 */
import { existsSync } from 'node:fs';
import { kindByName, kindNames, podKind } from '../../cluster/workload-kinds.ts';
import { failure, success } from '../../core/values/result.ts';
import { addConnectionFlags } from '../input/connection-flags.ts';
import type { Command } from 'commander';
import type { WorkloadKind } from '../../cluster/workload-kinds.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { ConnectionFlags } from '../input/connection-flags.ts';

/** The flags for pods of a cluster. */
export interface ClusterFlags extends ConnectionFlags {
  readonly namespace?: string;
  readonly container?: string;
}

/** Adds the flags by which `explain` asks a cluster instead of reading files. */
export function addClusterFlags(command: Command): Command {
  return addConnectionFlags(
    command
      .option('-n, --namespace <name>', 'explain pods of the cluster, in this namespace')
      .option('-c, --container <name>', 'of a pod of the cluster, only this container'),
  );
}

const operandWithKind = /^([A-Za-z0-9.-]+)\/([^/]+)$/;

/** What an operand names in the cluster. */
export interface Named {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/**
 * Whether the command line means pods of a cluster: it has one of the flags for a cluster, or an
 * operand such as `pod/NAME` or `deploy/NAME` that is not a file.
 */
export function asksCluster(operands: readonly string[], flags: ClusterFlags): boolean {
  const { namespace, container, context, kubeconfig } = flags;
  if ([namespace, container, context, kubeconfig].some((flag) => flag !== undefined)) return true;
  return operands.some((operand) => {
    const [, kind = ''] = operandWithKind.exec(operand) ?? [];
    return kindByName(kind) !== undefined && !existsSync(operand);
  });
}

/**
 * The operands as kubectl reads them: `web` and `pod/web` are a pod, `deploy/web` and `deployments
 * web` a Deployment. Each once. Refused: a kind that is not known here.
 */
export function namedBy(operands: readonly string[]): Result<readonly Named[]> {
  const [first = '', ...others] = operands;
  const kind = kindByName(first);
  if (kind !== undefined && others.length > 0 && others.every((each) => !each.includes('/'))) {
    return success([...new Set(others)].map((name) => ({ kind, name })));
  }
  const named = new Map<string, Named>();
  const problems: Problem[] = [];
  for (const operand of operands) {
    const read = nameIn(operand);
    if (read === undefined) {
      const message = `${operand} is of no kind that leads to pods: give a name, or KIND/NAME with ${kindNames.join(', ')}`;
      problems.push({ message });
    } else named.set(`${read.kind.kind}/${read.name}`, read);
  }
  return problems.length > 0 ? failure(...problems) : success([...named.values()]);
}

function nameIn(operand: string): Named | undefined {
  if (!operand.includes('/')) return { kind: podKind, name: operand };
  const [, written = '', name = ''] = operandWithKind.exec(operand) ?? [];
  const kind = kindByName(written);
  return kind && { kind, name };
}
