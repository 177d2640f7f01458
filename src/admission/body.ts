/** Reading requests' bodies, each bounded, and all of them together. */
import { isUtf8 } from 'node:buffer';
import { ByteBudget } from './byte-budget.ts';
import { hasAtMost, reviewText } from './review-text.ts';
import type { IncomingMessage } from 'node:http';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Elements and fields of a review, without its managed fields. Three bytes (`{},`) become an object of sixty in memory, and
 * a key among many takes as much: one review of the largest size would take more than there is. Manifests have 14 bytes or
 * more for each and what the API server sends 18, of which this makes 3.4 MiB: more than it reads of one object.
 */
export const maxValues = 200_000;

/** In bytes. Almost every review is smaller, and those that are not stand back for them. */
export const largeBodyBytes = 64 * 1024;

/**
 * For large bodies from the first byte that is read until they are answered. An API server asks for up to 600 objects at a
 * time and any of them may have 3 MiB, of which the memory of manifests/30-deployment.yaml has room for a few: the rest
 * waits unread, in its client. Small ones do not wait: 600 of them fit.
 */
const largeBodies = new ByteBudget(2 * maxBodyBytes);

/** For a large body to be whole once it is its turn, in milliseconds. A client that says nothing would keep others waiting. */
const readingMs = 3_000;

export type Body =
  /** `text`: see `reviewText`. `release` is to be called when nothing holds the text any more; a small one has none. */
  | { readonly kind: 'read'; readonly text: string; readonly release: (() => void) | undefined }
  | { readonly kind: 'too-large' }
  /** More than `maxValues`. */
  | { readonly kind: 'too-many-values' }
  /** A large one that had to wait for longer than its client does, or did not come once it could. The rest is not read. */
  | { readonly kind: 'too-late' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none; never where the client went away, since
 * there is nobody to answer. `early`: a body that is too large is told as soon as that is known. What comes after is read
 * and thrown away, since a client that is cut off while it sends would not see the answer; the server's request timeout
 * bounds how long that goes on.
 */
export function readBody(
  request: IncomingMessage,
  early: boolean,
  done: (body: Body) => void,
): void {
  const length = headerOf(request, 'content-length');
  const announced = length === undefined ? undefined : Number(length);
  /** The first chunk, and then a copy of all, with room for more. */
  let bytes: Buffer | undefined;
  let size = 0;
  let refused = false;
  let told = false;
  let hold: Hold | undefined;
  const tell = (body: Body): void => {
    if (told) return;
    told = true;
    done(body);
  };
  const refuse = (): void => {
    refused = true;
    bytes = undefined;
    hold?.release();
  };
  const onData = (chunk: Buffer): void => {
    if (refused) return;
    if (size + chunk.length > maxBodyBytes) {
      refuse();
      if (early) tell({ kind: 'too-large' });
      return;
    }
    bytes = bytes === undefined ? chunk : append(bytes, size, chunk, announced ?? 0);
    size += chunk.length;
    if (announced === undefined && hold === undefined && size > largeBodyBytes) {
      request.pause();
      waitForRoom(maxBodyBytes, () => request.resume());
    }
  };
  const waitForRoom = (most: number, start: () => void): void => {
    hold = holdFor(request, most, start, () => {
      refuse();
      tell({ kind: 'too-late' });
    });
  };
  const onEnd = (): void => {
    if (refused) tell({ kind: 'too-large' });
    else {
      const whole = bytes?.subarray(0, size) ?? Buffer.alloc(0);
      bytes = undefined;
      tell(decode(whole, hold?.release));
    }
  };
  request.on('end', onEnd);
  if (announced === undefined || announced <= largeBodyBytes) request.on('data', onData);
  else if (announced <= maxBodyBytes) {
    waitForRoom(announced, () => request.on('data', onData));
  } else {
    refuse();
    if (early) tell({ kind: 'too-large' });
    request.resume();
  }
}

/** The bytes with the chunk behind the first `used` of them, in a buffer of `most` or twice as large where it needs one. */
function append(bytes: Buffer, used: number, chunk: Buffer, most: number): Buffer {
  let whole = bytes;
  if (used + chunk.length > bytes.length) {
    whole = Buffer.allocUnsafe(Math.max(most, Math.min(maxBodyBytes, 2 * (used + chunk.length))));
    bytes.copy(whole, 0, 0, used);
  }
  chunk.copy(whole, used);
  return whole;
}

/** A part of the budget for large bodies. */
interface Hold {
  /** Gives it back. May be called more than once. */
  readonly release: () => void;
}

/**
 * Calls `start` when so many bytes of the request's body may be read, or `late` where that takes longer than the client
 * waits, or the body then does not come. Released by itself where the request breaks off before its end.
 */
function holdFor(
  request: IncomingMessage,
  bytes: number,
  start: () => void,
  late: () => void,
): Hold {
  let timer = setTimeout(late, patienceOf(request.url ?? ''));
  const release = largeBodies.hold(bytes, () => {
    clearTimeout(timer);
    timer = setTimeout(late, readingMs);
    start();
  });
  request.on('end', () => {
    clearTimeout(timer);
  });
  request.on('close', () => {
    clearTimeout(timer);
    // What was read is held until it is answered.
    if (!request.readableEnded) release();
  });
  return {
    release: () => {
      clearTimeout(timer);
      release();
    },
  };
}

/** For how long the client waits, in milliseconds: an API server says so, and by default it is ten seconds. */
function patienceOf(url: string): number {
  const seconds = /[?&]timeout=(\d{1,2})s(?:&|$)/.exec(url)?.[1];
  return 1000 * Math.min(30, Math.max(1, Number(seconds ?? 10)));
}

function decode(whole: Buffer, release: (() => void) | undefined): Body {
  if (!isUtf8(whole)) {
    release?.();
    return { kind: 'not-text' };
  }
  const text = reviewText(whole);
  // A small one has no room for so many.
  if (text.length > largeBodyBytes && !hasAtMost(maxValues, text)) {
    release?.();
    return { kind: 'too-many-values' };
  }
  return { kind: 'read', text, release };
}

/** The first header of that name, which is given in lower case. `request.headers` would make an object of all of them. */
export function headerOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] ?? '';
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      return rawHeaders[at + 1];
    }
  }
  return undefined;
}
