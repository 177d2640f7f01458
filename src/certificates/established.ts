/**
 * Since when an authority stands in the published bundle, as far as this process has seen it, by
 * its monotonic clock. Nothing of it is stored: a new process waits the whole time again, which at
 * two thirds of an authority's life costs nothing, and no step of the wall clock and no other
 * replica's clock has a say.
 */
import { splitChain } from '../tls/pair.ts';
import type { Published } from './lifecycle.ts';
import type { KnownAuthority } from './state.ts';

export class Established {
  readonly #since = new Map<string, number>();
  readonly #monotonicNow: () => number;

  constructor(monotonicNow: () => number) {
    this.#monotonicNow = monotonicNow;
  }

  /** Takes note of what was read just now. What could not be read changes nothing. */
  observe(authorities: readonly KnownAuthority[], published: Published): void {
    if (published.kind === 'unknown') return;
    const now = this.#monotonicNow();
    for (const { id, certificate } of authorities) {
      if (!isPublished(certificate, published)) this.#since.delete(id);
      else if (!this.#since.has(id)) this.#since.set(id, now);
    }
    const known = new Set(authorities.map(({ id }) => id));
    for (const id of this.#since.keys()) if (!known.has(id)) this.#since.delete(id);
  }

  /** Undefined where it does not stand there. */
  millisecondsOf({ id }: KnownAuthority): number | undefined {
    const since = this.#since.get(id);
    return since === undefined ? undefined : this.#monotonicNow() - since;
  }
}

/**
 * Without a configuration nobody is asked, and when there is one again it gets the whole bundle
 * before any API server can trust something else.
 */
function isPublished(certificate: string, published: Published): boolean {
  if (published.kind !== 'bundles') return published.kind === 'no-configuration';
  const wanted = certificate.trim();
  return published.bundles.every((bundle) => splitChain(bundle).includes(wanted));
}
