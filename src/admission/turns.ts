/**
 * Which reviews are answered together: batches, each at the end of a turn of the event loop.
 *
 * Under load, a batch is worked out as a whole, then sent, then recorded. That takes a quarter
 * less of the processor than one review after the other, because the code of each step stays in
 * the processor's caches (docs/adr/0003-hot-route-ahead-of-express.md). Without load, a review is
 * answered as soon as it has come.
 */
import { largeBodyBytes } from './body-memory.ts';

/** A review that waits for its answer, as far as the queue looks at it. */
export interface QueuedReview {
  /** The JSON text: its length decides which queue the review waits in. */
  readonly text: string;
}

/**
 * The largest batch, in UTF-16 units. A text becomes several times as large when it is parsed, and
 * what a whole batch becomes is in memory at the same time. For scale: sixteen pods of ten
 * containers have two thirds of it.
 */
const maxBatchLength = 256 * 1024;

/** The number of quiet turns of the event loop after which batching is switched off again. */
const quietTurns = 100;

/** The reviews of one server that wait for their answers. */
export class BatchQueue<Review extends QueuedReview> {
  readonly #answer: (batch: readonly Review[]) => void;
  #small: Review[] = [];
  /** Texts longer than `largeBodyBytes` UTF-16 units: for JSON nearly the same as bytes. */
  readonly #large: Review[] = [];
  #arrivedInTurn = 0;
  /** Batching is on while this is above zero. */
  #turnsToBatch = 0;
  #isScheduled = false;

  /** `answer` answers all reviews of a batch before it returns, and does not throw. */
  constructor(answer: (batch: readonly Review[]) => void) {
    this.#answer = answer;
  }

  /**
   * Adds a review that has come whole. Without load a small one is answered before this returns. A
   * large one always waits: for the small ones of its turn, and for the large ones before it.
   */
  add(review: Review): void {
    this.#arrivedInTurn++;
    this.#schedule();
    if (review.text.length > largeBodyBytes) this.#large.push(review);
    else if (this.#turnsToBatch > 0) this.#small.push(review);
    else this.#answer([review]);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    // Several reviews in one turn are load; a turn with one review or none is quiet.
    this.#turnsToBatch = this.#arrivedInTurn > 1 ? quietTurns : Math.max(0, this.#turnsToBatch - 1);
    this.#arrivedInTurn = 0;
    this.#answer(this.#takeBatch());
    // One for each turn: small reviews that have come in the meantime go before the next.
    const large = this.#large.shift();
    if (large !== undefined) this.#answer([large]);
    if (this.#small.length > 0 || this.#large.length > 0) this.#schedule();
  };

  /** Removes the first small reviews from the queue, as many as fit into a batch. */
  #takeBatch(): readonly Review[] {
    const queue = this.#small;
    let count = 0;
    for (let length = 0; count < queue.length; count++) {
      length += queue[count]?.text.length ?? 0;
      if (length > maxBatchLength && count > 0) break;
    }
    this.#small = queue.slice(count);
    return this.#small.length === 0 ? queue : queue.slice(0, count);
  }
}
