/**
 * The Exemptions of the cluster: which are in force in a namespace, and what each of them lets
 * through.
 *
 * The end of one is looked at by each review, so none counts a moment longer. Conditions are
 * written later, by a timer.
 */
import { nameOf } from '../cluster/informer.ts';
import type { KubernetesObject } from '../cluster/informer.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { DesiredStatus } from '../cluster/object-status.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import { formatTime } from '../core/exemptions/expiry.ts';
import { parseExemption } from '../core/exemptions/parse.ts';
import { exemptionApiVersion, exemptionKind } from '../core/exemptions/schema.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Result } from '../core/values/result.ts';
import type { Log } from '../telemetry/log.ts';
import { exemptionStates, exemptionStatus, nextChange, stateOf } from './exemption-status.ts';
import type { ExemptionState, LetThrough } from './exemption-status.ts';
import { followKind } from './follow-kind.ts';
import type { FollowedKind } from './follow-kind.ts';
import type { Metrics } from './metrics.ts';

/** Where the API server has them. */
const exemptionsPath = `/apis/${exemptionApiVersion}/exemptions`;

/** What a pod's creation let through is written so much later, with what comes meanwhile. */
const gatherMs = 10_000;
/** A pod of the same name is written again after so long. */
const againMs = 5 * 60_000;
/** Of one Exemption, between two writings. */
const maxNoted = 10;
/** Of a pod: 253, and a star. The API server looks at names later. */
const maxName = 254;
/** Node's timers take no more than 24.8 days. */
const maxTimerMs = 24 * 60 * 60_000;

export interface ClusterExemptions {
  /** Those of the namespace that have not ended. */
  readonly inForce: (namespace: string) => readonly Exemption[];
  /** Takes note of what the creation of a pod let through. */
  readonly note: (pod: { namespace: string; name: string }, findings: readonly Finding[]) => void;
  /** The first list has ended: they are in force, or cannot be had and the log says why. */
  readonly listed: () => boolean;
  readonly close: () => void;
}

export interface ClusterExemptionsOptions {
  readonly connection: Connection;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Unix time in milliseconds: `Date.now` by default. */
  readonly now?: () => number;
}

/** Begins to follow the Exemptions of a cluster. */
export function followClusterExemptions(options: ClusterExemptionsOptions): ClusterExemptions {
  return new Following(options);
}

interface Known {
  readonly object: KubernetesObject;
  readonly parsed: Result<Exemption>;
}

/** Those of a namespace, and when the first of them ends. */
interface InForce {
  readonly exemptions: readonly Exemption[];
  readonly until: number;
}

const none: readonly Exemption[] = [];

class Following implements ClusterExemptions {
  readonly #kind: FollowedKind;
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #now: () => number;
  /** By `namespace/name`. */
  #known: ReadonlyMap<string, Known> = new Map();
  #byNamespace = new Map<string, InForce>();
  /** By `namespace/name`, then by pod. */
  readonly #noted = new Map<string, Map<string, LetThrough>>();
  #isListed = false;
  #gathering: NodeJS.Timeout | undefined;
  #atNextChange: NodeJS.Timeout | undefined;

