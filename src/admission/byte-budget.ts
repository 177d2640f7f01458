/** How much may be held at a time: whoever would exceed it waits for its turn. */

interface Waiter {
  readonly bytes: number;
  readonly rank: number;
  readonly start: () => void;
}

export class ByteBudget {
  /** In the order in which they start: by rank, and by arrival where that is the same. */
  readonly #waiting: Waiter[] = [];
  #free: number;

  /** `bytes`: what may be held at a time. */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Somebody waits. */
  get crowded(): boolean {
    return this.#waiting.length > 0;
  }

  /** What those that wait need together above what is free. */
  get missing(): number {
    const wanted = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    return Math.max(0, wanted - this.#free);
  }

  /** More is held than may be: what cannot wait was added. */
  get overdrawn(): boolean {
    return this.#free < 0;
  }

  /**
   * Takes so many bytes where they are free and nobody waits for them. What is taken is to be given
   * back.
   */
  take(bytes: number): boolean {
    if (bytes > this.#free || this.#waiting.length > 0) return false;
    this.#free -= bytes;
    return true;
  }

  /** Adds what is there already, free or not. It is to be given back. */
  add(bytes: number): void {
    this.#free -= bytes;
  }

  /** Gives back what was taken or added. */
  give(bytes: number): void {
    this.#free += bytes;
    this.#startWhoFits();
  }

  /**
   * Calls `start` as soon as `bytes`, at most the budget, are free and nobody waits whose rank is
   * lower, or the same and came before: at once, or when another gives back. `start` is told how to
   * give back, as is who asked, who may do so without having started; doing it twice does nothing.
   */
  hold(bytes: number, start: (release: () => void) => void, rank = 0): () => void {
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      const at = this.#waiting.indexOf(waiter);
      if (at < 0) this.#free += bytes;
      else this.#waiting.splice(at, 1);
      this.#startWhoFits();
    };
    const waiter: Waiter = {
      bytes,
      rank,
      start: () => {
        start(release);
      },
    };
    const behind = this.#waiting.findLastIndex((other) => other.rank <= rank);
    this.#waiting.splice(behind + 1, 0, waiter);
    this.#startWhoFits();
    return release;
  }

  #startWhoFits(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || next.bytes > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.start();
    }
  }
}
