/**
 * Prints problems and warnings on stderr, one per line, with the place first: a form that editors
 * and compilers share.
 */
import pc from 'picocolors';
import { formatPlace } from '../../core/values/result.ts';
import type { Place, Problem } from '../../core/values/result.ts';
import type { Io } from './io.ts';
import { printable } from './columns.ts';

/** Where messages go. */
export type ErrorOutput = Pick<Io, 'stderr' | 'colour'>;

/** Prints every problem as an error. Returns the exit code for unreadable input. */
export function printProblems(problems: readonly Problem[], io: ErrorOutput): 2 {
  const { red } = pc.createColors(io.colour.stderr);
  for (const problem of problems) writeLine(problem, red('error:'), messageWithPath(problem), io);
  return 2;
}

/** Prints a warning; it does not change the exit code. */
export function printWarning(place: Place, message: string, io: ErrorOutput): void {
  const { yellow } = pc.createColors(io.colour.stderr);
  writeLine(place, yellow('warning:'), message, io);
}

function writeLine(place: Place, label: string, message: string, io: ErrorOutput): void {
  const at = formatPlace(place);
  io.stderr(`${at === '' ? '' : `${printable(at)}: `}${label} ${printable(message)}\n`);
}

function messageWithPath({ path, message }: Problem): string {
  return path === undefined || path === '' ? message : `${path}: ${message}`;
}
