/**
 * The room that bodies and answers take, and who gives way where it is full.
 *
 * Every byte of a body is counted from the first that is read until its review is answered, and
 * each answer that is longer than a socket takes at once until its client has read it. Who sends
 * slowly, or nothing, or does not read, must not keep others out
 * (docs/adr/0007-quiet-peers-give-way.md): while somebody waits, those go that had their time.
 */
import { performance } from 'node:perf_hooks';
import { ByteBudget } from './byte-budget.ts';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

/** In bytes. Almost every review is smaller, and those that are not stand back for them. */
export const largeBodyBytes = 64 * 1024;

const mebibyte = 1024 * 1024;

/**
 * What may be held at a time, in bytes. In parts, so that nothing that a large body does keeps a
 * small one waiting. Any of the large ones may have 3 MiB, of which the memory of
 * manifests/30-deployment.yaml has room for a few, since a text becomes several times as much: the
 * others wait, all but their beginnings unread, in their clients.
 */
const most = {
  small: 32 * mebibyte,
  /** The first 64 KiB of those that are larger, or of which nobody knows. */
  beginnings: 8 * mebibyte,
  large: 2 * maxBodyBytes,
  answers: 16 * mebibyte,
} as const;

/** In milliseconds: where somebody waits, it is looked so often at who is slow. */
const lookMs = 10;
/** For a small body, or the beginning of a large one, to be whole, in milliseconds. */
const beginningMs = 250;
/**
 * A large body that waited has more lying ready by the time it may be read: so many looks are
 * enough to see it.
 */
const looksForMore = 3;
/**
 * Without a byte of a large body. In looks too, since a busy server reads seldom. A lost packet
 * comes again within less.
 */
const silence = { ms: 250, looks: 5 };
/**
 * In which a large body brings so many bytes: half a MiB a second, far below any network of a
 * cluster.
 */
const stretch = { ms: 500, looks: 10, bytes: 256 * 1024 };

/** A body that is being read, as the room sees it. */
export interface Reading {
  /** Bytes that came so far. */
  readonly received: () => number;
  /** It is not to be read any further: it was too slow, and others wait. It gives its room back. */
  readonly late: () => void;
}

/** What one body has of the room. */
export interface Share {
  /** It did not start at once. */
  readonly waits: boolean;
  /**
   * Waits for the rest of a body of so many bytes in all, and calls `start` when it may be read.
   */
  readonly rest: (bytes: number, start: () => void) => void;
  /** The body is whole: nobody is to wait for it any more. What it has is kept. */
  readonly whole: () => void;
  /** Gives all of it back. Doing it twice does nothing. */
  readonly release: () => void;
}

/** A body that is small, or the beginning of a large one, and not whole. */
interface Beginning {
  readonly reading: Reading;
  readonly bytes: number;
  readonly since: number;
}

/** A large body that may be read. */
interface Turn {
  readonly reading: Reading;
  readonly waited: boolean;
  readonly start: Mark;
  looks: number;
  /** When its last byte was seen. */
  seen: Mark;
  /** Where its present stretch began. */
  stretch: Mark;
}

interface Mark {
  readonly at: number;
  readonly look: number;
  readonly received: number;
}

/** Bodies of one kind that wait for room or have it. */
interface Pool {
  readonly budget: ByteBudget;
  /** In order of arrival. */
  readonly begun: Map<Share, Beginning>;
  /** What is so many bytes larger is passed by what comes up to a second later. */
  readonly bytesPerSecond: number;
}

export class BodyRoom {
  readonly #small = poolOf(most.small, largeBodyBytes);
  readonly #beginnings = poolOf(most.beginnings, mebibyte);
  readonly #large = new ByteBudget(most.large);
  readonly #turns = new Map<Share, Turn>();
  readonly #answers = new ByteBudget(most.answers);
  /** How to end each, in the order in which they were sent. */
  readonly #unread = new Set<() => void>();
  #looking = false;

