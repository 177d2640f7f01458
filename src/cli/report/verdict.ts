/** What `lithopod verify` found, as data and as text. */
import { diagnosisLines } from './diagnosis-text.ts';
import { shownList } from '../../core/values/text.ts';
import { printable, wrap } from '../terminal/columns.ts';
import type { Level } from '../../core/findings/finding.ts';
import type { Match } from '../../core/catalogue/match/catalogue.ts';
import type { Diagnosis } from '../../core/diagnose/diagnosis.ts';

/** One image that was run. */
export interface TriedImage {
  readonly image: string;
  readonly match: Match;
  readonly run: {
    readonly exitCode: number | undefined;
    readonly log: string;
    readonly exercise:
      | { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }
      | undefined;
    readonly seconds: number;
  };
  readonly diagnoses: readonly Diagnosis[];
  readonly writes: readonly string[];
  readonly works: boolean;
}

/**
 * What `verify -o json` prints. Fields may be added; none is removed or changes its meaning while
 * `version` is 1.
 */
export interface VerdictReport {
  readonly version: 1;
  readonly image: string;
  readonly level: Level;
  readonly profile: string;
  /** Whether the image works, and wants no path that the image of `--against` did not. */
  readonly passed: boolean;
  /** Whether it stayed up or ended well, and nothing was refused. */
  readonly works: boolean;
  /** One sentence. */
  readonly outcome: string;
  /** What the log points to. */
  readonly diagnoses: readonly Diagnosis[];
  /** Where it writes on a writable root, and the profile has no mount. */
  readonly writes: readonly string[];
  /** Of a run that failed: the last lines of its log. */
  readonly log: readonly string[];
  readonly against?: {
    readonly image: string;
    readonly works: boolean;
    /** What the image wants and that one did not. */
    readonly newPaths: readonly string[];
  };
}

const maxLines = 10;

/** The report of a trial, and of the one that it is compared with. */
export function verdictReport(
  trial: TriedImage,
  old: TriedImage | undefined,
  level: Level,
): VerdictReport {
  const before = new Set(old === undefined ? [] : pathsOf(old));
  const newPaths = old === undefined ? [] : pathsOf(trial).filter((path) => !before.has(path));
  return {
    version: 1,
    image: trial.image,
    level,
    profile: trial.match.profile.name,
    passed: trial.works && newPaths.length === 0,
    works: trial.works,
    outcome: outcomeOf(trial),
    diagnoses: trial.diagnoses,
    writes: trial.writes,
    log: trial.works ? [] : lastLines(trial.run.log),
    ...(old !== undefined && { against: { image: old.image, works: old.works, newPaths } }),
  };
}

/** Every path that was refused, or is written to in vain. */
function pathsOf({ diagnoses, writes }: TriedImage): readonly string[] {
  const refused = diagnoses.flatMap(({ cause, path }) =>
    path !== undefined && (cause === 'missing-mount' || cause === 'ownership') ? [path] : [],
  );
  return [...new Set([...refused, ...writes])].sort();
}

function outcomeOf({ run, works }: TriedImage): string {
  const { exitCode, exercise, seconds } = run;
  const time = `${Math.round(seconds)} s`;
  if (exercise !== undefined && exercise.code !== 0) {
    const why = lastLines(exercise.stderr || exercise.stdout).at(-1) ?? '';
    return `the exercise failed (exit code ${exercise.code ?? 'none'}): ${why}`;
  }
  if (exitCode === undefined) {
    return works ? `it ran for ${time}` : `it ran for ${time}, and writes were refused`;
  }
  if (exitCode !== 0) return `it ended with exit code ${exitCode} after ${time}`;
  return works ? `it ended well after ${time}` : `it ended well, and writes were refused`;
}

function lastLines(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-maxLines).map((line) => printable(line).slice(0, 300));
}

/** The report for people. */
export function verdictText(
  report: VerdictReport,
  style: { readonly colour: boolean; readonly columns: number | undefined },
): string {
  const { image, profile, level, passed, outcome, diagnoses, writes, log, against } = report;
  const parts: (readonly string[])[] = [
    [
      `${passed ? 'PASS' : 'FAIL'} ${printable(image)} under the profile ${profile} at ${level}`,
      ...wrap(`  ${outcome}`, style.columns),
    ],
    ...diagnoses.map((diagnosis) => diagnosisLines(diagnosis, 2, style)),
  ];
  if (diagnoses.length === 0 && log.length > 0) {
    parts.push(['  the end of its log:', ...log.map((line) => `  | ${line}`)]);
  }
  if (writes.length > 0) {
    parts.push([
      ...wrap(`  With a writable root it also writes to ${shownList(writes)}.`, style.columns),
    ]);
  }
  if (against !== undefined) parts.push(againstLines(against, style.columns));
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function againstLines(
  { image, works, newPaths }: NonNullable<VerdictReport['against']>,
  columns: number | undefined,
): readonly string[] {
  const state = works ? 'which works' : 'which does not work either';
  const paths = newPaths.length === 0 ? 'no new paths' : `new paths: ${shownList(newPaths)}`;
  return wrap(`  Compared with ${printable(image)}, ${state}: ${paths}`, columns);
}
