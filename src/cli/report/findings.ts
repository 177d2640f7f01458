/** Findings with their places: what `check` reports in every format. */
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { containersOf } from '../../core/pod/containers.ts';
import { linesAround, placeInPod, placeOfObject, pointerInDocument } from './finding-place.ts';
import { Fingerprints } from './fingerprints.ts';
import { IgnoreComments } from './ignore-comments.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Finding, Level, Outcome } from '../../core/findings/finding.ts';
import type { HardenedFile, HardenedObject, UnreadRecord } from '../input/hardening.ts';
import type { Problem } from '../../core/values/result.ts';
import type { IgnoreRecord } from './ignore-comments.ts';

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
  /** Every finding of a change is suppressed: it does not make the command fail. */
  readonly suppressed?: true;
}

/** Why a finding does not count. */
export interface Suppression {
  readonly by: 'comment' | 'baseline';
  /** What the comment gives as its reason. */
  readonly reason?: string;
  /** The last day on which the comment counts. */
  readonly until?: string;
}

/** A finding with the object that it is about; `line` and `column` are those of the field. */
export interface FindingRecord extends Omit<ObjectRecord, 'changed' | 'suppressed'> {
  /** JSON pointer into the document, to the field that is weak, or to where it would be written. */
  readonly pointer: string;
  readonly container?: string;
  /** The container's, as it is written. */
  readonly image?: string;
  /** Of the container's image; `default` where none is for it. */
  readonly profile?: string;
  readonly rule: Finding['rule'];
  readonly outcome: Outcome;
  readonly code: Finding['code'];
  readonly detail: string;
  /** The same for the same finding, wherever its lines and its file move. */
  readonly fingerprint: string;
  readonly suppressed?: Suppression;
}

/** The totals of a report. */
export interface Summary {
  readonly files: number;
  /** Pods and pod templates. */
  readonly objects: number;
  /** Those that hardening would change, where that is not suppressed. */
  readonly changed: number;
  /** Objects that look as if they held containers and were not looked into. */
  readonly unread: number;
  /** Findings by outcome, those that are suppressed aside. */
  readonly findings: Readonly<Record<Outcome, number>>;
  /** Findings that a comment or the baseline suppresses. */
  readonly suppressed: number;
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
  /** The comments that ask for findings to be ignored, and what came of each. */
  readonly ignores: readonly IgnoreRecord[];
  /** What looks as if it held containers and was not looked into. */
  readonly unread: readonly UnreadRecord[];
  /** Of the files that could not be read; nothing else is said of them. */
  readonly problems: readonly Problem[];
  readonly summary: Summary;
}

/** The part of a report about one file. */
export interface FileReport {
  readonly file: CheckReport['files'][number];
  readonly objects: readonly ObjectRecord[];
  readonly findings: readonly FindingRecord[];
  readonly ignores: readonly IgnoreRecord[];
}

/** Findings that are no news. */
export interface KnownFindings {
  /** `file`: as the report names it. */
  has(file: string, fingerprint: string): boolean;
}

/** What a report is made with, besides the file. */
export interface ReportContext {
  readonly catalogue: Catalogue;
  readonly known?: KnownFindings | undefined;
  /** Milliseconds of Unix time: comments that ended before ignore nothing. */
  readonly now: number;
}

/**
 * The report about one file. Each of its objects is passed to `take` too, with its findings that
 * are not suppressed.
 */
export function fileReport(
  { source, file, objects: hardened }: HardenedFile,
  context: ReportContext,
  take: (object: HardenedObject, open: readonly Finding[]) => void,
): FileReport {
  const comments = new IgnoreComments(file, context.now);
  const fingerprints = new Fingerprints();
  const objects: ObjectRecord[] = [];
  const findings: FindingRecord[] = [];
  for (const object of hardened) {
    const about = objectRecord(object);
    const found = findingRecords(object, about, context.catalogue, fingerprints);
    const records = suppress(found, object, (record) => {
      if (!comments.isEmpty) {
        const wish = comments.covering(record, linesAround(record.pointer, object));
        if (wish !== undefined) return { by: 'comment', ...suppressionOf(wish) };
      }
      return context.known?.has(file.name, record.fingerprint) ? { by: 'baseline' } : undefined;
    });
    const changes = records.filter(({ outcome }) => outcome === 'changed');
    const isSuppressed = changes.length > 0 && changes.every(({ suppressed }) => suppressed);
    objects.push({ ...about, ...(isSuppressed && { suppressed: true }) });
    findings.push(...records);
    take(
      object,
      object.hardening.findings.filter((_, index) => records[index]?.suppressed === undefined),
    );
  }
  const documents = file.documents.filter(({ value }) => value != null).length;
  const ignores = comments.records();
  return { file: { file: source.name, documents }, objects, findings, ignores };
}

