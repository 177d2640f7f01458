/**
 * What a review tells people: warnings to the client, annotations to the API server's audit log.
 *
 * | mode    | patch                    | a warning for each finding     | audit annotations |
 * | ------- | ------------------------ | ------------------------------ | ----------------- |
 * | enforce | of a pod, not a template | whose reason has `warn`        | yes               |
 * | warn    | no                       | but those of annotations alone | yes               |
 * | audit   | no                       | none                           | yes               |
 *
 * A warning longer than 256 bytes is cut by the API server, and of all warnings of a request
 * together it keeps 4096 (apiserver v0.34 pkg/endpoints/filters/warning.go); ours end in a sign of
 * what was left out. One with a control character is dropped whole (apimachinery v0.34
 * pkg/util/net/http.go NewWarningHeader): a name may hold one, since names are validated after
 * mutation.
 */
import { reasonOf } from '../core/findings/reasons.ts';
import { sentenceOf } from '../core/findings/sentence.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Route } from './routes.ts';

export interface Messages {
  readonly warnings: readonly string[];
  /** Keys hold no `/`: the API server puts the webhook's name and one before them. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export interface ReviewSummary {
  readonly route: Route;
  readonly findings: readonly Finding[];
  /** The pod was weaker than the level asks. */
  readonly changed: boolean;
  /** And the answer fixes it. */
  readonly patched: boolean;
  /** The request was about something that can be hardened. */
  readonly treated: boolean;
}

const maxWarning = 256;
const maxWarnings = 4096;
const maxAnnotation = 8192;

/** The messages for a review. */
export function messagesFor(about: ReviewSummary): Messages {
  if (!about.treated) return { warnings: [] };
  const warnings = fitAll(warningsOf(about));
  const auditAnnotations = annotationsOf(about);
  return auditAnnotations === undefined ? { warnings } : { warnings, auditAnnotations };
}

/** What is said, before it is made into a text. */
type Warning = (() => string) | string;

function* warningsOf({ route, findings }: ReviewSummary): Generator<Warning> {
  const { mode, level, mistyped } = route;
  if (mistyped) yield mistypedLabel;
  if (mode === 'audit') return;
  for (const finding of findings) {
    const { warn, outcome } = reasonOf(finding.code);
    if (mode === 'enforce') {
      // What was silently made stronger is on the pod; what its author did not expect is said.
      if (warn) yield () => `lithopod: ${sentenceOf(finding)}`;
    } else if (finding.code !== 'annotation-written' && finding.code !== 'volumes-evictable') {
      const would = outcome === 'changed' ? ' would change this' : '';
      yield () => `lithopod: level "${level}"${would}: ${sentenceOf(finding)}`;
    }
  }
}

const mistypedLabel =
  'lithopod: the label lithopod.dev/enforce of this namespace is neither "immutable" nor "restricted" and counts as "immutable"';

function annotationsOf({
  route,
  findings,
  changed,
  patched,
}: ReviewSummary): Readonly<Record<string, string>> | undefined {
  if (findings.length === 0) return undefined;
  const done = patched ? 'changed' : 'would-change';
  return {
    level: route.level,
    outcome: changed ? done : 'unchanged',
    findings: cut(summary(findings), maxAnnotation),
  };
}

/**
 * Codes by container, as `code(container container), code`: what an auditor searches for. No longer
 * than it is sent.
 */
function summary(findings: readonly Finding[]): string {
  const containers = new Map<string, Set<string>>();
  let length = 0;
  for (const { code, container } of findings) {
    let names = containers.get(code);
    if (names === undefined) {
      containers.set(code, (names = new Set()));
      length += code.length;
    }
    if (container === undefined || names.has(container)) continue;
    // What is cut off is not put together either; a code that is met for the first time is still
    // named.
    if (length > maxAnnotation) continue;
    names.add(container);
    length += container.length;
  }
  return [...containers]
    .map(([code, names]) => (names.size === 0 ? code : `${code}(${[...names].join(' ')})`))
    .join(', ');
}

/**
 * As many warnings as the API server keeps, each within its length; the last one counts those that
 * did not fit.
 */
function fitAll(warnings: Iterable<Warning>): readonly string[] {
  const distinct = new Set<string>();
  // Room for the line that counts the rest.
  let room = maxWarnings - 64;
  let rest = 0;
  for (const each of warnings) {
    // Those for which there is no room are never made.
    if (room < 0) {
      rest++;
      continue;
    }
    const whole = typeof each === 'string' ? each : each();
    const warning = cut(whole.slice(0, maxWarning + 1).replace(/\p{Cc}/gu, ' '), maxWarning);
    if (distinct.has(warning)) continue;
    room -= Buffer.byteLength(warning);
    if (room < 0) rest++;
    else distinct.add(warning);
  }
  return rest === 0 ? [...distinct] : [...distinct, `lithopod: and ${rest} more of these`];
}

/** The text, cut to a number of UTF-8 bytes between two characters. */
function cut(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text;
  const mark = '…';
  let kept = '';
  let size = Buffer.byteLength(mark);
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept + mark;
}
