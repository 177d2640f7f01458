/**
 * An HTTPS server that changes its certificate without closing a connection.
 *
 * A new secure context is for handshakes that begin after it. The API server's open connections
 * keep the certificate that they verified.
 */
import { createServer } from 'node:https';
import { isFor } from './clients.ts';
import type { RequestListener } from 'node:http';
import type { Server, ServerOptions } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { Clients } from './clients.ts';
import type { TlsPair } from './pair.ts';
import type { TlsStore } from './store.ts';

/**
 * All ciphers of TLS 1.3, and those of TLS 1.2 with authenticated encryption, which Go, and with it
 * every API server, has had for ten years. None of them needs padding to be checked in constant
 * time.
 */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

export interface TlsServerOptions extends ServerOptions {
  /** Absent: anybody may connect, without a certificate. */
  readonly clients?: Clients;
}

/**
 * Makes a server, not yet listening, that serves the store's certificate with TLS 1.2 or newer, and
 * each later one as soon as the store has it. `options` holds timeouts, limits and who may connect.
 * When the server closes it stops listening to the stores, but does not close them.
 */
export function createTlsServer(
  store: Pick<TlsStore, 'current' | 'onChange'>,
  { clients, ...options }: TlsServerOptions,
  listener: RequestListener,
): Server {
  const context = (): SecureContextOptions =>
    contextOf(store.current(), clients?.authorities.current());
  const server = createServer(
    {
      ...options,
      ...context(),
      ...(clients !== undefined && { requestCert: true, rejectUnauthorized: true }),
    },
    listener,
  );
  if (clients !== undefined && clients.names.length > 0) {
    // Ahead of the listener that waits for requests.
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      if (!isFor(clients.names, socket.getPeerCertificate())) socket.destroy();
    });
  }
  const renew = (): void => {
    server.setSecureContext(context());
  };
  const unsubscribe = [store.onChange(renew), clients?.authorities.onChange(renew)];
  return server.once('close', () => {
    for (const each of unsubscribe) each?.();
  });
}

/**
 * Always complete, because `setSecureContext` keeps nothing of the context before, not even the
 * keys of its session tickets.
 */
function contextOf(
  { certificate, key }: TlsPair,
  clientCa: string | undefined,
): SecureContextOptions {
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ciphers,
    ...(clientCa !== undefined && { ca: clientCa }),
  };
}
