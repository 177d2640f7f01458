/** Reading a request's body, bounded. */
import type { IncomingMessage } from 'node:http';

/** The API's own objects stay below 3 MiB; a review holds up to two of them. */
export const maxBodyBytes = 8 * 1024 * 1024;

export type Body =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'too-large' }
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
    finish({
      kind: 'read',
      text: (chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString('utf8'),
    });
  });
  request.on('error', () => {
    finish({ kind: 'aborted' });
  });
  request.on('close', () => {
    finish({ kind: 'aborted' });
  });
}
