/**
 * The metrics of the service. Labels come from closed sets of words and never from a namespace or a
 * name, so that no request can make a new time series. The one exception is the repositories of
 * images without a profile, whose number is limited.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { reasonOf } from '../core/findings/reasons.ts';
import { profileSources } from '../core/catalogue/profile/profile.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { ProfileSource } from '../core/catalogue/profile/profile.ts';
import type { Finding, FindingOf } from '../core/findings/finding.ts';
import type { ReasonCode } from '../core/findings/reasons.ts';
import type { ExemptionState } from './exemption-status.ts';
import type { Outcome, Route } from './routes.ts';

export interface Metrics {
  /**
   * Counts one review. `seconds`: from the last byte of the request until the answer is sent.
   * Absent for a request that was rejected or failed, because it says nothing about how long a
   * review takes.
   */
  observe(review: {
    readonly operation: string;
    readonly route: Route | undefined;
    readonly outcome: Outcome;
    readonly seconds?: number;
    readonly findings: readonly Finding[];
  }): void;
  setCertificateExpiry(expiry: Date): void;
  /** Call it when the profiles were read, at the start or again. */
  setProfiles(catalogue: Catalogue): void;
  /** Call it when other profiles are in use, whatever was read for that. */
  setProfileCounts(catalogue: Catalogue): void;
  /** Whether objects of a kind are followed in the cluster, or cannot be. */
  setWatch(kind: string, isUp: boolean): void;
  /** How many Exemptions there are in a state. */
  setExemptions(state: ExemptionState, count: number): void;
  /** How many objects of a kind count for nothing. */
  setUnready(kind: string, count: number): void;
  /** Call it when a source that is not read from files could not be read. */
  countProfileFailure(source: ProfileSource): void;
  /** Call it when a source of profiles could not be read and the last good one stays in use. */
  countProfileError(source: ProfileSource): void;
  /** The exposition text and its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const operations = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

const noRoute = { mode: 'none', level: 'none' } as const;

/** Makes the metrics of one service, in a registry of their own. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reviews = new Tallies<Route | undefined, 'operation' | 'mode' | 'level' | 'outcome'>();
  new Counter({
    name: 'lithopod_reviews_total',
    help: 'Admission reviews answered, by outcome.',
    labelNames: ['operation', 'mode', 'level', 'outcome'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of reviews) this.inc(labels, count);
    },
  });
  const findings = new Tallies<ReasonCode, 'rule' | 'outcome' | 'code' | 'mode' | 'level'>();
  new Counter({
    name: 'lithopod_findings_total',
    help: 'Findings of the rules, by reason code.',
    labelNames: ['rule', 'outcome', 'code', 'mode', 'level'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of findings) this.inc(labels, count);
    },
  });
  const unprofiled = new Repositories();
  new Counter({
    name: 'lithopod_unprofiled_images',
    help: 'Containers reviewed for whose image there is no profile, by its repository.',
    labelNames: ['repository'] as const,
    registers,
    collect() {
      this.reset();
      for (const [repository, count] of unprofiled.counts) this.inc({ repository }, count);
    },
  });
  const duration = new Histogram({
    name: 'lithopod_review_duration_seconds',
    help: 'Time from the last byte of a review to the first byte of its answer.',
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5],
    registers,
  });
  const expiry = new Gauge({
    name: 'lithopod_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that is being served expires, in Unix time.',
    registers,
  });
  const profiles = new Gauge({
    name: 'lithopod_profiles',
    help: 'Image profiles in use, by where they came from.',
    labelNames: ['source'] as const,
    registers,
  });
  const errors = new Counter({
    name: 'lithopod_profile_errors',
    help: 'Times that a source of profiles could not be read and the last good one stayed in use.',
    labelNames: ['source'] as const,
    registers,
  });
  const reloaded = new Gauge({
    name: 'lithopod_profiles_last_reload_success',
    help: 'Whether the last reading of the profiles succeeded: 1, or 0 while the last good ones stay in use.',
    registers,
  });
  const watches = new Gauge({
    name: 'lithopod_watch_up',
    help: 'Whether objects of the cluster are followed: 1, or 0 while they cannot be.',
    labelNames: ['kind'] as const,
    registers,
  });
  const unready = new Gauge({
    name: 'lithopod_unready_objects',
    help: 'Objects of the cluster that count for nothing: their condition Ready says why.',
    labelNames: ['kind'] as const,
    registers,
  });
  const exemptions = new Gauge({
    name: 'lithopod_exemptions',
    help: 'Exemptions of the cluster by state: ending is within 14 days of its end.',
    labelNames: ['state'] as const,
    registers,
  });
  const setProfileCounts = (catalogue: Catalogue): void => {
    for (const source of profileSources) {
      profiles.set(
        { source },
        catalogue.profiles.filter((entry) => entry.source === source).length,
      );
    }
  };
  for (const source of profileSources) errors.inc({ source }, 0);

  return {
    observe({ operation, route, outcome, seconds, findings: found }) {
      const { mode, level } = route ?? noRoute;
      const known = operations.has(operation) ? operation : 'other';
      reviews.of(
        route,
        ({ labels }) => labels.outcome === outcome && labels.operation === known,
        () => ({
          operation: known,
          mode,
          level,
          outcome,
        }),
      ).count++;
      if (seconds !== undefined) duration.observe(seconds);
      for (const finding of found) {
        const { rule, code } = finding;
        const { outcome: what } = reasonOf(code);
        // A skipped review changes nothing, so anybody can invent names in it.
        if (isWithoutProfile(finding) && outcome !== 'skipped') {
          unprofiled.count(finding.args.repository);
        }
        findings.of(
          code,
          ({ labels }) =>
            labels.rule === rule &&
            labels.outcome === what &&
            labels.mode === mode &&
            labels.level === level,
          () => ({ rule, outcome: what, code, mode, level }),
        ).count++;
      }
    },
    setCertificateExpiry: (date) => {
      expiry.set(date.getTime() / 1000);
    },
    setProfiles(catalogue) {
      reloaded.set(1);
      setProfileCounts(catalogue);
    },
    setProfileCounts,
    setWatch: (kind, isUp) => {
      watches.set({ kind }, isUp ? 1 : 0);
    },
    setUnready: (kind, count) => {
      unready.set({ kind }, count);
    },
    setExemptions: (state, count) => {
      exemptions.set({ state }, count);
    },
    countProfileFailure: (source) => {
      errors.inc({ source });
    },
    countProfileError: (source) => {
      errors.inc({ source });
      reloaded.set(0);
    },
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** A container whose image has no profile gets exactly one of these findings. */
function isWithoutProfile(
  finding: Finding,
): finding is FindingOf<'no-profile'> | FindingOf<'unprofiled-skipped'> {
  return finding.code === 'no-profile' || finding.code === 'unprofiled-skipped';
}