  constructor({ connection, log, metrics, now = Date.now }: ClusterExemptionsOptions) {
    this.#metrics = metrics;
    this.#log = log;
    this.#now = now;
    this.#kind = followKind({
      ...{ connection, log, metrics },
      ...{ path: exemptionsPath, kind: exemptionKind, noun: 'exemptions' },
      onObjects: (objects) => {
        this.#take(objects);
      },
      onProblem: ({ answered }) => {
        if (answered) this.#isListed = true;
      },
    });
  }

  readonly inForce = (namespace: string): readonly Exemption[] => {
    const known = this.#byNamespace.get(namespace);
    if (known === undefined) return none;
    const now = this.#now();
    if (now < known.until) return known.exemptions;
    const left = known.exemptions.filter(({ expires }) => now < expires);
    this.#byNamespace.set(namespace, whileInForce(left));
    return left;
  };

  readonly note: ClusterExemptions['note'] = ({ namespace, name }, findings) => {
    for (const { code, args, rule } of findings) {
      if (code !== 'exempted') continue;
      const key = `${namespace}/${args.exemption}`;
      if (this.#known.has(key)) this.#noteOne(key, name.slice(0, maxName), rule);
    }
  };

  readonly listed = (): boolean => this.#isListed;

  readonly close = (): void => {
    clearTimeout(this.#gathering);
    clearTimeout(this.#atNextChange);
    this.#kind.stop();
  };

  #noteOne(key: string, pod: string, rule: string): void {
    let pods = this.#noted.get(key);
    if (pods === undefined) {
      pods = new Map<string, LetThrough>();
      this.#noted.set(key, pods);
    }
    const now = this.#now();
    const before = pods.get(pod);
    const isRecent = before !== undefined && now - Date.parse(before.time) < againMs;
    if (isRecent && before.rules.includes(rule)) return;
    const rules = isRecent ? [...before.rules, rule] : [rule];
    pods.delete(pod);
    pods.set(pod, { name: pod, rules, time: formatTime(now) });
    const [oldest] = pods.keys();
    if (pods.size > maxNoted && oldest !== undefined) pods.delete(oldest);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#writeStatus();
    }, gatherMs).unref();
  }

  #take(objects: readonly KubernetesObject[]): void {
    const before = this.#known;
    const known = new Map<string, Known>();
    for (const object of objects) {
      const key = nameOf(object);
      const last = before.get(key);
      const { uid, generation } = object.metadata;
      const isSame =
        last?.object.metadata.uid === uid && last.object.metadata.generation === generation;
      known.set(key, { object, parsed: isSame ? last.parsed : parseExemption(object) });
    }
    this.#known = known;
    for (const key of this.#noted.keys()) if (!known.has(key)) this.#noted.delete(key);
    this.#byNamespace = this.#group();
    if (!this.#isListed)
      this.#log.info('exemptions of the cluster taken', { exemptions: known.size });
    this.#isListed = true;
    this.#writeStatus();
  }

  #group(): Map<string, InForce> {
    const groups = new Map<string, Exemption[]>();
    for (const { parsed } of this.#known.values()) {
      if (!parsed.ok) continue;
      const { namespace } = parsed.value;
      const group = groups.get(namespace);
      if (group === undefined) groups.set(namespace, [parsed.value]);
      else group.push(parsed.value);
    }
    return new Map([...groups].map(([namespace, group]) => [namespace, whileInForce(group)]));
  }

  /** Writes what each object does not say yet, counts them, and comes back when one changes. */
  #writeStatus(): void {
    const now = this.#now();
    const counts = new Map<ExemptionState, number>();
    let next = now + maxTimerMs;
    for (const { parsed } of this.#known.values()) {
      const state = stateOf(parsed, now);
      counts.set(state, (counts.get(state) ?? 0) + 1);
      next = Math.min(next, nextChange(parsed, now));
    }
    for (const state of exemptionStates) this.#metrics.setExemptions(state, counts.get(state) ?? 0);
    this.#metrics.setUnready(exemptionKind, counts.get('invalid') ?? 0);
    const objects = [...this.#known.values()].map(({ object }) => object);
    this.#kind.status.write(objects, (object) => this.#statusOf(object, now));
    clearTimeout(this.#atNextChange);
    this.#atNextChange = setTimeout(() => {
      this.#writeStatus();
    }, next - now).unref();
  }

  #statusOf(object: KubernetesObject, now: number): DesiredStatus | undefined {
    const key = nameOf(object);
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    return exemptionStatus(object, known.parsed, [...(this.#noted.get(key)?.values() ?? [])], now);
  }
}

function whileInForce(exemptions: readonly Exemption[]): InForce {
  return { exemptions, until: Math.min(...exemptions.map(({ expires }) => expires)) };
}
