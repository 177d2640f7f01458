/** `lithopod review`: reads one AdmissionReview, and prints the response of the webhook to it. */
import { messageOf } from '../../error.ts';
import { Option } from 'commander';
import { isTooDeep } from '../../admission/review-text.ts';
import { modes } from '../../admission/routes.ts';
import { review } from '../../admission/answer-review.ts';
import { printProblems } from '../terminal/problems.ts';
import { addPolicyFlags, catalogueOf, policyOf } from '../input/policy-flags.ts';
import { readSources } from '../input/sources.ts';
import type { Command } from 'commander';
import type { Mode } from '../../admission/routes.ts';
import type { ReviewResult } from '../../admission/answer-review.ts';
import type { Result } from '../../core/values/result.ts';
import type { Finish, Io } from '../terminal/io.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';
import type { Source } from '../input/sources.ts';

interface ReviewFlags extends PolicyFlags {
  readonly mode: Mode;
}

/** Adds the command `review`. */
export function registerReview(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('review')
    .summary('answer one AdmissionReview as the webhook would')
    .description(
      'Reads one AdmissionReview (admission.k8s.io/v1, JSON) and prints the AdmissionReview that the webhook would answer.',
    )
    .argument('[file]', 'a file, or - for stdin (the default when piped)')
    .addOption(
      new Option('--mode <mode>', 'the namespace label to answer for')
        .choices(modes)
        .default('enforce'),
    );
  addPolicyFlags(command).action(async (operand: string | undefined, flags: ReviewFlags) => {
    finish(await reviewCommand(operand, flags, io));
  });
}

async function reviewCommand(
  operand: string | undefined,
  flags: ReviewFlags,
  io: Io,
): Promise<number> {
  const [sources, catalogue] = await Promise.all([
    readSources(operand === undefined ? [] : [operand], io, { recursive: false, extensions: [] }),
    catalogueOf(flags),
  ]);
  if (!sources.ok) return printProblems(sources.problems, io);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const [source] = sources.value;
  if (source === undefined) return printProblems([{ message: 'nothing to read' }], io);
  const body = parseJson(source);
  if (!body.ok) return printProblems(body.problems, io);
  const { level, ...policy } = policyOf(flags);
  const route = { mode: flags.mode, level, mistyped: false };
  const result = reviewOf(source.text, () => review(body.value, route, catalogue.value, policy));
  if (result.outcome === 'unreadable') {
    return printProblems([{ file: source.name, message: result.reason }], io);
  }
  io.stdout(`${JSON.stringify(result.response, null, 2)}\n`);
  return 0;
}

/** Runs `work`. As in the webhook, text that nests too deep for the stack is `unreadable`. */
function reviewOf(text: string, work: () => ReviewResult): ReviewResult {
  try {
    return work();
  } catch (error) {
    if (!isTooDeep(error, text)) throw error;
    return { outcome: 'unreadable', reason: 'the body nests too deep' };
  }
}

function parseJson({ name, text }: Source): Result<unknown> {
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown };
  } catch (error) {
    const reason = messageOf(error);
    return { ok: false, problems: [{ file: name, message: `is not JSON: ${reason}` }] };
  }
}