/** Pods' authors choose the names of images. Further or longer ones are counted as `other`. */
const maxRepositories = 200;
const maxRepositoryBytes = 128;
/** Never the name of a repository: that has a registry and a slash. */
const otherRepositories = 'other';

class Repositories {
  readonly counts = new Map<string, number>();

  /** `name`: undefined where the image cannot be read. */
  count(name = otherRepositories): void {
    const known = this.counts.get(name);
    if (known !== undefined) {
      this.counts.set(name, known + 1);
      return;
    }
    const isOverLimit =
      this.counts.size - (this.counts.has(otherRepositories) ? 1 : 0) >= maxRepositories ||
      Buffer.byteLength(name) > maxRepositoryBytes;
    if (name !== otherRepositories && isOverLimit) this.count(otherRepositories);
    // A copy, because V8 keeps the whole text of which this may be a slice.
    else this.counts.set(Buffer.from(name).toString(), 1);
  }
}

/** How often something with these labels happened. */
interface Tally<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  count: number;
}

/**
 * Counts by label, handed to prom-client only when the metrics are scraped. Its own counter makes a
 * text of the labels at each step, which for the findings of a pod with ten containers takes longer
 * than reading the pod.
 */
class Tallies<Key, Label extends string> {
  readonly #byKey = new Map<Key, Tally<Label>[]>();

  /** The tally under `key` that `isMeant` accepts, made where there is none. A key has few. */
  of(
    key: Key,
    isMeant: (tally: Tally<Label>) => boolean,
    labels: () => Tally<Label>['labels'],
  ): Tally<Label> {
    let tallies = this.#byKey.get(key);
    if (tallies === undefined) this.#byKey.set(key, (tallies = []));
    for (const tally of tallies) if (isMeant(tally)) return tally;
    const tally = { labels: labels(), count: 0 };
    tallies.push(tally);
    return tally;
  }

  *[Symbol.iterator](): Generator<Tally<Label>> {
    for (const tallies of this.#byKey.values()) yield* tallies;
  }
}
