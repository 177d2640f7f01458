/**
 * Whether API servers trust the certificate that is served: by the caBundle that is published,
 * read now and then and never on the way of a review.
 */
import { isTrusted } from '../tls/chain.ts';
import type { PublishedBundles } from '../cluster/webhook-configuration.ts';
import type { StoreResult } from './keeper.ts';
import type { Log } from '../telemetry/log.ts';
import type { TlsStore } from '../tls/store.ts';

export interface Trust {
  /**
   * False until the certificate was seen to be trusted, or that nobody asks us: there is no
   * configuration. Later false only where what was read says so: an API server that is away is no
   * reason to be unready.
   */
  readonly isTrusted: () => boolean;
  readonly close: () => void;
}

const untrustedMs = 1_000;
const trustedMs = 30_000;

export function watchTrust({
  read,
  store,
  log,
}: {
  readonly read: () => Promise<StoreResult<PublishedBundles | undefined>>;
  readonly store: Pick<TlsStore, 'current' | 'onChange'>;
  readonly log: Pick<Log, 'info' | 'error'>;
}): Trust {
  let trusted = false;
  let lastProblem = '';
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const tell = (problem: string): void => {
    if (problem !== '' && problem !== lastProblem) {
      log.error('it is not known that API servers trust the certificate', { problem });
    }
    if (problem === '' && lastProblem !== '') log.info('API servers trust the certificate');
    lastProblem = problem;
  };
  const look = async (): Promise<void> => {
    const bundles = await read();
    if (!bundles.ok) {
      tell(bundles.problems.map(({ message }) => message).join('; '));
      return;
    }
    const { certificate } = store.current();
    const strange = (bundles.value?.entries ?? []).filter(
      ({ bundle }) => !isTrusted(certificate, bundle, Date.now()),
    );
    trusted = strange.length === 0;
    tell(
      trusted
        ? ''
        : `the caBundle of ${strange[0]?.name ?? ''} does not trust it, nor that of ${strange.length - 1} others`,
    );
  };
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    await look();
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(() => void run(), trusted ? trustedMs : untrustedMs).unref();
  };

  void run();
  const forget = store.onChange(() => void run());
  return {
    isTrusted: () => trusted,
    close: () => {
      closed = true;
      clearTimeout(timer);
      forget();
    },
  };
}
