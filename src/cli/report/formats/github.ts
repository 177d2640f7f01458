/** Commands of GitHub Actions' log, which become annotations of a pull request. */
import { openResults } from '../machine-result.ts';
import type { MachineResult, MachineResults } from '../machine-result.ts';

const commands = { error: 'error', warning: 'warning', note: 'notice' } as const;

/**
 * A line for each result that is not suppressed. GitHub shows ten errors, ten warnings and ten
 * notices of a step, so the gravest come first.
 */
export function github({ results, summary, title }: MachineResults): string {
  const lines = openResults(results).map(line);
  return `${[...lines, `${title}: ${escapeData(summary)}`].join('\n')}\n`;
}

function line(result: MachineResult): string {
  const { file, line, column, rule, subject, severity, message } = result;
  const properties = [
    // Of stdin there is no file to show it in.
    ...(file.startsWith('<') ? [] : [`file=${escapeProperty(file)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    ...(column === undefined ? [] : [`col=${column}`]),
    `title=${escapeProperty(`Lithopod: ${rule}`)}`,
  ];
  const text = subject === undefined ? message : `${subject}: ${message}`;
  return `::${commands[severity]} ${properties.join(',')}::${escapeData(text)}`;
}

/** A text in a file must not end the line and begin a command of its own. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
