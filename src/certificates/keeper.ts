/**
 * Keeps a Secret and the published bundle as `lifecycle.ts` plans them: reads both, makes what has
 * to be made, writes, and looks again until there is nothing to do.
 *
 * Several keepers do no harm. Each write names the version that was read, of the Secret and of the
 * webhook configuration, and is refused where somebody else wrote in between; then all is read
 * again. The configuration is read first: so what a keeper publishes is never older than what it
 * replaces.
 */
import {
  authorityKey,
  issueLeaf,
  makeAuthority,
  readAuthority,
  splitHosts,
} from '../tls/authority.ts';
import { Established } from './established.ts';
import { bundleOf } from './state.ts';
import { backdateMs, nextChange, plan } from './lifecycle.ts';
import { authoritiesIn, describeAuthority, describeLeaf, readState, writeState } from './state.ts';
import type { Lifetimes, Plan, Published } from './lifecycle.ts';
import type { CertificateState, KnownAuthority, SecretData } from './state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Result } from '../core/values/result.ts';

/** Something as it was read, with what a write has to name. */
export interface Versioned<T> {
  readonly version: string;
  readonly content: T;
}

/** `conflict`: somebody else was first. */
export interface StoreProblem {
  readonly kind: string;
  readonly message: string;
}

export type StoreResult<T> = Result<T, StoreProblem>;

/** Where Secret and bundle are: the API server, or the simulation of a test. */
export interface CertificateStore {
  /** Undefined: there is none. */
  readonly readSecret: () => Promise<StoreResult<Versioned<SecretData> | undefined>>;
  /** Creates it where `version` is undefined. */
  readonly writeSecret: (
    data: SecretData,
    version: string | undefined,
  ) => Promise<StoreResult<void>>;
  /** The caBundle of each entry, PEM. Undefined: there is no configuration. */
  readonly readBundles: () => Promise<StoreResult<Versioned<readonly string[]> | undefined>>;
  /** Into every entry. */
  readonly publish: (bundle: string, version: string) => Promise<StoreResult<void>>;
}

export interface KeeperOptions {
  readonly store: CertificateStore;
  readonly lifetimes: Lifetimes;
  /** The names of the webhook's Service, the first of which every leaf must have. */
  readonly hosts: readonly [string, ...string[]];
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly now: () => number;
  readonly monotonicNow: () => number;
}

export interface Keeper {
  /**
   * Does all that is to be done now. Resolves with the milliseconds until something changes by
   * itself.
   */
  readonly look: () => Promise<number>;
}

/** More than the steps of a whole healing, each of which may meet a conflict. */
const maxSteps = 12;
/** After an error. */
const retryMs = 1_000;

export function makeKeeper(options: KeeperOptions): Keeper {
  const established = new Established(options.monotonicNow);
  const problems = new ProblemLog(options.log);
  return {
    look: async () => {
      for (let count = 0; count < maxSteps; count++) {
        const outcome = await step(options, established, problems);
        if (outcome !== 'again') return outcome;
      }
      return retryMs;
    },
  };
}

async function step(
  options: KeeperOptions,
  established: Established,
  problems: ProblemLog,
): Promise<number | 'again'> {
  const { store, lifetimes, hosts } = options;
  const now = options.now();
  const bundles = await store.readBundles();
  problems.take('bundles', bundles);
  const secret = await store.readSecret();
  problems.take('secret', secret);
  if (!secret.ok) return retryMs;

  const published = publishedOf(bundles);
  const state = secret.value && readState(secret.value.content, hosts[0]);
  established.observe(state?.authorities ?? [], published);
  const next = plan({
    state,
    strangers: strangersOf(published),
    published,
    now,
    isEstablished: (each) => (established.millisecondsOf(each) ?? -1) >= lifetimes.publishAheadMs,
    lifetimes,
  });
  if (next === undefined) return retryMs;

  const wanted = await carryOut(next, now, options);
  const data = writeState(wanted);
  if (secret.value === undefined || !isSame(data, secret.value.content)) {
    const written = await store.writeSecret(data, secret.value?.version);
    if (problems.take('write', written)) tellNews(state, wanted, options.log);
    return written.ok || isConflict(written) ? 'again' : retryMs;
  }
  if (bundles.ok && bundles.value !== undefined) {
    const bundle = bundleOf(wanted.authorities);
    if (bundles.value.content.some((each) => each !== bundle)) {
      const done = await store.publish(bundle, bundles.value.version);
      if (problems.take('publish', done)) options.log.info('caBundle published');
      return done.ok || isConflict(done) ? 'again' : retryMs;
    }
  }
  if (!bundles.ok) return retryMs;
  return Math.min(nextChange(wanted, now), settlesIn(wanted, established, lifetimes));
}

