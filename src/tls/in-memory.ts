/**
 * A certificate for an operator who has none: made when the server starts, gone when it ends.
 *
 * In a file of its own because making certificates loads a library that a server with certificate
 * files never needs.
 */
import { issueLeaf, makeAuthority, splitHosts } from './authority.ts';
import { defaultDays } from './lifetime.ts';
import { certificateExpiry } from './pair.ts';
import type { TlsStore } from './store.ts';

/** A store whose certificate was made here, and what a client needs to trust it. */
export interface InMemoryTlsStore extends TlsStore {
  /** The authority's certificate, PEM. */
  readonly ca: string;
}

/**
 * Makes an authority and a certificate that live as long as the process: for `localhost`, both
 * loopback addresses and `hosts` (DNS names or IP addresses).
 */
export async function makeInMemoryTls(options: {
  readonly now: Date;
  readonly hosts?: readonly string[];
}): Promise<InMemoryTlsStore> {
  const { now } = options;
  const days = defaultDays;
  const authority = await makeAuthority({ now, commonName: 'Lithopod, in memory', days });
  const hosts = splitHosts(['localhost', '127.0.0.1', '::1', ...(options.hosts ?? [])]);
  const { certificate, key, ca } = await issueLeaf(authority, { now, ...hosts, days });
  const pair = { certificate, key, expiry: certificateExpiry(certificate) };
  return {
    ca,
    current: () => pair,
    onChange: () => () => undefined,
    reload: () => Promise.resolve(),
    close: () => undefined,
  };
}
