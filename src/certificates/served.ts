/** Which certificate a replica serves, of the one it has and the one that the Secret has. */
import { success } from '../core/values/result.ts';
import { isTrusted } from '../tls/chain.ts';
import { parsePair } from '../tls/pair.ts';
import { decoded } from './state.ts';
import type { SecretData } from './state.ts';
import type { Result } from '../core/values/result.ts';
import type { TlsPair } from '../tls/pair.ts';

/** A handshake takes time, and the clock of an API server may be a little ahead. */
const marginMs = 1_000;

/** When `nextServed` no longer holds on to it, by the wall clock in milliseconds. */
export function servedUntil({ expiry }: TlsPair): number {
  return expiry.getTime() - marginMs;
}

/**
 * The Secret's, unless that is pending and ours works still: then no API server may know the
 * authority of the new one, and all of them know that of ours. Refused where the Secret's cannot
 * be served; `name` is the Secret's, for the problems.
 */
export function nextServed(
  current: TlsPair | undefined,
  data: SecretData,
  name: string,
  now: number,
): Result<TlsPair> {
  const pair = parsePair(
    { file: `${name} tls.crt`, text: decoded(data, 'tls.crt') },
    { file: `${name} tls.key`, text: decoded(data, 'tls.key') },
  );
  const isPending = decoded(data, 'pending') === 'true';
  const works =
    current !== undefined &&
    now < servedUntil(current) &&
    isTrusted(current.certificate, decoded(data, 'ca.crt'), now);
  return pair.ok && isPending && works ? success(current) : pair;
}
