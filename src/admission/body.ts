/** Reading requests' bodies, each bounded, and all of them together. */
import { isUtf8 } from 'node:buffer';
import { largeBodyBytes, maxBodyBytes } from './body-room.ts';
import { hasAtMost, reviewText } from './review-text.ts';
import type { IncomingMessage } from 'node:http';
import type { BodyRoom, Share } from './body-room.ts';

/**
 * Elements and fields of a review, without its managed fields. Three bytes (`{},`) become an object
 * of sixty in memory, and a key among many takes as much: one review of the largest size would take
 * more than there is. Manifests have 14 bytes or more for each and what the API server sends 18, of
 * which this makes 3.4 MiB: more than it reads of one object.
 */
export const maxValues = 200_000;

/**
 * For a large body to be whole, in milliseconds, where its client does not say how long it waits:
 * Kubernetes' default.
 */
const usualPatienceMs = 10_000;
/**
 * However long a client waits: the server's own limit for a request (server.ts), which says
 * nothing, is not to come first.
 */
const longestPatienceMs = 12_000;

export type Body =
  /** `text`: see `reviewText`. `release` is to be called when nothing holds the text any more. */
  | { readonly kind: 'read'; readonly text: string; readonly release: () => void }
  | { readonly kind: 'too-large' }
  /** More than `maxValues`. */
  | { readonly kind: 'too-many-values' }
  /**
   * It was not whole for as long as its client waits, or came too slowly where others wait for its
   * room. The rest is not read.
   */
  | { readonly kind: 'too-late' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

export interface ReadOptions {
  readonly room: BodyRoom;
  /**
   * A body that is too large is told as soon as that is known. What comes after is read and thrown
   * away, since a client that is cut off while it sends would not see the answer; the server's
   * request timeout bounds how long that goes on.
   */
  readonly early: boolean;
}

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none; not where the
 * client is seen to go away, since there is nobody to answer.
 */
export function readBody(
  request: IncomingMessage,
  { room, early }: ReadOptions,
  done: (body: Body) => void,
): void {
  const length = headerOf(request, 'content-length');
  const announced = length === undefined ? undefined : Number(length);
  if (announced !== undefined && announced > maxBodyBytes) {
    if (early) done({ kind: 'too-large' });
    else
      request.on('end', () => {
        done({ kind: 'too-large' });
      });
    request.resume();
    return;
  }
  /** From so many bytes on it is large. */
  const smallest =
    announced !== undefined && announced <= largeBodyBytes ? Infinity : largeBodyBytes;
  /** What room there is at first. */
  const own = announced === undefined ? undefined : Math.min(announced, largeBodyBytes);
  /** The first chunk, and then a copy of all, with room for more. */
  let bytes: Buffer | undefined;
  let size = 0;
  let refused = false;
  let told = false;
  /** Of a large one, or one that has to wait: for as long as its client does. */
  let patience: NodeJS.Timeout | undefined;
  /** It is larger than its beginning, and has asked for the rest of its room. */
  let isLarge = false;
  const tell = (body: Body): void => {
    if (told) return;
    told = true;
    done(body);
  };
  const refuse = (): void => {
    refused = true;
    bytes = undefined;
    clearTimeout(patience);
    share.release();
  };
  const late = (): void => {
    if (refused) return;
    refuse();
    tell({ kind: 'too-late' });
  };
  const waitForRest = (): void => {
    isLarge = true;
    request.pause();
    share.rest(announced ?? maxBodyBytes, () => {
      request.resume();
    });
  };
  const onData = (chunk: Buffer): void => {
    if (refused) return;
    if (size + chunk.length > maxBodyBytes) {
      refuse();
      if (early) tell({ kind: 'too-large' });
      return;
    }
    bytes = bytes === undefined ? chunk : append(bytes, size, chunk, isLarge ? announced : own);
    size += chunk.length;
    if (!isLarge && size >= smallest) waitForRest();
  };
  const onEnd = (): void => {
    clearTimeout(patience);
    if (refused) {
      tell({ kind: 'too-large' });
      return;
    }
    const { release } = share;
    share.whole();
    const whole = bytes?.subarray(0, size) ?? Buffer.alloc(0);
    bytes = undefined;
    const text = decode(whole);
    // A text is held until it is answered.
    if (typeof text === 'string') tell({ kind: 'read', text, release });
    else {
      release();
      tell(text);
    }
  };
  request.on('end', onEnd);
  request.on('close', () => {
    // What was read is held until it is answered.
    if (request.readableEnded) return;
    clearTimeout(patience);
    share.release();
  });
  const share: Share = room.begin({ received: () => size, late }, announced, () => {
    request.on('data', onData);
  });
  if (share.waits || announced === undefined || announced > largeBodyBytes) {
    patience = setTimeout(late, patienceOf(request.url ?? ''));
  }
}

/**
 * The bytes with the chunk behind the first `used` of them. Where there is no room for it, in a new
 * buffer: for as many as are expected, or for twice as many as there are.
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

/** For how long the client waits, in milliseconds. An API server says so. */
function patienceOf(url: string): number {
  const seconds = /[?&]timeout=(\d{1,2})s(?:&|$)/.exec(url)?.[1];
  if (seconds === undefined) return usualPatienceMs;
  return Math.min(longestPatienceMs, Math.max(1_000, 1_000 * Number(seconds)));
}

/** The text of a whole body, or why it is not read. */
function decode(whole: Buffer): string | Exclude<Body, { kind: 'read' }> {
  if (!isUtf8(whole)) return { kind: 'not-text' };
  const text = reviewText(whole);
  // A small one has no room for so many.
  if (text.length > largeBodyBytes && !hasAtMost(maxValues, text)) {
    return { kind: 'too-many-values' };
  }
  return text;
}

/**
 * The first header of that name, which is given in lower case. `request.headers` would make an
 * object of all of them.
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