function publishedOf(bundles: Awaited<ReturnType<CertificateStore['readBundles']>>): Published {
  if (!bundles.ok) return { kind: 'unknown' };
  if (bundles.value === undefined) return { kind: 'no-configuration' };
  return { kind: 'bundles', bundles: bundles.value.content };
}

function strangersOf(published: Published): readonly KnownAuthority[] {
  if (published.kind !== 'bundles') return [];
  return authoritiesIn([...new Set(published.bundles)].join('\n'));
}

/** Until a pending leaf is pending no longer. */
function settlesIn(
  { authorities, leaf }: CertificateState,
  established: Established,
  { publishAheadMs }: Lifetimes,
): number {
  const own = authorities.find(({ id }) => id === leaf?.authority);
  if (leaf?.pending !== true || own === undefined) return Infinity;
  return Math.max(publishAheadMs - (established.millisecondsOf(own) ?? 0), 1);
}

async function carryOut(
  { authorities, makeAuthority: isNew, leaf }: Plan,
  now: number,
  options: KeeperOptions,
): Promise<CertificateState> {
  const made = isNew ? await newAuthority(now, options.lifetimes) : undefined;
  const all = made === undefined ? authorities : [...authorities, made];
  if (leaf.kind === 'keep') return { authorities: all, leaf: leaf.leaf };
  const signer = leaf.signer ?? made;
  if (signer?.key === undefined) throw new TypeError('a leaf needs an authority with a key');
  const issued = await issueLeaf(await readAuthority(signer.certificate, signer.key), {
    now: new Date(now),
    ...splitHosts(options.hosts),
    days: daysOf(options.lifetimes.leafMs),
    backdateMs,
  });
  const described = describeLeaf({ ...issued, pending: leaf.pending }, [signer], options.hosts[0]);
  if (described === undefined) throw new TypeError('a leaf that was just made cannot be read');
  const lastLeafEnds = Math.max(signer.lastLeafEnds, described.notAfter);
  return {
    authorities: all.map((each) => (each.id === signer.id ? { ...each, lastLeafEnds } : each)),
    leaf: described,
  };
}

async function newAuthority(now: number, { authorityMs }: Lifetimes): Promise<KnownAuthority> {
  const authority = await makeAuthority({
    now: new Date(now),
    commonName: `Lithopod ${new Date(now).toISOString()}`,
    days: daysOf(authorityMs),
    backdateMs,
    extractable: true,
  });
  const { certificate } = authority;
  const described = describeAuthority({ certificate, key: await authorityKey(authority) });
  if (described === undefined)
    throw new TypeError('an authority that was just made cannot be read');
  return described;
}

function daysOf(milliseconds: number): number {
  return milliseconds / (24 * 60 * 60 * 1000);
}

function isSame(left: SecretData, right: SecretData): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

function isConflict(result: StoreResult<unknown>): boolean {
  return !result.ok && result.problems.some(({ kind }) => kind === 'conflict');
}

function tellNews(
  before: CertificateState | undefined,
  { authorities, leaf }: CertificateState,
  log: KeeperOptions['log'],
): void {
  const known = before?.authorities ?? [];
  for (const { id, notAfter } of authorities) {
    if (known.some((each) => each.id === id)) continue;
    log.info('authority added', { id: shortId(id), expires: new Date(notAfter).toISOString() });
  }
  for (const { id } of known) {
    if (!authorities.some((each) => each.id === id)) {
      log.info('authority removed', { id: shortId(id) });
    }
  }
  if (leaf === undefined) return;
  if (leaf.certificate === before?.leaf?.certificate && leaf.pending === before.leaf.pending)
    return;
  log.info('certificate stored', {
    authority: shortId(leaf.authority),
    expires: new Date(leaf.notAfter).toISOString(),
    pending: leaf.pending,
  });
}

/** Of a fingerprint that is no secret, as much as tells them apart. */
function shortId(id: string): string {
  return id.replaceAll(':', '').slice(0, 12).toLowerCase();
}

/** Logs each problem once for as long as it lasts: a look happens every second then. */
class ProblemLog {
  readonly #last = new Map<string, string>();
  readonly #log: KeeperOptions['log'];

  constructor(log: KeeperOptions['log']) {
    this.#log = log;
  }

  /** Whether it went well. */
  take(what: string, result: StoreResult<unknown>): boolean {
    if (result.ok) {
      this.#last.delete(what);
      return true;
    }
    const message = result.problems.map((problem) => problem.message).join('; ');
    if (!isConflict(result) && this.#last.get(what) !== message) {
      this.#last.set(what, message);
      this.#log.error('certificates cannot be kept', { problem: message });
    }
    return false;
  }
}
