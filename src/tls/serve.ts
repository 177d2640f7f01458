/**
 * An HTTPS server that changes its certificate without closing a connection.
 *
 * A new secure context counts for handshakes that begin after it; the API server's open connections
 * go on with the certificate they verified.
 */
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';

import { isFor, type Clients } from './clients.ts';
import type { TlsPair } from './pair.ts';
import type { TlsStore } from './store.ts';

export interface TlsServerOptions extends ServerOptions {
  /** Absent: anybody may connect, and nobody is asked for a certificate. */
  readonly clients?: Clients;
}

/**
 * Makes a server, not yet listening, that serves the store's certificate with TLS 1.2 or newer, and
 * each later one from the moment the store has it. `options` holds the rest: timeouts, limits, who
 * may connect. Closing the server ends its interest in the stores; it does not close them.
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
  const forget = [store.onChange(renew), clients?.authorities.onChange(renew)];
  return server.once('close', () => {
    for (const each of forget) each?.();
  });
}

/**
 * Those of TLS 1.3, as they are anyway, and of TLS 1.2 the ones that authenticate what they
 * encrypt, which Go, and with it every API server, has had for ten years. None is left that needs
 * padding to be checked in constant time.
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

/**
 * Whole every time: `setSecureContext` keeps nothing of the context before, the keys of its tickets
 * neither.
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
