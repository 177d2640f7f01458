/** A budget of bytes, with a queue for those who ask for more than is free. */

interface Waiter {
  readonly bytes: number;
  readonly rank: number;
  readonly start: () => void;
}

export class ByteBudget {
  /** In the order in which they start: by rank, and by arrival where the rank is the same. */
  readonly #queue: Waiter[] = [];
  #free: number;

  /** `bytes`: the most that may be reserved at a time. */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Whether anybody waits. */
  get hasQueue(): boolean {
    return this.#queue.length > 0;
  }

  /** The bytes that have to become free for all who wait to start. */
  get shortfall(): number {
    const wanted = this.#queue.reduce((sum, { bytes }) => sum + bytes, 0);
    return Math.max(0, wanted - this.#free);
  }

  /** More is reserved than the budget has, which only `reserveAnyway` can do. */
  get isExceeded(): boolean {
    return this.#free < 0;
  }

  /**
   * Reserves the bytes if they are free and nobody waits for them. To be given back by
   * `giveBack`.
   */
  tryReserve(bytes: number): boolean {
    if (bytes > this.#free || this.#queue.length > 0) return false;
    this.#free -= bytes;
    return true;
  }

  /** Reserves bytes that are in use already, free or not. To be given back by `giveBack`. */
  reserveAnyway(bytes: number): void {
    this.#free -= bytes;
  }

  /** Gives back what `tryReserve` or `reserveAnyway` reserved. */
  giveBack(bytes: number): void {
    this.#free += bytes;
    this.#startNext();
  }

  /**
   * Reserves `bytes` (at most the budget) in the order of rank, then of arrival, and calls `start`
   * when they are granted, which may be at once. Both `start` and the caller get the release, which
   * may be called more than once. Calling it before the grant leaves the queue.
   */
  reserve(bytes: number, start: (release: () => void) => void, rank = 0): () => void {
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      const at = this.#queue.indexOf(waiter);
      if (at < 0) this.#free += bytes;
      else this.#queue.splice(at, 1);
      this.#startNext();
    };
    const waiter: Waiter = {
      bytes,
      rank,
      start: () => {
        start(release);
      },
    };
    const behind = this.#queue.findLastIndex((other) => other.rank <= rank);
    this.#queue.splice(behind + 1, 0, waiter);
    this.#startNext();
    return release;
  }

  /** Starts those at the head of the queue for whom there are enough bytes. */
  #startNext(): void {
    for (;;) {
      const [next] = this.#queue;
      if (next === undefined || next.bytes > this.#free) return;
      this.#queue.shift();
      this.#free -= next.bytes;
      next.start();
    }
  }
}
