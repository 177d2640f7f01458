/** What the status of an Exemption says. */
import type { KubernetesObject } from '../cluster/informer.ts';
import type { DesiredStatus } from '../cluster/object-status.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import { isObject } from '../core/values/json.ts';
import { formatProblem } from '../core/values/result.ts';
import type { Result } from '../core/values/result.ts';
import { compareText, shown, shownList } from '../core/values/text.ts';

/** The creation of a pod that an Exemption let through. */
export interface LetThrough {
  /** Of the pod; where the API server makes the name, what it begins with and `*`. */
  readonly name: string;
  readonly rules: readonly string[];
  /** RFC 3339, in UTC. */
  readonly time: string;
}

/** `ending`: in force, for no longer than the time of `endingMs`. */
export const exemptionStates = ['in-force', 'ending', 'ended', 'invalid'] as const;
export type ExemptionState = (typeof exemptionStates)[number];

/** So long before its end an Exemption says so: time to look for what it lets through. */
const endingMs = 14 * 24 * 60 * 60_000;
const maxPods = 10;
const maxMessage = 2000;

/** What an Exemption is at a time, in milliseconds of Unix time. */
export function stateOf(parsed: Result<Exemption>, now: number): ExemptionState {
  if (!parsed.ok) return 'invalid';
  const { expires } = parsed.value;
  if (now >= expires) return 'ended';
  return now >= expires - endingMs ? 'ending' : 'in-force';
}

/** When that changes next. */
export function nextChange(parsed: Result<Exemption>, now: number): number {
  if (!parsed.ok) return Infinity;
  const { expires } = parsed.value;
  return [expires - endingMs, expires].find((time) => time > now) ?? Infinity;
}

/**
 * The status of an object, of which `noted` are the pods that this replica let through. Those that
 * the object names already stay, so that all replicas come to the same.
 */
export function exemptionStatus(
  object: KubernetesObject,
  parsed: Result<Exemption>,
  noted: readonly LetThrough[],
  now: number,
): DesiredStatus {
  const recentPods = newest([...storedPods(object), ...noted]);
  const state = stateOf(parsed, now);
  const isReady = state === 'in-force' || state === 'ending';
  return {
    conditions: [
      { type: 'Ready', status: isReady ? 'True' : 'False', ...readiness(parsed, state) },
      { type: 'Matched', ...matched(recentPods) },
    ],
    fields: { recentPods },
  };
}

interface Said {
  readonly reason: string;
  readonly message: string;
}

function readiness(parsed: Result<Exemption>, state: ExemptionState): Said {
  if (!parsed.ok) {
    const problems = parsed.problems.map(formatProblem).join(' ');
    return { reason: 'Invalid', message: shown(`It counts for nothing: ${problems}`, maxMessage) };
  }
  const { until, rules } = parsed.value;
  const what = `${shownList(rules)} ${rules.length === 1 ? 'does' : 'do'} not apply`;
  if (state === 'ended') {
    return {
      reason: 'Ended',
      message: `It ended at ${until}: pods are hardened again when they are created. Those that run stay as they are.`,
    };
  }
  return state === 'ending'
    ? {
        reason: 'EndsSoon',
        message: `It ends at ${until}, and until then ${what}. A pod that is created later, a rescheduled one too, is hardened.`,
      }
    : { reason: 'InForce', message: `Until ${until}, ${what} to new pods that it is for.` };
}

function matched(pods: readonly LetThrough[]): Said & { readonly status: 'True' | 'False' } {
  if (pods.length === 0) {
    return {
      status: 'False',
      reason: 'NeverMatched',
      message: 'No pod of which it lets something through has been created yet.',
    };
  }
  const list = pods.map(({ name, rules, time }) => `${name} at ${time} (${rules.join(', ')})`);
  return {
    status: 'True',
    reason: 'LetPodsThrough',
    message: shown(`Lately it let through: ${list.join('; ')}.`, maxMessage),
  };
}

/** The latest of each pod, and of those the latest; of one time the first by name. */
function newest(pods: readonly LetThrough[]): readonly LetThrough[] {
  const latest = new Map<string, LetThrough>();
  for (const pod of pods) {
    const known = latest.get(pod.name);
    if (known === undefined || known.time <= pod.time) latest.set(pod.name, pod);
  }
  return [...latest.values()]
    .sort((a, b) => compareText(b.time, a.time) || compareText(a.name, b.name))
    .slice(0, maxPods);
}

/** Whoever may write the status may have written anything. */
function storedPods({ status }: KubernetesObject): readonly LetThrough[] {
  const pods = status?.['recentPods'];
  return Array.isArray(pods) ? pods.slice(0, maxPods).filter(isLetThrough) : [];
}

function isLetThrough(value: unknown): value is LetThrough {
  if (!isObject(value)) return false;
  const { name, rules, time } = value;
  return (
    typeof name === 'string' &&
    typeof time === 'string' &&
    Array.isArray(rules) &&
    rules.every((rule) => typeof rule === 'string')
  );
}
