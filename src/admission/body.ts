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

/** Without a byte of a large body whose turn it is, in milliseconds: a client that says nothing would keep others waiting. */
const silenceMs = 3_000;

/** For a large body to be whole, in milliseconds, where its client does not say how long it waits: Kubernetes' default. */
const usualPatienceMs = 10_000;
/** However long a client waits: the server's own limit for a request (server.ts), which says nothing, is not to come first. */
const longestPatienceMs = 12_000;

export type Body =
  /** `text`: see `reviewText`. `release` is to be called when nothing holds the text any more; a small one has none. */
  | { readonly kind: 'read'; readonly text: string; readonly release: (() => void) | undefined }
  | { readonly kind: 'too-large' }
  /** More than `maxValues`. */
  | { readonly kind: 'too-many-values' }
  /** A large one that was not whole for as long as its client waits, or of which nothing came. The rest is not read. */
  | { readonly kind: 'too-late' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none; not where the client is seen to go away,
 * since there is nobody to answer. `early`: a body that is too large is told as soon as that is known. What comes after is
 * read and thrown away, since a client that is cut off while it sends would not see the answer; the server's request
 * timeout bounds how long that goes on.
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
  /** Of a large one that waits for room or has it. */
  let release: (() => void) | undefined;
  const tell = (body: Body): void => {
    if (told) return;
    told = true;
    done(body);
  };
  const refuse = (): void => {
    refused = true;
    bytes = undefined;
    release?.();
  };
  const onData = (chunk: Buffer): void => {
    if (refused) return;
    if (size + chunk.length > maxBodyBytes) {
      refuse();
      if (early) tell({ kind: 'too-large' });
      return;
    }
    bytes = bytes === undefined ? chunk : append(bytes, size, chunk, announced);
    size += chunk.length;
    if (announced === undefined && release === undefined && size > largeBodyBytes) {
      request.pause();
      waitForRoom(maxBodyBytes, () => {
        request.resume();
      });
    }
  };
  const waitForRoom = (most: number, start: () => void): void => {
    release = holdFor(request, most, {
      start,
      read: () => size,
      late: () => {
        refuse();
        tell({ kind: 'too-late' });
      },
    });
  };
  const onEnd = (): void => {
    if (refused) tell({ kind: 'too-large' });
    else {
      const whole = bytes?.subarray(0, size) ?? Buffer.alloc(0);
      bytes = undefined;
      const text = decode(whole);
      // A text is held until it is answered.
      if (typeof text === 'string') tell({ kind: 'read', text, release });
      else {
        release?.();
        tell(text);
      }
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

/**
 * The bytes with the chunk behind the first `used` of them. Where there is no room for it, in a new buffer: for as many as
 * were announced, or for twice as many as there are.
 */
function append(bytes: Buffer, used: number, chunk: Buffer, announced: number | undefined): Buffer {
  let whole = bytes;
  const needed = used + chunk.length;
  if (needed > bytes.length) {
    whole = Buffer.allocUnsafe(announced ?? Math.min(maxBodyBytes, 2 * needed));
    bytes.copy(whole, 0, 0, used);
  }
  chunk.copy(whole, used);
  return whole;
}

interface Reading {
  /** Called when the body may be read. */
  readonly start: () => void;
  /** How many bytes were read so far. */
  readonly read: () => number;
  /** Called where the body is not whole for as long as its client waits, or nothing comes of it once it may be read. */
  readonly late: () => void;
}

/**
 * Waits for room for so many bytes of the request's body. Answers how to give it back, which may be done more than once and
 * happens by itself where the request is seen to break off.
 */
function holdFor(
  request: IncomingMessage,
  bytes: number,
  { start, read, late }: Reading,
): () => void {
  const patience = setTimeout(late, patienceOf(request.url ?? ''));
  let silence: NodeJS.Timeout | undefined;
  let stopped = false;
  const watch = (before: number): void => {
    silence = setTimeout(() => {
      // A busy server may not have looked yet at what lies ready; by then it has.
      setImmediate(() => {
        if (stopped) return;
        if (read() > before) watch(read());
        else late();
      });
    }, silenceMs);
  };
  const release = largeBodies.hold(bytes, () => {
    watch(read());
    start();
  });
  const stop = (): void => {
    clearTimeout(patience);
    clearTimeout(silence);
    stopped = true;
  };
  request.on('end', stop);
  request.on('close', () => {
    stop();
    // What was read is held until it is answered.
    if (!request.readableEnded) release();
  });
  return () => {
    stop();
    release();
  };
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
