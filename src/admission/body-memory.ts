/**
 * The memory that request bodies and unread answers take, and which clients are dropped where it
 * is full.
 *
 * Every byte of a body is counted from the moment its first part may be read until its review is
 * answered, and every answer that a socket does not take at once until its client has read it. A
 * client that sends slowly, sends nothing or does not read must not keep others out
 * (docs/adr/0007-quiet-peers-give-way.md): while somebody waits, clients that had their time are
 * dropped.
 */
import { performance } from 'node:perf_hooks';
import { ByteBudget } from './byte-budget.ts';

const mebibyte = 1024 * 1024;

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * mebibyte;

/** Almost every review is smaller. Larger ones wait until small ones are answered. */
export const largeBodyBytes = 64 * 1024;

/**
 * The budgets of one server, in bytes. They are separate so that no large body can keep a small one
 * waiting. A large body may have 3 MiB, and its text becomes several times as much in memory: the
 * memory of manifests/30-deployment.yaml has room for a few of those. The others wait in their
 * clients, with only their first part read.
 */
const budgets = {
  small: 32 * mebibyte,
  /** The first 64 KiB of bodies that are larger, or whose size is not known. */
  firstParts: 8 * mebibyte,
  large: 2 * maxBodyBytes,
  answers: 16 * mebibyte,
} as const;

/** How often slow clients are looked for while somebody waits. */
const checkIntervalMs = 10;
/** Timeout for a small body, or for the first part of a large one. */
const firstPartTimeoutMs = 250;
/**
 * A large body that has waited has more bytes ready in its socket by the time it may be read. If
 * none have come after this many checks, its client sends nothing.
 */
const checksAfterWait = 3;
/**
 * How long a large body may bring no byte at all. Counted in checks too, because a busy server
 * reads seldom. A lost packet is sent again within less.
 */
const silence = { ms: 250, checks: 5 };
/**
 * How many bytes a large body has to bring within a time: half a MiB a second, which is far below
 * what any network of a cluster does.
 */
const minimumRate = { ms: 500, checks: 10, bytes: 256 * 1024 };

/** The reader of one body. */
export interface BodyReader {
  /** The number of bytes that came so far. */
  readonly received: () => number;
  /**
   * Called when the body came too slowly while others waited. The reader stops and releases its
   * reservation.
   */
  readonly timeOut: () => void;
}

/** The memory that one body has reserved. */
export interface Reservation {
  /** The first part was not granted at once. */
  readonly isQueued: boolean;
  /**
   * Reserves memory for a large body of so many bytes in all, and calls `start` when the rest of it
   * may be read.
   */
  readonly reserveRest: (bytes: number, start: () => void) => void;
  /** The body has come whole: it cannot time out any more. Its memory stays reserved. */
  readonly complete: () => void;
  /** Gives all of it back. May be called more than once. */
  readonly release: () => void;
}

/** A small body, or the first part of a large one, that has not come whole. */
interface FirstPart {
  readonly reader: BodyReader;
  readonly bytes: number;
  readonly since: number;
}

/** A large body that is being read. */
interface LargeRead {
  readonly reader: BodyReader;
  readonly waited: boolean;
  readonly start: Sample;
  checks: number;
  /** When the last byte was seen. */
  lastByte: Sample;
  /** Since when the rate is measured. */
  rateStart: Sample;
}

/** What had come of a large body at one time. */
interface Sample {
  readonly at: number;
  readonly check: number;
  readonly received: number;
}

/** The small bodies, or the first parts of large ones. */
interface Pool {
  readonly budget: ByteBudget;
  /** Those that are being read, in the order in which they began. */
  readonly reading: Map<Reservation, FirstPart>;
  /** In the queue, this many bytes more count like having come a second later. */
  readonly bytesPerSecond: number;
}

export class BodyMemory {
  readonly #small = poolOf(budgets.small, largeBodyBytes);
  readonly #firstParts = poolOf(budgets.firstParts, mebibyte);
  readonly #large = new ByteBudget(budgets.large);
  readonly #largeReads = new Map<Reservation, LargeRead>();
  readonly #answers = new ByteBudget(budgets.answers);
  /** How to drop the client of each unread answer, the oldest first. */
  readonly #dropUnread = new Set<() => void>();
  #isChecking = false;

