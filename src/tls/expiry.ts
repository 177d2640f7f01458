/**
 * What is told of a certificate that ends.
 *
 * An expired one is served on, since nothing better is there, and API servers refuse it: under
 * `failurePolicy: Fail` no pod of an opted-in namespace is created any more. So it is an error in
 * the log before it happens, and unready once it has.
 */
import type { Log } from '../telemetry/log.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Long enough for somebody who is away to come back. */
const lastWeeksMs = 21 * dayMs;

/** Whether nobody trusts the certificate any more. */
export function isExpired(expiry: Date, now = Date.now()): boolean {
  return expiry.getTime() <= now;
}

/** Logs an error where the certificate has expired or is in its last three weeks. */
export function tellExpiry(expiry: Date, log: Log, now = Date.now()): void {
  const expires = expiry.toISOString();
  if (isExpired(expiry, now)) {
    log.error('the certificate has expired: API servers refuse it, and we are not ready', {
      expires,
    });
  } else if (expiry.getTime() - now < lastWeeksMs) {
    const days = Math.floor((expiry.getTime() - now) / dayMs);
    log.error('the certificate expires soon: replace it', { expires, days });
  }
}

/**
 * Tells it at once and then daily. Gives back the function that ends it. Does not keep the process
 * alive.
 */
export function watchExpiry(expiry: () => Date, log: Log, everyMs = dayMs): () => void {
  const tell = (): void => {
    tellExpiry(expiry(), log);
  };
  tell();
  const timer = setInterval(tell, everyMs).unref();
  return () => {
    clearInterval(timer);
  };
}
