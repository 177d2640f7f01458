/** Reading requests' bodies, each bounded, and all of them together. */
import { isUtf8 } from 'node:buffer';
import { ByteBudget } from './byte-budget.ts';
import { hasAtMost, reviewText } from './review-text.ts';
import type { IncomingMessage } from 'node:http';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Elements and fields of a review, without its managed fields. Three bytes (`{},`) become an object of sixty in memory, and
 * so does a key among many: one review of the largest size would take more than there is. Manifests have 14 bytes or more
 * for each and what the API server sends 18, so that an object of 3 MiB would have to be made for it to reach this.
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

export type Body =
  /** `text`: see `reviewText`. `release` is to be called when nothing holds the text any more; a small one has none. */
  | { readonly kind: 'read'; readonly text: string; readonly release: (() => void) | undefined }
  | { readonly kind: 'too-large' }
  /** More than `maxValues`. */
  | { readonly kind: 'too-many-values' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none; never where the client went away, since
 * there is nobody to answer. `early`: a body that is too large is told as soon as that is known. What comes after is read
 * and thrown away, since a client that is cut off while it sends would not see the answer; the server's request timeout
 * bounds how long that goes on, as it does for a body that waits for those before it.
 */
export function readBody(
  request: IncomingMessage,
  early: boolean,
  done: (body: Body) => void,
): void {
  const announced = Number(headerOf(request, 'content-length') ?? maxBodyBytes);
  if (announced <= largeBodyBytes || announced > maxBodyBytes) {
    read(request, announced, early, undefined, done);
    return;
  }
  const release = largeBodies.hold(announced, (releaseRead) => {
    read(request, announced, early, releaseRead, done);
  });
  // One that was read is held until it is answered.
  request.on('close', () => {
    if (!request.readableEnded) release();
  });
}

function read(
  request: IncomingMessage,
  announced: number,
  early: boolean,
  release: (() => void) | undefined,
  done: (body: Body) => void,
): void {
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let size = 0;
  let tooLarge = false;
  let told = false;
  const refuse = (): void => {
    tooLarge = true;
    first = chunks = undefined;
    release?.();
    if (early && !told) {
      told = true;
      done({ kind: 'too-large' });
    }
  };
  if (announced > maxBodyBytes) refuse();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBodyBytes) refuse();
    else if (tooLarge) return;
    else if (first === undefined) first = chunk;
    else (chunks ??= [first]).push(chunk);
  });
  request.on('end', () => {
    if (told) return;
    if (tooLarge) done({ kind: 'too-large' });
    else {
      const whole = chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, size);
      first = chunks = undefined;
      done(decode(whole, release));
    }
  });
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
