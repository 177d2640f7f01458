/** The checks of an installation as text for a terminal. */
import pc from 'picocolors';
import { printable } from '../terminal/columns.ts';
import type { Check, CheckState } from '../../status/checks.ts';
import type { Io } from '../terminal/io.ts';

/** Of the details of a check, those that are printed; JSON has all. */
const maxDetails = 20;

const marks: Readonly<Record<CheckState, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  unknown: 'unknown',
};

/** A line for each check, its details below it. */
export function statusText(checks: readonly Check[], { colour }: Pick<Io, 'colour'>): string {
  const { green, yellow, red, dim } = pc.createColors(colour.stdout);
  const paint = { ok: green, warning: yellow, failed: red, unknown: yellow };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const markWidth = Math.max(...Object.values(marks).map(({ length }) => length));
  return checks
    .flatMap(({ name, state, summary, details }) => {
      const mark = paint[state](marks[state].padEnd(markWidth));
      const shown = details.slice(0, maxDetails).map((line) => `    ${printable(line)}`);
      const rest = details.length - shown.length;
      return [
        `${mark}  ${name.padEnd(width)}  ${printable(summary)}`,
        ...shown,
        ...(rest > 0 ? [dim(`    and ${rest} more (-o json has all)`)] : []),
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}
