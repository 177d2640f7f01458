/** How much may be held at a time: whoever would exceed it waits for its turn. */

interface Waiter {
  readonly bytes: number;
  readonly start: () => void;
}

export class ByteBudget {
  /** In order of arrival. */
  readonly #waiting = new Set<Waiter>();
  #free: number;

  /** `bytes`: what may be held at a time. */
  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * Calls `start` as soon as `bytes`, at most the budget, are free and nobody waits who came before: at once, or when
   * another gives back. `start` is told how to give back, as is who asked, who may do so without having started; doing it
   * twice does nothing.
   */
  hold(bytes: number, start: (release: () => void) => void): () => void {
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      if (!this.#waiting.delete(waiter)) this.#free += bytes;
      this.#startWhoFits();
    };
    const waiter: Waiter = {
      bytes,
      start: () => {
        start(release);
      },
    };
    this.#waiting.add(waiter);
    this.#startWhoFits();
    return release;
  }

  #startWhoFits(): void {
    for (const waiter of this.#waiting) {
      if (waiter.bytes > this.#free) return;
      this.#waiting.delete(waiter);
      this.#free -= waiter.bytes;
      waiter.start();
    }
  }
}