  /**
   * Waits for room for a body of so many bytes, or for its beginning, and calls `start` when it may
   * be read. `bytes` is undefined where nobody knows.
   */
  begin(reading: Reading, bytes: number | undefined, start: () => void): Share {
    const pool = bytes !== undefined && bytes <= largeBodyBytes ? this.#small : this.#beginnings;
    const own = Math.min(bytes ?? largeBodyBytes, largeBodyBytes);
    const asked = performance.now();
    let taken = pool.budget.take(own);
    /** Where it had to wait. */
    let giveBack: (() => void) | undefined;
    let giveRest: (() => void) | undefined;
    const leave = (): void => {
      pool.begun.delete(share);
      this.#turns.delete(share);
    };
    const share: Share = {
      waits: !taken,
      rest: (whole, startRest) => {
        leave();
        giveRest = this.#turn(share, reading, whole, startRest);
      },
      whole: leave,
      release: () => {
        leave();
        giveRest?.();
        giveBack?.();
        if (taken) pool.budget.give(own);
        taken = false;
      },
    };
    const begin = (since: number): void => {
      pool.begun.set(share, { reading, bytes: own, since });
      start();
    };
    if (taken) begin(asked);
    else {
      const rank = asked + (1000 * (bytes ?? maxBodyBytes)) / pool.bytesPerSecond;
      giveBack = pool.budget.hold(
        own,
        () => {
          begin(performance.now());
        },
        rank,
      );
      this.#look();
    }
    return share;
  }

  #turn(share: Share, reading: Reading, bytes: number, start: () => void): () => void {
    const asked = performance.now();
    const rank = asked + (1000 * bytes) / this.#beginnings.bytesPerSecond;
    const begin = (): void => {
      const mark: Mark = { at: performance.now(), look: 0, received: reading.received() };
      const waited = mark.at - asked > 5 * lookMs;
      this.#turns.set(share, { reading, waited, start: mark, looks: 0, seen: mark, stretch: mark });
      start();
    };
    const release = this.#large.hold(bytes, begin, rank);
    if (this.#large.crowded) this.#look();
    return release;
  }

  /**
   * Counts an answer of so many bytes that its client has not read. `cut` ends its connection,
   * which happens to those that lie longest where there are too many. Gives back how to say that it
   * is read.
   */
  answer(bytes: number, cut: () => void): () => void {
    const gone = (): void => {
      if (this.#unread.delete(end)) this.#answers.give(bytes);
    };
    const end = (): void => {
      gone();
      cut();
    };
    // It is there already.
    this.#answers.add(bytes);
    for (const endOther of this.#unread) {
      if (!this.#answers.overdrawn) break;
      endOther();
    }
    this.#unread.add(end);
    return gone;
  }

  /** Looks who is slow, and again every few milliseconds for as long as somebody waits. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    // After the sockets: a busy server has not looked yet at what lies ready.
    setImmediate(() => {
      const now = performance.now();
      endSlowBeginnings(this.#small, now);
      endSlowBeginnings(this.#beginnings, now);
      if (this.#large.crowded) this.#endSlowTurns(now);
      const crowded = [this.#small.budget, this.#beginnings.budget, this.#large].some(
        (budget) => budget.crowded,
      );
      if (!crowded) this.#looking = false;
      else {
        setTimeout(() => {
          this.#looking = false;
          this.#look();
        }, lookMs).unref();
      }
    });
  }

  #endSlowTurns(now: number): void {
    for (const turn of this.#turns.values()) {
      turn.looks++;
      const mark: Mark = { at: now, look: turn.looks, received: turn.reading.received() };
      if (isSlow(turn, mark)) turn.reading.late();
    }
  }
}

function poolOf(bytes: number, bytesPerSecond: number): Pool {
  return { budget: new ByteBudget(bytes), begun: new Map(), bytesPerSecond };
}

/** Those that had their time, as many as are needed, the oldest first. */
function endSlowBeginnings({ budget, begun }: Pool, now: number): void {
  let { missing } = budget;
  for (const { reading, bytes, since } of begun.values()) {
    if (missing <= 0 || now - since < beginningMs) return;
    missing -= bytes;
    reading.late();
  }
}

/** Notes what came of it until now, and answers whether that is too little. */
function isSlow(turn: Turn, now: Mark): boolean {
  if (turn.waited && now.look >= looksForMore && now.received === turn.start.received) return true;
  if (now.received > turn.seen.received) turn.seen = now;
  else if (isPast(silence, turn.seen, now)) return true;
  if (!isPast(stretch, turn.stretch, now)) return false;
  const brought = now.received - turn.stretch.received;
  turn.stretch = now;
  return brought < stretch.bytes;
}

function isPast(time: { readonly ms: number; readonly looks: number }, since: Mark, now: Mark) {
  return now.at - since.at >= time.ms && now.look - since.look >= time.looks;
}
