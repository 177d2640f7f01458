/** The certificate of a Secret, read again when it changes. */
import { pause } from '../cluster/pause.ts';
import { failure, success } from '../core/values/result.ts';
import { nextServed, servedUntil } from './served.ts';
import type { StoreResult } from './keeper.ts';
import type { SecretData } from './state.ts';
import type { Watch } from './watches.ts';
import type { Result } from '../core/values/result.ts';
import type { Log } from '../telemetry/log.ts';
import type { TlsPair } from '../tls/pair.ts';
import type { TlsStore } from '../tls/store.ts';

export interface SecretSource {
  /** `namespace/name`, for messages. */
  readonly name: string;
  readonly read: () => Promise<StoreResult<{ readonly data: SecretData } | undefined>>;
  readonly watch: Watch;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** Ends the waiting for the first certificate. */
  readonly ended: AbortSignal;
}

/** A watch may have ended without anybody noticing. */
const recheckMs = 60_000;
const retryMs = 1_000;

/**
 * Resolves when the Secret has a certificate that can be served. From then on the last good one
 * stays in use, whatever becomes of the Secret. Refused when `ended` comes first.
 */
export async function openTlsSecret(source: SecretSource): Promise<Result<TlsStore>> {
  const { name, read, watch, log, ended } = source;
  const listeners = new Set<(pair: TlsPair) => void>();
  let current: TlsPair | undefined;
  let lastProblem = '';
  let closed = false;

  const look = async (): Promise<void> => {
    const secret = await read();
    const found = secret.ok ? servable(current, secret.value?.data, name) : secret;
    if (!found.ok) {
      const problem = found.problems.map(({ message }) => message).join('; ');
      if (problem !== lastProblem) {
        log.error(
          current === undefined
            ? 'waiting for a certificate'
            : 'certificate not reloaded: the last good one stays in use',
          { secret: name, problem },
        );
      }
      lastProblem = problem;
      return;
    }
    lastProblem = '';
    const before = current;
    current = found.value;
    if (before === undefined || isSame(before, current)) return;
    for (const listener of listeners) listener(current);
  };
  const reload = oneAfterAnother(look);

  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    if (closed) return;
    const wait =
      current !== undefined && lastProblem === '' ? Math.min(recheckMs, endsIn(current)) : retryMs;
    timer = setTimeout(() => void reload().then(schedule), wait);
  };
  const unwatch = watch(() => void reload());
  const close = (): void => {
    closed = true;
    clearTimeout(timer);
    unwatch();
  };
  await reload();
  schedule();
  while (current === undefined && !ended.aborted) await pause(retryMs / 10, ended);
  const first = current;
  if (first === undefined) {
    close();
    return failure({ message: `ended while waiting for the Secret ${name}` });
  }
  return success({
    current: () => current ?? first,
    onChange: (listener: (pair: TlsPair) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload,
    close,
  });
}

/**
 * The Secret may have a pending certificate, which nobody announces once more when ours ends. Where
 * it has ended, the time until another look.
 */
function endsIn(current: TlsPair): number {
  const wait = servedUntil(current) - Date.now();
  return wait > 0 ? wait : retryMs;
}

function servable(
  current: TlsPair | undefined,
  data: SecretData | undefined,
  name: string,
): Result<TlsPair> {
  if (data === undefined) return failure({ message: 'there is no such Secret' });
  return nextServed(current, data, name, Date.now());
}

function isSame(left: TlsPair, right: TlsPair): boolean {
  return left.certificate === right.certificate && left.key === right.key;
}

/**
 * So that an older reading never replaces a newer one; what is asked for meanwhile is one more.
 */
function oneAfterAnother(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = look().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
}
