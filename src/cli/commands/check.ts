/** `lithopod check`: reports what hardening would change, and writes nothing. */
import { Option } from 'commander';
import { checkText, objectBlocks } from '../report/check-text.ts';
import { fileReport, reportOf } from '../report/findings.ts';
import { hardenInputs } from '../input/hardening.ts';
import { printProblems } from '../terminal/problems.ts';
import { addPolicyFlags } from '../input/policy-flags.ts';
import type { Command } from 'commander';
import type { CheckReport } from '../report/findings.ts';
import type { InputFlags } from '../input/hardening.ts';
import type { Finish, Io } from '../terminal/io.ts';

const outputs = ['text', 'json'] as const;
const thresholds = ['changed', 'conflict', 'no-profile', 'none'] as const;

interface CheckFlags extends InputFlags {
  readonly output: (typeof outputs)[number];
  readonly failOn: (typeof thresholds)[number];
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
        '--fail-on <outcome>',
        'exit with 1 on changes and conflicts, on conflicts alone, on images without a profile alone, or never',
      )
        .choices(thresholds)
        .default('changed'),
    );
  addPolicyFlags(command)
    .addHelpText('after', outcomes)
    .action(async (operands: readonly string[], flags: CheckFlags) => {
      finish(await checkCommand(operands, flags, io));
    });
}

const outcomes = `
Outcomes:
  changed   weaker than the level asks; hardening mends it
  conflict  weaker than the level asks; only the manifest's author can fix it
  skipped   left as it is on purpose`;

async function checkCommand(
  operands: readonly string[],
  flags: CheckFlags,
  io: Io,
): Promise<number> {
  const style = { colour: io.colour.stdout, columns: io.columns };
  const blocks: string[] = [];
  const inputs = await hardenInputs(operands, flags, io, (file) => {
    if (flags.output === 'text') blocks.push(...objectBlocks(file, style));
    return fileReport(file);
  });
  if (!inputs.ok) return printProblems(inputs.problems, io);
  const { results, policy } = inputs.value;
  const report = reportOf(results, policy.level);
  io.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : checkText(blocks, report, style),
  );
  return fails(report, flags.failOn) ? 1 : 0;
}

/**
 * Whether the report reaches the threshold. A conflict is worse than a change, so the threshold
 * `changed` includes conflicts. An image without a profile is neither.
 */
function fails({ summary, findings }: CheckReport, threshold: CheckFlags['failOn']): boolean {
  switch (threshold) {
    case 'changed':
      return summary.changed > 0 || summary.findings.conflict > 0;
    case 'conflict':
      return summary.findings.conflict > 0;
    case 'no-profile':
      return findings.some(({ code }) => code === 'no-profile' || code === 'unprofiled-skipped');
    case 'none':
      return false;
  }
}
