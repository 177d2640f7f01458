/** A client like an API server, and how long it has to wait. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onEnd } from '../e2e/control-plane/owned-process.ts';

export interface Waits {
  /** In milliseconds. */
  readonly longest: number;
  /** How many requests had no answer, or another than 200. */
  readonly unanswered: number;
}

export interface HonestClient {
  /** Since this was asked before, the request under way included. */
  readonly waits: () => Promise<Waits>;
  readonly stop: () => void;
}

/** Starts one that sends a small review every few milliseconds. It ends when this process does. */
export function startHonestClient(url: string): HonestClient {
  const client = fork(join(import.meta.dirname, 'honest-client-process.ts'), [url]);
  const release = onEnd(() => client.kill());
  return {
    waits: async () => {
      client.send('waits');
      const [waits] = (await once(client, 'message')) as [Waits];
      return waits;
    },
    stop: () => {
      release();
      client.kill();
    },
  };
}
