/** Reading a request's body, bounded. */
import { isUtf8 } from 'node:buffer';
import { reviewText } from './review-text.ts';
import type { IncomingMessage } from 'node:http';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

export type Body =
  /** `text`: see `reviewText`. */
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'too-large' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' };

/**
 * Calls `done` once, with the whole body as UTF-8 text or with why there is none; never where the client went away, since
 * there is nobody to answer.
 */
export function readBody(request: IncomingMessage, done: (body: Body) => void): void {
  let first: Buffer | undefined;
  let chunks: Buffer[] | undefined;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    // What is too much is read and thrown away: a client that is cut off while it sends would not see the answer. The
    // server's request timeout bounds how long that goes on.
    if (size > maxBodyBytes) first = chunks = undefined;
    else if (first === undefined) first = chunk;
    else (chunks ??= [first]).push(chunk);
  });
  request.on('end', () => {
    if (size > maxBodyBytes) done({ kind: 'too-large' });
    else
      done(decode(chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, size)));
  });
}

function decode(whole: Buffer): Body {
  return isUtf8(whole) ? { kind: 'read', text: reviewText(whole) } : { kind: 'not-text' };
}
