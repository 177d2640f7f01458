/**
 * What `check` prints for people: each object with its place, its containers, and a line for each
 * finding; then a summary.
 */
import pc from 'picocolors';
import { containersOf } from '../../core/pod/containers.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { predicateOf } from '../../core/findings/sentence.ts';
import { placeInPod } from './finding-place.ts';
import { countOutcomes, isConsequence, objectRecord } from './findings.ts';
import { nameOf } from '../input/hardening.ts';
import { count, hanging, printable } from '../terminal/columns.ts';
import { formatPlace } from '../../core/values/result.ts';
import type { Finding, Outcome } from '../../core/findings/finding.ts';
import type { CheckReport } from './findings.ts';
import type { HardenedObject } from '../input/hardening.ts';

/** How text for people is printed. */
export interface TextStyle {
  readonly colour: boolean;
  /** Width at which lines are wrapped. Undefined: lines are not wrapped. */
  readonly columns: number | undefined;
}

/** The whole text: the blocks of all files, and the summary. */
export function checkText(
  blocks: readonly string[],
  report: CheckReport,
  style: TextStyle,
): string {
  return [...blocks, summaryText(report, style)].join('\n');
}

/** The block of an object with the given findings of it; empty where there is none to print. */
export function objectBlock(
  object: HardenedObject,
  open: readonly Finding[],
  style: TextStyle,
): string {
  const findings = worthPrinting(open);
  if (findings.length === 0) return '';
  const names = new Set(findings.map(({ container }) => container));
  const placed = findings.map((finding): PlacedFinding => {
    const { line, column } = placeInPod(finding.at, object);
    return { finding, position: `${line}:${column}` };
  });
  const placeWidth = Math.max(...placed.map(({ position }) => position.length));
  const lines = [objectHeading(object, findings, style)];
  // Containers in the order in which they start, then the pod as a whole.
  const known = containersOf(object.pod).map(({ name }) => name);
  const added = [...names].filter((name) => name !== undefined);
  const order = [...known, ...added, undefined];
  for (const name of new Set(order)) {
    if (!names.has(name)) continue;
    lines.push(`  ${containerHeading(object, name)}`);
    for (const each of placed) {
      if (each.finding.container === name) lines.push(findingLine(each, placeWidth, style));
    }
  }
  return `${lines.join('\n')}\n`;
}

interface PlacedFinding {
  readonly finding: Finding;
  /** `LINE:COLUMN`. */
  readonly position: string;
}

/**
 * The findings without those about annotations, which follow from other changes. They are printed
 * only where there is no other change.
 */
function worthPrinting(findings: readonly Finding[]): readonly Finding[] {
  const others = findings.filter((finding) => !isConsequence(finding));
  return others.some(({ code }) => reasonOf(code).outcome === 'changed') ? others : findings;
}

/** The first line of an object: `file:line:column Kind/name (namespace): 3 changes, 1 conflict`. */
export function objectHeading(
  object: HardenedObject,
  findings: readonly Pick<Finding, 'code'>[],
  { colour }: TextStyle,
): string {
  const { bold, dim } = pc.createColors(colour);
  const { namespace } = object.location;
  const where = printable(formatPlace(objectRecord(object)));
  const what = printable(nameOf(object.location));
  const inside = namespace === undefined ? '' : ` (namespace ${printable(namespace)})`;
  const counts = outcomeCounts(countOutcomes(findings));
  return `${dim(where)} ${bold(what)}${inside}${counts === '' ? '' : `: ${counts}`}`;
}

/** The counts as text: `3 changes, 1 conflict`. Empty where all are 0. */
export function outcomeCounts({
  changed,
  conflict,
  skipped,
}: Readonly<Record<Outcome, number>>): string {
  return [
    changed > 0 ? count(changed, 'change') : '',
    conflict > 0 ? count(conflict, 'conflict') : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function containerHeading({ pod, services }: HardenedObject, name: string | undefined): string {
  if (name === undefined) return services === undefined ? 'pod' : 'project';
  const container = containersOf(pod).find((candidate) => candidate.name === name);
  const image = container?.image ?? '';
  const what = services === undefined ? 'container' : 'service';
  return printable(`${what} ${name}${image === '' ? '' : ` (${image})`}`);
}

/** `15:13  changed   runs with readOnlyRootFilesystem: true (read-only-root)`, wrapped. */
function findingLine(
  { finding, position }: PlacedFinding,
  placeWidth: number,
  { colour, columns }: TextStyle,
): string {
  const colours = pc.createColors(colour);
  const place = position.padEnd(placeWidth);
  const { outcome } = reasonOf(finding.code);
  const padded = outcome.padEnd('conflict'.length);
  const lead = `    ${colours.dim(place)}  ${paint(outcome, colours)(padded)}  `;
  const leadWidth = `    ${place}  ${padded}  `.length;
  const rule = `(${finding.rule})`;
  const line = hanging(lead, `${printable(predicateOf(finding))} ${rule}`, columns, leadWidth);
  return line.slice(0, -rule.length) + colours.dim(rule);
}

/** The colour of an outcome. Conflicts are red, since people must fix them. */
export function paint(
  outcome: Outcome,
  { red, yellow, cyan }: ReturnType<typeof pc.createColors>,
): (text: string) => string {
  return { conflict: red, changed: yellow, skipped: cyan }[outcome];
}

function summaryText({ summary, level }: CheckReport, { colour, columns }: TextStyle): string {
  const { bold, green } = pc.createColors(colour);
  const { objects, changed, files, findings, suppressed, unread } = summary;
  const inFiles = files === 1 ? '' : ` in ${files} files`;
  const left = unread === 0 ? '' : `; ${count(unread, 'object')} not looked into`;
  if (objects === 0) return `No pod and no workload${inFiles}${left}.\n`;
  const all = `${count(objects, 'object')}${inFiles}`;
  const open = outcomeCounts({ ...findings, changed: 0 });
  const aside = suppressed === 0 ? '' : `; ${suppressed} suppressed`;
  const rest = `${open === '' ? '' : `; ${open}`}${aside}${left}`;
  const text =
    changed === 0
      ? `Nothing to change in ${all} at level ${level}${rest}.`
      : `${changed} of ${all} would change at level ${level}${rest}.`;
  const emphasis = changed === 0 && findings.conflict === 0 ? green : bold;
  return `${hanging('', text, columns).split('\n').map(emphasis).join('\n')}\n`;
}
