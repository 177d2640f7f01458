/** `lithopod check`: reports what hardening would change, and writes nothing. */
import { Option } from 'commander';
import { checkText, objectBlock } from '../report/check-text.ts';
import { fileReport, reportOf } from '../report/findings.ts';
import { formatResults } from '../report/formats/index.ts';
import { formats } from '../report/machine-result.ts';
import { fails, thresholds } from '../report/threshold.ts';
import { addFileFlags } from '../input/file-flags.ts';
import { hardenInputs } from '../input/hardening.ts';
import { success } from '../../core/values/result.ts';
import { count } from '../terminal/columns.ts';
import { printProblems, printWarning } from '../terminal/problems.ts';
import { printUnread } from '../report/unread.ts';
import { addKindsFlag, addPolicyFlags } from '../input/policy-flags.ts';
import { thresholdParser } from '../input/threshold-flag.ts';
import type { Command } from 'commander';
import type { CheckReport } from '../report/findings.ts';
import type { InputFlags } from '../input/hardening.ts';
import type { Result } from '../../core/values/result.ts';
import type { Baseline } from '../report/baseline.ts';
import type { Threshold } from '../report/threshold.ts';
import type { Finish, Io } from '../terminal/io.ts';

const outputs = ['text', 'json', ...formats] as const;

interface CheckFlags extends InputFlags {
  readonly output: (typeof outputs)[number];
  readonly failOn: readonly Threshold[];
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** Adds the command `check`. */
export function registerCheck(program: Command, io: Io, finish: Finish): void {
  const command = program
    .command('check')
    .summary('tell what hardening would change')
    .description(
      'Tells what hardening would change in every pod and pod template, and what it could not mend. It is `harden` with the outcome thrown away, so the two never disagree.',
    )
    .argument('[file...]', 'files, directories, or - for stdin (the default when piped)')
    .option('-R, --recursive', 'look below given directories too')
    .option('--no-progress', 'show no progress bar on a terminal')
    .addOption(
      new Option('-o, --output <format>', 'how to tell it').choices(outputs).default('text'),
    )
    .addOption(
      new Option(
        '--fail-on <outcomes>',
        `what to exit with 1 on, one or several with commas: ${thresholds.join(', ')}`,
      )
        .argParser(thresholdParser(thresholds, defaultThresholds))
        .default(defaultThresholds, 'changed'),
    );
  addFindingFlags(command);
  addPolicyFlags(addKindsFlag(addFileFlags(command)))
    .addHelpText('after', outcomes)
    .action(async (operands: readonly string[], flags: CheckFlags) => {
      finish(await checkCommand(operands, flags, io));
    });
}

const outcomes = `
Outcomes:
  changed   weaker than the level asks; hardening mends it
  conflict  weaker than the level asks; only the manifest's author can fix it
  skipped   left as it is on purpose

--fail-on:
  changed       changes and conflicts
  conflict      conflicts alone
  no-profile    images without a profile
  unknown-kind  objects that look as if they held containers and were not looked into
  none          nothing`;

const defaultThresholds: readonly Threshold[] = ['changed'];

function addFindingFlags(command: Command): void {
  command
    .option('--baseline <file>', 'let pass what is in this file, so that only what is new fails')
    .option('--write-baseline <file>', 'write what is found to this file, and let it pass')
    .option('-q, --quiet', 'print nothing on stdout: the exit code tells');
}

async function checkCommand(
  operands: readonly string[],
  flags: CheckFlags,
  io: Io,
): Promise<number> {
  const style = { colour: io.colour.stdout, columns: io.columns };
  const isText = flags.output === 'text' && flags.quiet !== true;
  const baseline = await baselineOf(flags);
  if (!baseline.ok) return printProblems(baseline.problems, io);
  const known = baseline.value;
  const now = Date.now();
  const blocks: string[] = [];
  const read = { ...flags, compose: true };
  const inputs = await hardenInputs(operands, read, io, (file, { catalogue }) =>
    fileReport(file, { catalogue, known, now }, (object, open) => {
      const block = isText ? objectBlock(object, open, style) : '';
      if (block !== '') blocks.push(block);
    }),
  );
  if (!inputs.ok) return printProblems(inputs.problems, io);
  const { results, policy, problems, unread } = inputs.value;
  const report = reportOf(results, policy.level, { problems, unread });
  if (flags.quiet !== true && (results.length > 0 || !isText)) {
    io.stdout(isText ? checkText(blocks, report, style) : await machineText(report, flags));
  }
  printUnread(inputs.value, io);
  tellOfSuppressions(report, known, io);
  if (problems.length > 0) return printProblems(problems, io);
  if (flags.writeBaseline !== undefined) {
    await writeBaseline(flags.writeBaseline, report, io);
    return 0;
  }
  return fails(report, flags.failOn) ? 1 : 0;
}

async function baselineOf({ baseline }: CheckFlags): Promise<Result<Baseline | undefined>> {
  if (baseline === undefined) return success(undefined);
  return (await import('../report/baseline.ts')).readBaseline(baseline);
}

async function machineText(
  report: CheckReport,
  { output, failOn }: Pick<CheckFlags, 'output' | 'failOn'>,
): Promise<string> {
  if (output === 'json' || output === 'text') return `${JSON.stringify(report, null, 2)}\n`;
  const [{ checkResults }, { version }] = await Promise.all([
    import('../report/check-results.ts'),
    import('../../package/files.ts'),
  ]);
  return formatResults(checkResults(report, failOn, version()), output);
}

/** A comment that ignores nothing, or a baseline that is too large, hides what comes later. */
function tellOfSuppressions(report: CheckReport, known: Baseline | undefined, io: Io): void {
  for (const { state, detail, ...place } of report.ignores) {
    if (state !== 'used') printWarning(place, detail, io);
  }
  const gone = known?.counts.gone ?? 0;
  if (gone > 0) {
    io.stderr(
      `${count(gone, 'finding')} of the baseline ${gone === 1 ? 'is' : 'are'} gone: --write-baseline takes ${gone === 1 ? 'it' : 'them'} out\n`,
    );
  }
}

async function writeBaseline(path: string, report: CheckReport, io: Io): Promise<void> {
  const [{ baselineFindings, baselineText }, { writeWholeFile }] = await Promise.all([
    import('../report/baseline.ts'),
    import('../terminal/write-files.ts'),
  ]);
  const findings = baselineFindings(report);
  await writeWholeFile(path, baselineText(path, findings, report.level));
  io.stderr(`${count(findings.length, 'finding')} written to ${path}\n`);
}
