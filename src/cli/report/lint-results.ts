/** The report of `profiles lint` in the form that the formats for machines are made of. */
import { hints, lints } from '../../core/catalogue/lints/index.ts';
import { docs } from './machine-result.ts';
import type { LintFinding, LintReport } from './lint-report.ts';
import type { MachineResult, MachineResults, ResultRule } from './machine-result.ts';

/** `summary`: one sentence. */
export function lintResults(
  { files, findings }: LintReport,
  summary: string,
  version: string,
): MachineResults {
  return {
    title: 'lithopod profiles lint',
    rules: lintRules,
    results: findings.map(resultOf),
    subjects: files.map(({ file }) => ({ file, subject: file })),
    summary,
    version,
  };
}

const lintRules: readonly ResultRule[] = [
  ...[...lints, ...hints].map(({ id, title }) => rule(id, `Refuses or hints at: ${title}`)),
  rule('schema', 'A field that is unknown, missing or of the wrong kind'),
  rule('yaml', 'A text that is no YAML, or holds no profile'),
  rule('together', 'Profiles that do not go together'),
];

function rule(id: string, title: string): ResultRule {
  return { id, title, help: `${title}.`, helpUri: `${docs}/lints.md` };
}

function resultOf({ lint, detail, path, ...rest }: LintFinding): MachineResult {
  const { file, line, column, pointer, severity, fingerprint } = rest;
  return {
    file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(pointer !== undefined && { pointer }),
    rule: lint,
    severity,
    message: path === undefined ? detail : `${path}: ${detail}`,
    fingerprint,
  };
}
