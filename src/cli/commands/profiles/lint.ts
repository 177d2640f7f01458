/** `lithopod profiles lint`: checks files of profiles. */
import { entriesOf, loadCatalogue } from '../../../profile-files/catalogue-files.ts';
import { buildCatalogue } from '../../../core/catalogue/match/catalogue.ts';
import { parseFile } from '../../../core/catalogue/parse/parse.ts';
import { formatProblem } from '../../../core/values/result.ts';
import { count, printable } from '../../terminal/columns.ts';
import { printProblems } from '../../terminal/problems.ts';
import { readProfileSources } from './profile-sources.ts';
import type { CatalogueEntry } from '../../../core/catalogue/match/catalogue.ts';
import type { Problem } from '../../../core/values/result.ts';
import type { Io } from '../../terminal/io.ts';
import type { Source } from '../../input/sources.ts';

/**
 * Prints each problem of each file on stdout, and on stderr how many profiles were checked. Gives
 * the exit code: 1 where there is a problem, 2 where a file cannot be read. Hints do not change
 * it.
 *
 * It refuses exactly the files that `serve --profiles` would refuse. So profiles that have no
 * problem alone are also checked together: two with one name, or with patterns of which neither is
 * more specific, would keep the webhook from starting.
 */
export async function lintProfiles(operands: readonly string[], io: Io): Promise<number> {
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
  problems.push(...(await problemsTogether(entries)));
  const reported = [
    ...problems,
    ...hints.map((hint) => ({ ...hint, message: `hint: ${hint.message}` })),
  ];
  for (const each of reported) io.stdout(`${printable(formatProblem(each))}\n`);
  io.stderr(summary(sources.value, entries, problems, hints));
  return problems.length > 0 ? 1 : 0;
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
