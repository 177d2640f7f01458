/**
 * Warnings of a certificate that is about to expire.
 *
 * An expired certificate is still served, since there is no better one, but API servers refuse it:
 * under `failurePolicy: Fail` no pod of an opted-in namespace is created any more. So there is an
 * error in the log before that, and afterwards the server is unready.
 */
import type { Log } from '../telemetry/log.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Long enough for an operator to come back from a holiday. */
const warnBeforeMs = 21 * dayMs;
/** A certificate that lives for days is renewed by itself at two thirds of its life. */
const lastPart = 1 / 4;

/** Whether clients refuse the certificate for its age. */
export function isExpired(expiry: Date, now = Date.now()): boolean {
  return expiry.getTime() <= now;
}

/**
 * Logs an error where the certificate has expired or is in its last three weeks; where it lives for
 * less than twelve weeks (`lifeMs`), in the last quarter of its life.
 */
export function logExpiry(
  expiry: Date,
  log: Log,
  now = Date.now(),
  lifeMs = Number.POSITIVE_INFINITY,
): void {
  const expires = expiry.toISOString();
  if (isExpired(expiry, now)) {
    log.error('the certificate has expired: API servers refuse it, and we are not ready', {
      expires,
    });
  } else if (expiry.getTime() - now < Math.min(warnBeforeMs, lifeMs * lastPart)) {
    const days = Math.floor((expiry.getTime() - now) / dayMs);
    log.error('the certificate expires soon: replace it', { expires, days });
  }
}

/**
 * Logs the expiry now and then daily. Returns the function that ends that. Does not keep the
 * process alive.
 */
export function watchExpiry(
  expiry: () => Date,
  log: Log,
  everyMs = dayMs,
  lifeMs: () => number = () => Number.POSITIVE_INFINITY,
): () => void {
  const logNow = (): void => {
    logExpiry(expiry(), log, Date.now(), lifeMs());
  };
  logNow();
  const timer = setInterval(logNow, everyMs).unref();
  return () => {
    clearInterval(timer);
  };
}
