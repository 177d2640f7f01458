import { setTimeout as delay } from 'node:timers/promises';

/**
 * Several files run at a time, and a server in Java takes a quarter of a minute where it is alone.
 */
const PATIENCE_MS = 300_000;
const POLL_MS = 200;

/**
 * Waits for what a cluster brings about in its own time. Rejects where it has not come after five
 * minutes, with what `describe` then says of the state of things.
 */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  describe: () => Promise<string> = () => Promise.resolve(''),
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`no ${what} after ${PATIENCE_MS / 1000} s\n${await describe()}`);
    }
    await delay(POLL_MS);
  }
}
