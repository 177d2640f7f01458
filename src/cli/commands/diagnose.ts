/**
 * `lithopod diagnose`: reads a crash log, and prints the cause and the lines of a profile as fix.
 */
import { Option } from 'commander';
import { diagnose } from '../../core/diagnose/diagnose.ts';
import { harden } from '../../core/harden.ts';
import { makeContext, wholePod } from '../../core/context/context.ts';
import { diagnosisLines, suggestionLines } from '../report/diagnosis-text.ts';
import { imagesOf, suggestionFor } from '../report/suggested-profile.ts';
import { printProblems } from '../terminal/problems.ts';
import { addPolicyFlags, catalogueOf, policyOf } from '../input/policy-flags.ts';
import { readSources } from '../input/sources.ts';
import type { Command } from 'commander';
import type { Catalogue, Match } from '../../core/catalogue/match/catalogue.ts';
import type { CrashSite, Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Finish, Io } from '../terminal/io.ts';
import type { Suggestion } from '../report/suggested-profile.ts';
import type { PolicyFlags } from '../input/policy-flags.ts';

const outputs = ['text', 'json'] as const;

interface DiagnoseFlags extends PolicyFlags {
  readonly output: (typeof outputs)[number];
  readonly image?: string;
}

/**
 * What `diagnose -o json` prints. Fields may be added; none is removed or changes its meaning
 * while `version` is 1.
 */
export interface DiagnosisReport {
  readonly version: 1;
  readonly diagnoses: readonly Diagnosis[];
  /** The suggested profile: with `--image`, where a profile can fix something. */
  readonly mended?: Suggestion;
}

/** Adds the command `diagnose`. */
export function registerDiagnose(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('diagnose')
    .summary('tell from a crash log what is missing')
    .description(
      'Reads the log of a container that crashed, and shows which lines point to a path that is not writable, to an owner or to a capability, and the lines of a profile that fix it. For a pod of a cluster see lithopod explain -n NAMESPACE POD.',
    )
    .argument('[file...]', 'logs, or - for stdin (the default when piped)')
    .option(
      '--image <image>',
      'the image that ran, hardened by its profile: prints that profile with the fix',
    )
    .addOption(
      new Option('-o, --output <format>', 'how to tell it').choices(outputs).default('text'),
    )
    .addHelpText(
      'after',
      '\nFor example: kubectl logs --previous web | lithopod diagnose --image nginx:1.29',
    );
  addPolicyFlags(command).action(async (operands: readonly string[], flags: DiagnoseFlags) => {
    finish(await diagnoseCommand(operands, flags, io));
  });
}

async function diagnoseCommand(
  operands: readonly string[],
  flags: DiagnoseFlags,
  io: Io,
): Promise<number> {
  const [sources, catalogue] = await Promise.all([
    readSources(operands, io, {
      recursive: false,
      extensions: ['.log', '.txt'],
      lenient: true,
    }),
    catalogueOf(flags),
  ]);
  if (!sources.ok) return printProblems(sources.problems, io);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const log = sources.value.map(({ text }) => text).join('\n');
  const about =
    flags.image === undefined ? undefined : imageSite(flags.image, catalogue.value, flags);
  const diagnoses = diagnose(log, about?.site ?? { level: policyOf(flags).level });
  const suggestion =
    about &&
    (await suggestionFor(
      diagnoses,
      about.match,
      catalogue.value,
      `crash log of ${flags.image ?? ''}`,
    ));
  const report: DiagnosisReport = {
    version: 1,
    diagnoses,
    ...(suggestion && { mended: suggestion }),
  };
  io.stdout(flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : text(report, io));
  return 0;
}

/** A container of the image, hardened as by the webhook, for `diagnose` to look at. */
function imageSite(
  image: string,
  catalogue: Catalogue,
  flags: PolicyFlags,
): { readonly site: CrashSite; readonly match: Match } {
  const policy = policyOf(flags);
  const plain: Pod = { spec: { containers: [{ name: 'main', image }] } };
  const { pod } = harden(plain, catalogue, policy);
  const container = pod.spec.containers[0] ?? { name: 'main', image };
  const { match, profile } = makeContext(pod, catalogue, policy, wholePod).profileOf(container);
  const { level } = policy;
  return { site: { pod, container, profile, images: imagesOf(match), level }, match };
}

function text({ diagnoses, mended: suggestion }: DiagnosisReport, io: Io): string {
  if (diagnoses.length === 0) return 'No line points to a path, an owner or a capability.\n';
  const style = { colour: io.colour.stdout, columns: io.columns };
  const parts = diagnoses.map((diagnosis) => diagnosisLines(diagnosis, 0, style).join('\n'));
  if (suggestion !== undefined) parts.push(suggestionLines(suggestion, style).join('\n'));
  return `${parts.join('\n\n')}\n`;
}
