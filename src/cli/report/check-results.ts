/** The report of `check` in the form that the formats for machines are made of. */
import { levels } from '../../core/findings/finding.ts';
import { rules } from '../../core/rules/index.ts';
import { nameOf } from '../input/hardening.ts';
import { count } from '../terminal/columns.ts';
import { outcomeCounts } from './check-text.ts';
import { isConsequence } from './findings.ts';
import { docs } from './machine-result.ts';
import { severityOf } from './threshold.ts';
import type { Problem } from '../../core/values/result.ts';
import type { UnreadRecord } from '../input/hardening.ts';
import type { CheckReport, FindingRecord, ObjectRecord } from './findings.ts';
import type { IgnoreRecord } from './ignore-comments.ts';
import type { MachineResult, MachineResults, ResultRule } from './machine-result.ts';
import type { Threshold } from './threshold.ts';

/** `wanted`: what makes the command fail, which is an error in every format. */
export function checkResults(
  report: CheckReport,
  wanted: readonly Threshold[],
  version: string,
): MachineResults {
  return {
    title: 'lithopod check',
    rules: checkRules,
    results: [
      ...withoutConsequences(report.findings).map((finding) => resultOf(finding, wanted)),
      ...report.problems.map(problemResult),
      ...report.unread.map((record) => unreadResult(record, wanted)),
      ...report.ignores.filter(({ state }) => state !== 'used').map(ignoreResult),
    ],
    subjects: report.objects.map((object) => ({ file: object.file, subject: subjectOf(object) })),
    summary: summaryOf(report),
    version,
  };
}

/** A person has nothing to do about what follows from another finding of the same object. */
function withoutConsequences(findings: readonly FindingRecord[]): readonly FindingRecord[] {
  const objectOf = ({ file, document, kind, namespace, name }: FindingRecord): string =>
    JSON.stringify([file, document, kind, namespace, name]);
  const isCause = (finding: FindingRecord): boolean =>
    finding.outcome === 'changed' && !isConsequence(finding);
  const withCause = new Set(findings.filter(isCause).map(objectOf));
  return findings.filter((finding) => !isConsequence(finding) || !withCause.has(objectOf(finding)));
}

const checkRules: readonly ResultRule[] = [
  ...rules.map(({ id, title, why, level }) => ({
    id,
    title,
    help: level === levels[0] ? why : `${why} (level ${level})`,
    helpUri: `${docs}/rules.md#${id}`,
  })),
  {
    id: 'unsupported-pod',
    title: 'A pod that Lithopod leaves alone',
    help: 'Pods of Windows and mirrors of static pods are left as they are.',
    helpUri: `${docs}/reasons.md`,
  },
  {
    id: 'input',
    title: 'A file that cannot be read',
    help: 'A file cannot be read, is no manifest, or holds a malformed pod: nothing else is said of it.',
    helpUri: `${docs}/ci.md`,
  },
  {
    id: 'unknown-kind',
    title: 'An object that was not looked into',
    help: 'An object looks as if it held containers and is of no known kind.',
    helpUri: `${docs}/kinds.md`,
  },
  {
    id: 'ignore-comment',
    title: 'A comment that ignores nothing',
    help: 'A comment lithopod-ignore has no effect: it cannot be read, its day is over, or nothing is found where it is.',
    helpUri: `${docs}/ci.md#ignore-a-finding`,
  },
];

function problemResult({ file = '', line, column, path, message }: Problem): MachineResult {
  return {
    file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    rule: 'input',
    severity: 'error',
    message: path === undefined || path === '' ? message : `${path}: ${message}`,
  };
}

function unreadResult(
  { file, line, column, detail }: UnreadRecord,
  wanted: readonly Threshold[],
): MachineResult {
  const severity = wanted.includes('unknown-kind') ? 'error' : 'warning';
  return { file, line, column, rule: 'unknown-kind', severity, message: detail };
}

function resultOf(finding: FindingRecord, wanted: readonly Threshold[]): MachineResult {
  const { file, line, column, pointer, rule, detail, fingerprint, suppressed } = finding;
  const { outcome, code, container, image, profile } = finding;
  return {
    file,
    line,
    column,
    pointer,
    subject: subjectOf(finding),
    rule,
    severity: severityOf(finding, wanted),
    message: detail,
    fingerprint,
    ...(suppressed !== undefined && { suppressed }),
    properties: {
      outcome,
      code,
      ...(container !== undefined && { container }),
      ...(image !== undefined && { image }),
      ...(profile !== undefined && { profile }),
    },
  };
}

function ignoreResult({ file, line, column, detail }: IgnoreRecord): MachineResult {
  return { file, line, column, rule: 'ignore-comment', severity: 'warning', message: detail };
}

function subjectOf(object: Pick<ObjectRecord, 'kind' | 'name' | 'namespace'>): string {
  const { namespace } = object;
  return namespace === undefined ? nameOf(object) : `${nameOf(object)} (namespace ${namespace})`;
}

function summaryOf({ summary, level }: CheckReport): string {
  const { changed, objects, findings, suppressed } = summary;
  const parts = [
    `${changed} of ${count(objects, 'object')} would change at level ${level}`,
    outcomeCounts({ ...findings, changed: 0 }),
    suppressed === 0 ? '' : `${suppressed} suppressed`,
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
}
