/** Which findings make `check` fail, and how grave a finding is in formats that know levels. */
import type { CheckReport, FindingRecord } from './findings.ts';

/** What `--fail-on` takes. */
export const thresholds = ['changed', 'conflict', 'no-profile', 'unknown-kind', 'none'] as const;
export type Threshold = (typeof thresholds)[number];

/** The words of SARIF. */
export type Severity = 'error' | 'warning' | 'note';

/** Whether the report reaches one of the thresholds. What is suppressed counts for nothing. */
export function fails(report: CheckReport, wanted: readonly Threshold[]): boolean {
  // Some changes have no finding of their own.
  if (wanted.includes('changed') && report.summary.changed > 0) return true;
  if (wanted.includes('unknown-kind') && report.unread.length > 0) return true;
  return report.findings.some((finding) => counts(finding, wanted));
}

/**
 * `error`: a conflict, and whatever makes the command fail. `warning`: a change that does not.
 * `note`: what was left alone on purpose, and what is suppressed.
 */
export function severityOf(finding: FindingRecord, wanted: readonly Threshold[]): Severity {
  if (finding.suppressed !== undefined) return 'note';
  if (finding.outcome === 'conflict' || counts(finding, wanted)) return 'error';
  return finding.outcome === 'changed' ? 'warning' : 'note';
}

function counts(
  { outcome, code, suppressed }: FindingRecord,
  wanted: readonly Threshold[],
): boolean {
  if (suppressed !== undefined) return false;
  return wanted.some((threshold) => {
    switch (threshold) {
      // A conflict is worse than a change.
      case 'changed':
        return outcome !== 'skipped';
      case 'conflict':
        return outcome === 'conflict';
      // An image without a profile is neither.
      case 'no-profile':
        return code === 'no-profile' || code === 'unprofiled-skipped';
      // No finding, but an object without any.
      case 'unknown-kind':
      case 'none':
        return false;
    }
  });
}
