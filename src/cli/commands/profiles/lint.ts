/** `lithopod profiles lint`: checks files of profiles. */
import { entriesOf, loadCatalogue } from '../../../profile-files/catalogue-files.ts';
import { buildCatalogue } from '../../../core/catalogue/match/catalogue.ts';
import { parseFile } from '../../../core/catalogue/parse/parse.ts';
import { formatProblem } from '../../../core/values/result.ts';
import { count, printable } from '../../terminal/columns.ts';
import { lintReportOf } from '../../report/lint-report.ts';
import { formats } from '../../report/machine-result.ts';
import { printProblems } from '../../terminal/problems.ts';
import { readProfileSources } from './profile-sources.ts';
import type { CatalogueEntry } from '../../../core/catalogue/match/catalogue.ts';
import type { LintFinding, LintReport } from '../../report/lint-report.ts';
import type { Problem } from '../../../core/values/result.ts';
import type { Io } from '../../terminal/io.ts';
import type { Source } from '../../input/sources.ts';

export const lintOutputs = ['text', 'json', ...formats] as const;

export interface LintFlags {
  readonly output: (typeof lintOutputs)[number];
  readonly quiet?: boolean;
}

/**
 * Prints each problem of each file on stdout, and on stderr how many profiles were checked. Gives
 * the exit code: 1 where there is a problem, 2 where a file cannot be read. Hints do not change
 * it.
 *
 * It refuses exactly the files that `serve --profiles` would refuse. So profiles that have no
 * problem alone are also checked together: two with one name, or with patterns of which neither is
 * more specific, would keep the webhook from starting.
 */
export async function lintProfiles(
  operands: readonly string[],
  flags: LintFlags,
  io: Io,
): Promise<number> {
  const sources = await readProfileSources(operands, io);
  if (!sources.ok) return printProblems(sources.problems, io);
  const entries: CatalogueEntry[] = [];
  const problems: Problem[] = [];
  const hints: Problem[] = [];
  for (const { name, text } of sources.value) {
    const parsed = parseFile(text, name);
    if (parsed.ok) hints.push(...parsed.value.hints);
    const read = entriesOf(parsed, name, 'directory');
    if (read.ok) entries.push(...read.value);
    else problems.push(...read.problems);
  }
  const together = await problemsTogether(entries);
  problems.push(...together.map((problem) => ({ ...problem, lint: 'together' })));
  const told = summary(sources.value, entries, problems, hints);
  const report = lintReportOf(sources.value, entries.length, problems, hints);
  if (flags.quiet !== true) io.stdout(await textOf(report, told, flags));
  io.stderr(told);
  return problems.length > 0 ? 1 : 0;
}

async function textOf(
  report: LintReport,
  told: string,
  { output }: Pick<LintFlags, 'output'>,
): Promise<string> {
  if (output === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  if (output === 'text') return report.findings.map(findingLine).join('');
  const [{ lintResults }, { formatResults }, { version }] = await Promise.all([
    import('../../report/lint-results.ts'),
    import('../../report/formats/index.ts'),
    import('../../../package/files.ts'),
  ]);
  return formatResults(lintResults(report, told.trim(), version()), output);
}

function findingLine({ severity, detail, ...place }: LintFinding): string {
  const message = severity === 'error' ? detail : `hint: ${detail}`;
  return `${printable(formatProblem({ ...place, message }))}\n`;
}

async function problemsTogether(entries: readonly CatalogueEntry[]): Promise<readonly Problem[]> {
  const builtin = await loadCatalogue();
  // The built-in catalogue brings the profile `default`, without which no catalogue is complete.
  if (!builtin.ok) return builtin.problems;
  const together = buildCatalogue([...builtin.value.profiles, ...entries]);
  return together.ok ? [] : together.problems;
}

function summary(
  sources: readonly Source[],
  entries: readonly CatalogueEntry[],
  problems: readonly Problem[],
  hints: readonly Problem[],
): string {
  const files = count(sources.length, 'file');
  const beside = hints.length === 0 ? '' : `, ${count(hints.length, 'hint')}`;
  return problems.length === 0
    ? `${files} checked: ${count(entries.length, 'profile')}, no problem${beside}\n`
    : `${files} checked: ${count(problems.length, 'problem')}${beside}\n`;
}
