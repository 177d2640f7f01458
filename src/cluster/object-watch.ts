/**
 * News of one object, by a watch that is opened again whenever it ends: the API server ends it
 * itself every few minutes, and at a restart, or where it has forgotten too much (410 Gone).
 *
 * The content of an event is not looked at: it only says that there is something to get. A GET is
 * always current, so an event that was lost or came twice does no harm, and a GET shows that the
 * object does not exist, which a watch cannot.
 */
import { finished } from 'node:stream/promises';

import { pause } from './pause.ts';
import { open } from './request.ts';
import type { Connection } from './kubeconfig.ts';

export interface WatchTarget {
  /** The collection: `/api/v1/namespaces/x/secrets`. */
  readonly collection: string;
  readonly name: string;
}

/** How long the API server keeps it open, and how much longer we wait for the end. */
const serverSeconds = 290;
const silenceMs = (serverSeconds + 10) * 1000;
const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * Calls `onChange` when the object may have changed, and when the watch was opened. Gives back the
 * function that ends it. Why it cannot be opened is for whoever gets the object to say.
 */
export function watchObject(
  connection: Connection,
  { collection, name }: WatchTarget,
  onChange: () => void,
): () => void {
  const ended = new AbortController();
  const query = new URLSearchParams({
    watch: 'true',
    // Without it a right that is limited to this name does not count.
    fieldSelector: `metadata.name=${name}`,
    timeoutSeconds: String(serverSeconds),
  });
  const path = `${collection}?${query.toString()}`;
  const run = async (): Promise<void> => {
    for (let failures = 0; !ended.signal.aborted;) {
      const isOpened = await once(connection, path, ended.signal, onChange);
      failures = isOpened ? 0 : failures + 1;
      // With a little chance, so that replicas do not come all at once after a restart.
      const wait = Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
      await pause(wait * (0.5 + Math.random()), ended.signal);
    }
  };
  void run();
  return () => {
    ended.abort();
  };
}

/** Follows one watch to its end. Resolves with whether it was opened. */
async function once(
  connection: Connection,
  path: string,
  ended: AbortSignal,
  onChange: () => void,
): Promise<boolean> {
  let isOpened = false;
  const signal = AbortSignal.any([ended, AbortSignal.timeout(silenceMs)]);
  try {
    const response = await open(connection, { method: 'GET', path, signal });
    isOpened = response.statusCode === 200;
    if (isOpened) response.on('data', onChange);
    else response.resume();
    if (isOpened) onChange();
    await finished(response);
  } catch {
    // The next one is tried after a pause.
  }
  return isOpened;
}
