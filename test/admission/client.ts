/** Clients of the review port: well-behaved requests over HTTPS, and raw bytes for the others. */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { request as plainRequest } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** One piece is sent with its length, several are sent chunked. */
  readonly body?: string | Buffer | readonly Buffer[];
  readonly agent?: Agent;
}

export interface Endpoint {
  readonly port: number;
  readonly ca: string;
}

/**
 * One request, on a connection of its own unless an agent is given; the server's certificate is
 * verified.
 */
export function send({ port, ca }: Endpoint, sent: Sent): Promise<Answer> {
  const { method = 'POST', path = '/mutate', body = '', agent } = sent;
  const pieces = typeof body === 'string' ? [Buffer.from(body)] : [body].flat();
  const [only] = pieces;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      ca,
      method,
      path,
      agent: agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      headers: {
        ...(pieces.length === 1 && { 'content-length': only!.length }),
        ...(sent.headers ?? { 'content-type': 'application/json' }),
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode!,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

/** A GET to the plain port. */
export function get(port: number, path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = plainRequest({ host: '127.0.0.1', port, path, method, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode!, headers: incoming.headers, text });
      });
    });
    outgoing.end();
  });
}

/** A verified TLS connection for raw bytes. */
export async function open({ port, ca }: Endpoint): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca });
  await once(socket, 'secureConnect');
  return socket;
}

/**
 * All that the server says on a connection until it ends it, or until `enough` finds what it looks
 * for.
 */
export async function heard(
  socket: TLSSocket,
  enough: (text: string) => boolean = () => false,
): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const finish = (): void => {
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (enough(text)) finish();
    });
    socket.on('end', finish);
    socket.on('error', finish);
    socket.on('close', finish);
  });
}
