/** `lithopod explain -n NAMESPACE POD`: the form for pods of a cluster. */
import { readConnection } from '../../cluster/kubeconfig.ts';
import { openPodReader } from '../../cluster/pod-reader.ts';
import { environment } from '../../config.ts';
import { catalogueOf, policyOf } from '../input/policy-flags.ts';
import { podExplanationText } from '../report/pod-explanation-text.ts';
import { podExplanationOf } from '../report/pod-explanation.ts';
import { printProblems } from '../terminal/problems.ts';
import { podName } from './explain-form.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Problem } from '../../core/values/result.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { PodExplanation } from '../report/pod-explanation.ts';
import type { Io } from '../terminal/io.ts';
import type { ClusterFlags } from './explain-form.ts';

interface ExplainPodFlags extends ClusterFlags, PolicyFlags {
  readonly output: 'text' | 'json';
}

/** Explains the pods that the operands name. Exit code 0, or 2 where one cannot be read. */
export async function explainPods(
  operands: readonly string[],
  flags: ExplainPodFlags,
  io: Io,
): Promise<number> {
  if (operands.length === 0) return printProblems([{ message: 'name a pod to explain' }], io);
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const namespace = flags.namespace ?? connection.value.namespace;
  return explainPodsOf(openPodReader(connection.value), namespace, operands, flags, io);
}

/** `explainPods` with the given reader of the cluster, in the given namespace. */
export async function explainPodsOf(
  reader: PodReader,
  namespace: string,
  operands: readonly string[],
  flags: ExplainPodFlags,
  io: Io,
): Promise<number> {
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const explanations: PodExplanation[] = [];
  const problems: Problem[] = [];
  for (const name of new Set(operands.map(podName))) {
    const question = { namespace, name, container: flags.container };
    const explanation = await podExplanationOf(question, reader, catalogue.value, policyOf(flags));
    if (explanation.ok) explanations.push(explanation.value);
    else problems.push(...explanation.problems);
  }
  if (explanations.length > 0) io.stdout(textOf(explanations, flags.output, io));
  return problems.length > 0 ? printProblems(problems, io) : 0;
}

function textOf(
  explanations: readonly PodExplanation[],
  output: ExplainPodFlags['output'],
  io: Io,
): string {
  if (output === 'json') return `${JSON.stringify({ version: 1, pods: explanations }, null, 2)}\n`;
  const style = { colour: io.colour.stdout, columns: io.columns };
  return explanations.map((each) => podExplanationText(each, style)).join('\n');
}