  /**
   * Reserves memory for a body of so many bytes, or for its first part, and calls `start` when it
   * may be read. `bytes` is undefined where the size is not known.
   */
  reserve(reader: BodyReader, bytes: number | undefined, start: () => void): Reservation {
    const pool = bytes !== undefined && bytes <= largeBodyBytes ? this.#small : this.#firstParts;
    const own = Math.min(bytes ?? largeBodyBytes, largeBodyBytes);
    const asked = performance.now();
    let isReserved = pool.budget.tryReserve(own);
    /** Set where the first part had to wait. */
    let releaseQueued: (() => void) | undefined;
    let releaseRest: (() => void) | undefined;
    const stopTimeouts = (): void => {
      pool.reading.delete(reservation);
      this.#largeReads.delete(reservation);
    };
    const reservation: Reservation = {
      isQueued: !isReserved,
      reserveRest: (whole, startRest) => {
        stopTimeouts();
        releaseRest = this.#reserveLarge(reservation, reader, whole, startRest);
      },
      complete: stopTimeouts,
      release: () => {
        stopTimeouts();
        releaseRest?.();
        releaseQueued?.();
        if (isReserved) pool.budget.giveBack(own);
        isReserved = false;
      },
    };
    const begin = (since: number): void => {
      pool.reading.set(reservation, { reader, bytes: own, since });
      start();
    };
    if (isReserved) begin(asked);
    else {
      const rank = asked + (1000 * (bytes ?? maxBodyBytes)) / pool.bytesPerSecond;
      releaseQueued = pool.budget.reserve(
        own,
        () => {
          begin(performance.now());
        },
        rank,
      );
      this.#checkSlowClients();
    }
    return reservation;
  }

  #reserveLarge(
    reservation: Reservation,
    reader: BodyReader,
    bytes: number,
    start: () => void,
  ): () => void {
    const asked = performance.now();
    const rank = asked + (1000 * bytes) / this.#firstParts.bytesPerSecond;
    const begin = (): void => {
      const now: Sample = { at: performance.now(), check: 0, received: reader.received() };
      const waited = now.at - asked > 5 * checkIntervalMs;
      const read: LargeRead = {
        reader,
        waited,
        start: now,
        checks: 0,
        lastByte: now,
        rateStart: now,
      };
      this.#largeReads.set(reservation, read);
      start();
    };
    const release = this.#large.reserve(bytes, begin, rank);
    if (this.#large.hasQueue) this.#checkSlowClients();
    return release;
  }

  /**
   * Counts an answer of so many bytes that its client has not read yet. Where unread answers exceed
   * their budget, the clients of the oldest ones are dropped: `disconnect` ends the connection.
   * Returns the function to call when the answer is read.
   */
  addAnswer(bytes: number, disconnect: () => void): () => void {
    const read = (): void => {
      if (this.#dropUnread.delete(drop)) this.#answers.giveBack(bytes);
    };
    const drop = (): void => {
      read();
      disconnect();
    };
    // The answer is in memory already.
    this.#answers.reserveAnyway(bytes);
    for (const dropOlder of this.#dropUnread) {
      if (!this.#answers.isExceeded) break;
      dropOlder();
    }
    this.#dropUnread.add(drop);
    return read;
  }

  /** Drops slow clients, now and every few milliseconds for as long as somebody waits. */
  #checkSlowClients(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    // After this turn's input: a busy server has not seen yet what lies ready in its sockets.
    setImmediate(() => {
      const now = performance.now();
      timeOutFirstParts(this.#small, now);
      timeOutFirstParts(this.#firstParts, now);
      if (this.#large.hasQueue) this.#timeOutLargeReads(now);
      const somebodyWaits = [this.#small.budget, this.#firstParts.budget, this.#large].some(
        (budget) => budget.hasQueue,
      );
      if (!somebodyWaits) this.#isChecking = false;
      else {
        setTimeout(() => {
          this.#isChecking = false;
          this.#checkSlowClients();
        }, checkIntervalMs).unref();
      }
    });
  }

  #timeOutLargeReads(now: number): void {
    for (const read of this.#largeReads.values()) {
      read.checks++;
      const sample: Sample = { at: now, check: read.checks, received: read.reader.received() };
      if (isTooSlow(read, sample)) read.reader.timeOut();
    }
  }
}

function poolOf(bytes: number, bytesPerSecond: number): Pool {
  return { budget: new ByteBudget(bytes), reading: new Map(), bytesPerSecond };
}

/** Ends those that had their time, the oldest first, until those who wait can start. */
function timeOutFirstParts({ budget, reading }: Pool, now: number): void {
  let { shortfall } = budget;
  for (const { reader, bytes, since } of reading.values()) {
    if (shortfall <= 0 || now - since < firstPartTimeoutMs) return;
    shortfall -= bytes;
    reader.timeOut();
  }
}

/** Updates the samples of a read. True where too few bytes have come. */
function isTooSlow(read: LargeRead, now: Sample): boolean {
  const { waited, start } = read;
  if (waited && now.check >= checksAfterWait && now.received === start.received) return true;
  if (now.received > read.lastByte.received) read.lastByte = now;
  else if (isOver(silence, read.lastByte, now)) return true;
  if (!isOver(minimumRate, read.rateStart, now)) return false;
  const brought = now.received - read.rateStart.received;
  read.rateStart = now;
  return brought < minimumRate.bytes;
}

function isOver(
  limit: { readonly ms: number; readonly checks: number },
  since: Sample,
  now: Sample,
): boolean {
  return now.at - since.at >= limit.ms && now.check - since.check >= limit.checks;
}
