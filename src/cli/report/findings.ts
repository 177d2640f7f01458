/** Findings with their places: what `check` reports in every format. */
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { placeInPod, placeOfObject } from './finding-place.ts';
import type { Finding, Level, Outcome } from '../../core/findings/finding.ts';
import type { HardenedFile, HardenedObject } from '../input/hardening.ts';

/** An object of a manifest, and where it begins. */
export interface ObjectRecord {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Counted from 0. */
  readonly document: number;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Hardening would change it. */
  readonly changed: boolean;
}

/** A finding with the object that it is about; `line` and `column` are those of the field. */
export interface FindingRecord extends Omit<ObjectRecord, 'changed'> {
  readonly container?: string;
  readonly rule: Finding['rule'];
  readonly outcome: Outcome;
  readonly code: Finding['code'];
  readonly detail: string;
}

/** The totals of a report. */
export interface Summary {
  readonly files: number;
  /** Pods and pod templates. */
  readonly objects: number;
  readonly changed: number;
  /** Findings by outcome. */
  readonly findings: Readonly<Record<Outcome, number>>;
}

/**
 * What `check -o json` prints. Fields may be added; none is removed or changes its meaning while
 * `version` is 1.
 */
export interface CheckReport {
  readonly version: 1;
  readonly level: Level;
  readonly files: readonly { readonly file: string; readonly documents: number }[];
  readonly objects: readonly ObjectRecord[];
  readonly findings: readonly FindingRecord[];
  readonly summary: Summary;
}

/** The part of a report about one file. */
export interface FileReport {
  readonly file: CheckReport['files'][number];
  readonly objects: readonly ObjectRecord[];
  readonly findings: readonly FindingRecord[];
}

/** The report about one file. */
export function fileReport({ source, file, objects }: HardenedFile): FileReport {
  return {
    file: {
      file: source.name,
      documents: file.documents.filter(({ value }) => value != null).length,
    },
    objects: objects.map(objectRecord),
    findings: objects.flatMap(findingRecords),
  };
}

/** Joins the reports about files, with their totals. */
export function reportOf(reports: readonly FileReport[], level: Level): CheckReport {
  const objects = reports.flatMap((report) => report.objects);
  const findings = reports.flatMap((report) => report.findings);
  return {
    version: 1,
    level,
    files: reports.map(({ file }) => file),
    objects,
    findings,
    summary: {
      files: reports.length,
      objects: objects.length,
      changed: objects.filter(({ changed }) => changed).length,
      findings: countOutcomes(findings),
    },
  };
}

/** The object with its place. */
export function objectRecord(object: HardenedObject): ObjectRecord {
  const { file, document, location, hardening } = object;
  return {
    file: file.name,
    ...placeOfObject(object),
    document,
    kind: location.kind,
    name: location.name,
    ...(location.namespace !== undefined && { namespace: location.namespace }),
    changed: hardening.patch.length > 0,
  };
}

/** The findings of an object, each with its place. */
export function findingRecords(object: HardenedObject): readonly FindingRecord[] {
  const { changed: _changed, ...about } = objectRecord(object);
  return object.hardening.findings.map((finding) => ({
    ...about,
    ...placeInPod(finding.at, object),
    ...(finding.container !== undefined && { container: finding.container }),
    rule: finding.rule,
    outcome: reasonOf(finding.code).outcome,
    code: finding.code,
    detail: sentenceOf(finding),
  }));
}

/** How many findings there are of each outcome. */
export function countOutcomes(
  findings: readonly Pick<Finding, 'code'>[],
): Readonly<Record<Outcome, number>> {
  const counts = { changed: 0, conflict: 0, skipped: 0 };
  for (const { code } of findings) counts[reasonOf(code).outcome]++;
  return counts;
}
