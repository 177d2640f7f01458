/** Findings as goldens and reports show them: in words, and of their data what metrics read. */
import { reasonOf } from '../../src/core/findings/reasons.ts';
import { sentenceOf } from '../../src/core/findings/sentence.ts';
import type { Finding, Outcome } from '../../src/core/findings/finding.ts';

export interface FindingRecord {
  readonly rule: Finding['rule'];
  readonly outcome: Outcome;
  readonly code: Finding['code'];
  readonly container?: string;
  readonly repository?: string;
  readonly detail: string;
}

export function recordOf(finding: Finding): FindingRecord {
  const { rule, code, container, args } = finding;
  return {
    rule,
    outcome: reasonOf(code).outcome,
    code,
    ...(container !== undefined && { container }),
    ...('repository' in args && args.repository !== undefined && { repository: args.repository }),
    detail: sentenceOf(finding),
  };
}

/** The same with its place in the pod as it came. */
export interface PlacedRecord extends FindingRecord {
  readonly at: string;
}

export function placedRecordOf(finding: Finding): PlacedRecord {
  const { detail, ...record } = recordOf(finding);
  return { ...record, at: finding.at, detail };
}
