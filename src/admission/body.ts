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
 * there is nobody to answer. `early`: a body that is too large is told as soon as that is known. What comes after is read
 * and thrown away, since a client that is cut off while it sends would not see the answer; the server's request timeout
 * bounds how long that goes on.
 */
export function readBody(
  request: IncomingMessage,
  early: boolean,
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
    if (early && !told) {
      told = true;
      done({ kind: 'too-large' });
    }
  };
  if (Number(headerOf(request, 'content-length') ?? 0) > maxBodyBytes) refuse();
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
    else
      done(decode(chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks, size)));
  });
}

function decode(whole: Buffer): Body {
  return isUtf8(whole) ? { kind: 'read', text: reviewText(whole) } : { kind: 'not-text' };
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
