/**
 * The Secret, the webhook configuration and the replicas of a cluster, in memory: as the API
 * server keeps them, with versions that a write has to name.
 */
import { failure, success } from '../../src/core/values/result.ts';
import { nextServed } from '../../src/certificates/served.ts';
import type { CertificateStore, StoreProblem, StoreResult } from '../../src/certificates/keeper.ts';
import type { SecretData } from '../../src/certificates/state.ts';
import type { TlsPair } from '../../src/tls/pair.ts';

const conflict: StoreProblem = { kind: 'conflict', message: 'somebody else was first' };
const refused: StoreProblem = { kind: 'refused', message: 'patches are refused' };
const unreachable: StoreProblem = { kind: 'unreachable', message: 'nobody answers' };

export class SimulatedCluster {
  secret: SecretData | undefined;
  bundles: readonly string[] | undefined = ['', ''];
  /** Patches of the webhook configuration are refused. */
  refuses = false;
  /** Nothing is answered at all. */
  isAway = false;
  /** What `rotate` published, and when, oldest first. */
  readonly history: { readonly at: number; readonly bundle: string }[] = [];
  #secretVersion = 0;
  #bundlesVersion = 0;
  readonly #elapsed: () => number;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** Somebody else's doing. */
  putSecret(data: SecretData | undefined): void {
    this.secret = data;
    this.#secretVersion++;
  }

  /** Somebody else's doing. */
  putBundles(bundles: readonly string[] | undefined): void {
    this.bundles = bundles;
    this.#bundlesVersion++;
  }

  /** `before` runs ahead of each call, in which others may do something. */
  store(before: () => Promise<void> = () => Promise.resolve()): CertificateStore {
    const answer = async <T>(give: () => StoreResult<T>): Promise<StoreResult<T>> => {
      await before();
      return this.isAway ? failure(unreachable) : give();
    };
    return {
      readSecret: () =>
        answer(() =>
          success(
            this.secret && { version: String(this.#secretVersion), content: { ...this.secret } },
          ),
        ),
      writeSecret: (data, version) =>
        answer(() => {
          const isCurrent =
            version === undefined
              ? this.secret === undefined
              : this.secret !== undefined && version === String(this.#secretVersion);
          if (!isCurrent) return failure(conflict);
          this.putSecret(data);
          return success(undefined);
        }),
      readBundles: () =>
        answer(() =>
          success(
            this.bundles && { version: String(this.#bundlesVersion), content: [...this.bundles] },
          ),
        ),
      publish: (bundle, version) =>
        answer(() => {
          if (this.refuses) return failure(refused);
          if (this.bundles === undefined || version !== String(this.#bundlesVersion)) {
            return failure(conflict);
          }
          this.putBundles(this.bundles.map(() => bundle));
          this.history.push({ at: this.#elapsed(), bundle });
          return success(undefined);
        }),
    };
  }

  /** What `rotate` had published so long ago; what it had first, where that is later. */
  publishedBefore(milliseconds: number): string {
    const until = this.#elapsed() - milliseconds;
    return (this.history.findLast(({ at }) => at <= until) ?? this.history[0])?.bundle ?? '';
  }
}

/** One replica of `serve`. */
export class SimulatedReplica {
  pair: TlsPair | undefined;
  /** It began with a pending leaf, having none: it may not be trusted yet. */
  isProvisional = false;

  read(data: SecretData | undefined, now: number): void {
    if (data === undefined) return;
    const next = nextServed(this.pair, data, 'lithopod-tls', now);
    if (!next.ok) return;
    const isPending = data['pending'] !== undefined;
    if (!isPending) this.isProvisional = false;
    else if (next.value !== this.pair) this.isProvisional = true;
    this.pair = next.value;
  }
}
