/** Reads the bodies of requests, each up to a limit, all of them within one memory budget. */
import { isUtf8 } from 'node:buffer';
import { largeBodyBytes, maxBodyBytes } from './body-memory.ts';
import { hasAtMost, reviewText } from './review-text.ts';
import type { IncomingMessage } from 'node:http';
import type { BodyMemory, Reservation } from './body-memory.ts';

/**
 * The most elements and fields of a review, without its managed fields. Three bytes (`{},`) become
 * an object of sixty in memory, and a key among many takes as much: one review of the largest size
 * would take more memory than there is. Manifests have 14 bytes or more for each value and what the
 * API server sends has 18, of which this makes 3.4 MiB: more than it reads of one object.
 */
export const maxValues = 200_000;

/**
 * Timeout for a large body whose client does not say how long it waits: Kubernetes' default, in
 * milliseconds.
 */
const defaultTimeoutMs = 10_000;
const minTimeoutMs = 1_000;
/**
 * Upper bound, kept below requestTimeout (server.ts) so that the client gets our 408 and not a bare
 * disconnect.
 */
const maxTimeoutMs = 12_000;

export type Body =
  /** `text`: see `reviewText`. `release` is to be called when nothing holds the text any more. */
  | { readonly kind: 'read'; readonly text: string; readonly release: () => void }
  | { readonly kind: 'too-large' }
  /** More than `maxValues`. */
  | { readonly kind: 'too-many-values' }
  /**
   * It did not come whole while its client waited, or came too slowly while others waited for
   * memory. The rest is not read.
   */
  | { readonly kind: 'timed-out' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

export interface ReadOptions {
  readonly memory: BodyMemory;
  /**
   * Report a body that is too large before all of it has come. The rest is read and thrown away,
   * since a client that is cut off while it sends would not see the answer; the server's request
   * timeout bounds how long that goes on.
   */
  readonly reportEarly: boolean;
}

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none. Does not call it
 * where the client has gone away, since there is nobody to answer.
 */
export function readBody(
  request: IncomingMessage,
  { memory, reportEarly }: ReadOptions,
  done: (body: Body) => void,
): void {
  const length = headerOf(request, 'content-length');
  const announced = length === undefined ? undefined : Number(length);
  if (announced !== undefined && announced > maxBodyBytes) {
    if (reportEarly) done({ kind: 'too-large' });
    else
      request.on('end', () => {
        done({ kind: 'too-large' });
      });
    request.resume();
    return;
  }
  const isKnownSmall = announced !== undefined && announced <= largeBodyBytes;
  /** The size of the buffer for the first part, where it is known. */
  const firstPart = announced === undefined ? undefined : Math.min(announced, largeBodyBytes);
  /** The first chunk; from the second on a buffer of all, with room for more. */
  let bytes: Buffer | undefined;
  let size = 0;
  let isStopped = false;
  let isDone = false;
  let timeout: NodeJS.Timeout | undefined;
  /** It is larger than its first part, and has asked for memory for the rest. */
  let isLarge = false;
  const report = (body: Body): void => {
    if (isDone) return;
    isDone = true;
    done(body);
  };
  const stop = (): void => {
    isStopped = true;
    bytes = undefined;
    clearTimeout(timeout);
    reservation.release();
  };
  const timeOut = (): void => {
    if (isStopped) return;
    stop();
    report({ kind: 'timed-out' });
  };
  const waitForRest = (): void => {
    isLarge = true;
    request.pause();
    reservation.reserveRest(announced ?? maxBodyBytes, () => {
      request.resume();
    });
  };
  const onData = (chunk: Buffer): void => {
    if (isStopped) return;
    if (size + chunk.length > maxBodyBytes) {
      stop();
      if (reportEarly) report({ kind: 'too-large' });
      return;
    }
    bytes =
      bytes === undefined ? chunk : append(bytes, size, chunk, isLarge ? announced : firstPart);
    size += chunk.length;
    if (!isLarge && !isKnownSmall && size >= largeBodyBytes) waitForRest();
  };
  const onEnd = (): void => {
    clearTimeout(timeout);
    if (isStopped) {
      report({ kind: 'too-large' });
      return;
    }
    const { release } = reservation;
    reservation.complete();
    const whole = bytes?.subarray(0, size) ?? Buffer.alloc(0);
    bytes = undefined;
    const text = decode(whole);
    // A text is held until it is answered.
    if (typeof text === 'string') report({ kind: 'read', text, release });
    else {
      release();
      report(text);
    }
  };
  request.on('end', onEnd);
  request.on('close', () => {
    // A body that was read is held until it is answered.
    if (request.readableEnded) return;
    clearTimeout(timeout);
    reservation.release();
  });
  const reader = { received: () => size, timeOut };
  const reservation: Reservation = memory.reserve(reader, announced, () => {
    request.on('data', onData);
  });
  if (reservation.isQueued || !isKnownSmall) {
    timeout = setTimeout(timeOut, timeoutOf(request.url ?? ''));
  }
}

/**
 * Writes the chunk behind the first `used` bytes. Where it does not fit, into a new buffer: of the
 * expected size, or else of twice the size that is needed.
 */
function append(bytes: Buffer, used: number, chunk: Buffer, expected: number | undefined): Buffer {
  let whole = bytes;
  const needed = used + chunk.length;
  if (needed > bytes.length) {
    whole = Buffer.allocUnsafe(Math.max(needed, expected ?? Math.min(maxBodyBytes, 2 * needed)));
    bytes.copy(whole, 0, 0, used);
  }
  chunk.copy(whole, used);
  return whole;
}

/** How long the client waits, in milliseconds. An API server says so in its URL. */
function timeoutOf(url: string): number {
  const seconds = /[?&]timeout=(\d{1,2})s(?:&|$)/.exec(url)?.[1];
  if (seconds === undefined) return defaultTimeoutMs;
  return Math.min(maxTimeoutMs, Math.max(minTimeoutMs, 1_000 * Number(seconds)));
}

/** The text of a whole body, or why there is none. */
function decode(whole: Buffer): string | Exclude<Body, { kind: 'read' }> {
  if (!isUtf8(whole)) return { kind: 'not-text' };
  const text = reviewText(whole);
  // A small text is too short for so many.
  if (text.length > largeBodyBytes && !hasAtMost(maxValues, text)) {
    return { kind: 'too-many-values' };
  }
  return text;
}

/**
 * The first header with that name, which is given in lower case. Reading `request.headers` would
 * make an object of all headers.
 */
export function headerOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      return rawHeaders[at + 1];
    }
  }
  return undefined;
}
