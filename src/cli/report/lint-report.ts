/** What `profiles lint` reports in every format. */
import { formatProblem } from '../../core/values/result.ts';
import { Fingerprints } from './fingerprints.ts';
import type { Problem } from '../../core/values/result.ts';
import type { Source } from '../input/sources.ts';

/** A problem or a hint. */
export interface LintFinding {
  readonly file: string;
  /** Absent where the file as a whole is meant. */
  readonly line?: number;
  readonly column?: number;
  /** `spec.writable[0].path`. */
  readonly path?: string;
  /** The same as a JSON pointer into the document. */
  readonly pointer?: string;
  /**
   * One of docs/lints.md; `yaml`: YAML cannot be read; `schema`: against the schema; `together`:
   * against another profile.
   */
  readonly lint: string;
  /** A hint is a warning. */
  readonly severity: 'error' | 'warning';
  readonly detail: string;
  readonly fingerprint: string;
}

/**
 * What `profiles lint -o json` prints. Fields may be added; none is removed or changes its meaning
 * while `version` is 1.
 */
export interface LintReport {
  readonly version: 1;
  readonly files: readonly { readonly file: string }[];
  readonly findings: readonly LintFinding[];
  readonly summary: {
    readonly files: number;
    readonly profiles: number;
    readonly problems: number;
    readonly hints: number;
  };
}

/** `profiles`: how many there are in files without a problem. */
export function lintReportOf(
  sources: readonly Source[],
  profiles: number,
  problems: readonly Problem[],
  hints: readonly Problem[],
): LintReport {
  const fingerprints = new Fingerprints();
  return {
    version: 1,
    files: sources.map(({ name }) => ({ file: name })),
    findings: [
      ...problems.map((problem) => findingOf(problem, 'error', fingerprints)),
      ...hints.map((hint) => findingOf(hint, 'warning', fingerprints)),
    ],
    summary: {
      files: sources.length,
      profiles,
      problems: problems.length,
      hints: hints.length,
    },
  };
}

function findingOf(
  { file = '', lint = 'yaml', message, ...place }: Problem,
  severity: LintFinding['severity'],
  fingerprints: Fingerprints,
): LintFinding {
  const said = formatProblem({ ...(place.path !== undefined && { path: place.path }), message });
  const fingerprint = fingerprints.of(`${lint}\0${said}`);
  return { file, ...place, lint, severity, detail: message, fingerprint };
}
