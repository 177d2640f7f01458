/**
 * `lithopod explain`: prints the image, profile, writable paths and rules of each container, each
 * with its reason.
 */
import { Option } from 'commander';
import { addClusterFlags, asksCluster } from './explain-form.ts';
import { explainText } from '../report/explain-text.ts';
import { explainFile } from '../report/explanation.ts';
import { hardenInputs } from '../input/hardening.ts';
import { printProblems } from '../terminal/problems.ts';
import { printUnread } from '../report/unread.ts';
import { addFileFlags } from '../input/file-flags.ts';
import { addKindsFlag, addPolicyFlags } from '../input/policy-flags.ts';
import type { Command } from 'commander';
import type { Explanation } from '../report/explanation.ts';
import type { InputFlags } from '../input/hardening.ts';
import type { ClusterFlags } from './explain-form.ts';
import type { Finish, Io } from '../terminal/io.ts';

const outputs = ['text', 'json'] as const;

interface ExplainFlags extends InputFlags, ClusterFlags {
  readonly output: (typeof outputs)[number];
}

/** Adds the command `explain`. */
export function registerExplain(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('explain')
    .summary('tell why, container by container')
    .description(
      'Tells for every container which profile its image has, where each path that the image must write to ends up, and what each rule finds and is for.\n\nWith a namespace alone it lists its pods: who made each, whether it is mutable and why, and its profiles. With a namespace and a name, or for pod/NAME, deploy/NAME and their like, it asks the cluster: what was changed in the pod and taken from what its controller asks for, or why it is mutable, how it runs, which lines of its logs point to a path, an owner or a capability, and the profile that mends it. It only reads.',
    )
    .argument(
      '[file...]',
      'files, directories, or - for stdin (the default when piped); with -n names of pods, pod/NAME, deploy/NAME, sts/NAME, ds/NAME, job/NAME, cj/NAME, or nothing for an overview',
    )
    .option('-R, --recursive', 'look below given directories too')
    .option('--no-progress', 'show no progress bar on a terminal')
    .addOption(
      new Option('-o, --output <format>', 'how to tell it').choices(outputs).default('text'),
    );
  addPolicyFlags(addKindsFlag(addClusterFlags(addFileFlags(command)))).action(
    async (operands: readonly string[], flags: ExplainFlags) => {
      finish(await explainCommand(operands, flags, io));
    },
  );
}

async function explainCommand(
  operands: readonly string[],
  flags: ExplainFlags,
  io: Io,
): Promise<number> {
  if (asksCluster(operands, flags)) {
    return (await import('./explain-pod.ts')).explainPods(operands, flags, io);
  }
  const inputs = await hardenInputs(operands, { ...flags, compose: true }, io, explainFile);
  if (!inputs.ok) return printProblems(inputs.problems, io);
  const { results, policy, problems, unread } = inputs.value;
  const objects = results.flat();
  const explanation: Explanation = { version: 1, level: policy.level, objects, unread, problems };
  const style = { colour: io.colour.stdout, columns: io.columns };
  if (flags.output === 'json') io.stdout(`${JSON.stringify(explanation, null, 2)}\n`);
  else if (results.length > 0) io.stdout(explainText(explanation, style));
  printUnread(inputs.value, io);
  return problems.length > 0 ? printProblems(problems, io) : 0;
}
