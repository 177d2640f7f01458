/** A keeper that runs: it looks when something may have changed, and when time has passed. */
import type { Keeper } from './keeper.ts';
import type { Watch } from './watches.ts';

/** Nothing is urgent then, but a watch may have ended without anybody noticing. */
const recheckMs = 60_000;

/**
 * Looks now, whenever one of `watches` calls, and when the keeper says so: never twice at once.
 * Gives back the function that ends it, which resolves when the last look has ended.
 */
export function startRotation(keeper: Keeper, watches: readonly Watch[]): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  let isEnded = false;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    const wait = await keeper.look();
    running = undefined;
    if (isEnded) return;
    if (isAskedAgain) trigger();
    else timer = setTimeout(trigger, Math.min(wait, recheckMs));
  };
  const trigger = (): void => {
    isAskedAgain = running !== undefined;
    running ??= look();
  };

  const closers = watches.map((watch) => watch(trigger));
  trigger();
  return async () => {
    isEnded = true;
    clearTimeout(timer);
    for (const close of closers) close();
    await running;
  };
}