function suppressionOf({ reason, until }: Omit<Suppression, 'by'>): Omit<Suppression, 'by'> {
  return { ...(reason !== undefined && { reason }), ...(until !== undefined && { until }) };
}

/**
 * The findings of one object, each with why it does not count. What follows from other changes
 * does not count where none of those does.
 */
function suppress(
  records: readonly FindingRecord[],
  { hardening }: HardenedObject,
  judge: (record: FindingRecord) => Suppression | undefined,
): readonly FindingRecord[] {
  const judged = records.map((record) => {
    const suppressed = judge(record);
    return suppressed === undefined ? record : { ...record, suppressed };
  });
  const causes = judged.filter(
    ({ outcome }, index) => outcome === 'changed' && !isConsequence(hardening.findings[index]),
  );
  const [first] = causes;
  if (first?.suppressed === undefined || causes.some(({ suppressed }) => !suppressed)) {
    return judged;
  }
  const { suppressed } = first;
  return judged.map((record, index) =>
    isConsequence(hardening.findings[index]) ? { ...record, suppressed } : record,
  );
}

/** Whether a finding is of an annotation, which follows from what else changes. */
export function isConsequence(finding: Pick<Finding, 'code'> | undefined): boolean {
  return finding?.code === 'annotation-written' || finding?.code === 'volumes-evictable';
}

/** Joins the reports about files, with their totals. */
export function reportOf(
  reports: readonly FileReport[],
  level: Level,
  { problems, unread }: Pick<CheckReport, 'problems' | 'unread'>,
): CheckReport {
  const objects = reports.flatMap((report) => report.objects);
  const findings = reports.flatMap((report) => report.findings);
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  return {
    version: 1,
    level,
    files: reports.map(({ file }) => file),
    objects,
    findings,
    ignores: reports.flatMap(({ ignores }) => ignores),
    unread,
    problems,
    summary: {
      files: reports.length,
      objects: objects.length,
      changed: objects.filter(({ changed, suppressed }) => changed && suppressed === undefined)
        .length,
      unread: unread.length,
      findings: countOutcomes(open),
      suppressed: findings.length - open.length,
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

/** The findings of an object, each with its place. `fingerprints`: those of the same file. */
function findingRecords(
  object: HardenedObject,
  { changed: _changed, suppressed: _suppressed, ...about }: ObjectRecord,
  catalogue: Catalogue,
  fingerprints: Fingerprints,
): readonly FindingRecord[] {
  const images = new Map(
    containersOf(object.pod).flatMap(({ name, image }) =>
      image == null ? [] : [[name, { image, profile: catalogue.match(image).profile.name }]],
    ),
  );
  return object.hardening.findings.map((finding) => {
    const { container, rule, code } = finding;
    return {
      ...about,
      ...placeInPod(finding.at, object),
      pointer: pointerInDocument(finding.at, object),
      ...(container !== undefined && { container }),
      ...(container !== undefined && images.get(container)),
      rule,
      outcome: reasonOf(code).outcome,
      code,
      detail: sentenceOf(finding),
      fingerprint: fingerprints.of(identityOf(finding, about)),
    };
  });
}

/** Made of names and not of places, so that it stays when lines, containers or files move. */
function identityOf(
  { container, rule, code, args }: Finding,
  { kind, namespace, name }: Pick<ObjectRecord, 'kind' | 'namespace' | 'name'>,
): string {
  return JSON.stringify([kind, namespace, name, container, rule, code, args]);
}

/** How many findings there are of each outcome. */
export function countOutcomes(
  findings: readonly Pick<Finding, 'code'>[],
): Readonly<Record<Outcome, number>> {
  const counts = { changed: 0, conflict: 0, skipped: 0 };
  for (const { code } of findings) counts[reasonOf(code).outcome]++;
  return counts;
}
