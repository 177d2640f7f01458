/** `lithopod explain -n NAMESPACE [POD]`: the form for pods of a cluster. */
import { readConnection } from '../../cluster/kubeconfig.ts';
import { openPodReader } from '../../cluster/pod-reader.ts';
import { podKind } from '../../cluster/workload-kinds.ts';
import { podsOfWorkload, tellingPod } from '../../cluster/workload-pods.ts';
import { environment } from '../../config.ts';
import { failure, success } from '../../core/values/result.ts';
import { catalogueOf, policyOf } from '../input/policy-flags.ts';
import { namespaceOverviewText } from '../report/namespace-overview-text.ts';
import { namespaceOverviewOf } from '../report/namespace-overview.ts';
import { podExplanationText } from '../report/pod-explanation-text.ts';
import { podExplanationOf } from '../report/pod-explanation.ts';
import { printable } from '../terminal/columns.ts';
import { printProblems } from '../terminal/problems.ts';
import { namedBy } from './explain-form.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { PodExplanation } from '../report/pod-explanation.ts';
import type { Io } from '../terminal/io.ts';
import type { ClusterFlags, Named } from './explain-form.ts';

interface ExplainPodFlags extends ClusterFlags, PolicyFlags {
  readonly output: 'text' | 'json';
}

/**
 * Explains the pods that the operands name; without one, gives an overview of the namespace. Exit
 * code 0, or 2 where something cannot be read.
 */
export async function explainPods(
  operands: readonly string[],
  flags: ExplainPodFlags,
  io: Io,
): Promise<number> {
  const connection = readConnection(flags, environment);
  if (!connection.ok) return printProblems(connection.problems, io);
  const namespace = flags.namespace ?? connection.value.namespace;
  const reader = openPodReader(connection.value);
  return operands.length === 0
    ? explainNamespace(reader, namespace, flags, io)
    : explainPodsOf(reader, namespace, operands, flags, io);
}

async function explainNamespace(
  reader: PodReader,
  namespace: string,
  flags: ExplainPodFlags,
  io: Io,
): Promise<number> {
  if (flags.container !== undefined) {
    return printProblems([{ message: '--container needs the name of a pod' }], io);
  }
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const read = await namespaceOverviewOf(namespace, reader, catalogue.value, policyOf(flags));
  if (!read.ok) return printProblems(read.problems, io);
  const overview = read.value;
  io.stdout(
    flags.output === 'json'
      ? `${JSON.stringify({ version: 1, overview }, null, 2)}\n`
      : namespaceOverviewText(overview, { colour: io.colour.stdout, columns: io.columns }),
  );
  return 0;
}

/** `explainPods` with the given reader of the cluster, in the given namespace. */
export async function explainPodsOf(
  reader: PodReader,
  namespace: string,
  operands: readonly string[],
  flags: ExplainPodFlags,
  io: Io,
): Promise<number> {
  const named = namedBy(operands);
  if (!named.ok) return printProblems(named.problems, io);
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const explanations: PodExplanation[] = [];
  const problems: Problem[] = [];
  for (const each of named.value) {
    const pod = await podNameOf(each, reader, namespace, io);
    if (!pod.ok) {
      problems.push(...pod.problems);
      continue;
    }
    const question = { namespace, name: pod.value, container: flags.container };
    const explanation = await podExplanationOf(question, reader, catalogue.value, policyOf(flags));
    if (explanation.ok) explanations.push(explanation.value);
    else problems.push(...explanation.problems);
  }
  if (explanations.length > 0) io.stdout(textOf(explanations, flags.output, io));
  return problems.length > 0 ? printProblems(problems, io) : 0;
}

/** The pod to explain: of a workload the one that tells most. */
async function podNameOf(
  { kind, name }: Named,
  reader: PodReader,
  namespace: string,
  io: Io,
): Promise<Result<string>> {
  if (kind === podKind) return success(name);
  const pods = await podsOfWorkload(reader, namespace, kind, name);
  if (!pods.ok) return pods;
  const pod = tellingPod(pods.value);
  if (pod === undefined) {
    return failure({
      message: `${kind.kind}/${name} has no pod in the namespace "${namespace}"; events may say why: kubectl -n ${namespace} get events --field-selector reason=FailedCreate`,
    });
  }
  if (pods.value.length > 1) {
    io.stderr(
      `${printable(`${kind.kind}/${name}`)} has ${pods.value.length} pods; explained is pod/${printable(pod)}, which was restarted most or is the newest.\n`,
    );
  }
  return success(pod);
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
