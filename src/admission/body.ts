/** Reading a request's body, bounded. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

export type Body =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'too-large' }
  /** Not UTF-8: decoded all the same, it would be another text than the one that was sent. */
  | { readonly kind: 'not-text' }
  /** The client went away. There is nobody to answer. */
  | { readonly kind: 'aborted' };

/** Calls `done` once, with the whole body as UTF-8 text or with why there is none. */
export function readBody(request: IncomingMessage, done: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let finished = false;
  const finish = (body: Body): void => {
    if (finished) return;
    finished = true;
    done(body);
  };
  // What comes after is read and thrown away: a client that is cut off while it sends would not see the answer. The
  // server's request timeout bounds how long that goes on.
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) finish({ kind: 'too-large' });
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBodyBytes) {
      chunks.length = 0;
      finish({ kind: 'too-large' });
    } else if (!finished) chunks.push(chunk);
  });
  request.on('end', () => {
    const [only] = chunks;
    const whole = chunks.length === 1 && only ? only : Buffer.concat(chunks);
    finish(isUtf8(whole) ? { kind: 'read', text: whole.toString('utf8') } : { kind: 'not-text' });
  });
  request.on('error', () => {
    finish({ kind: 'aborted' });
  });
  request.on('close', () => {
    finish({ kind: 'aborted' });
  });
}
