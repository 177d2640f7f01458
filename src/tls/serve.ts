/**
 * An HTTPS server that changes its certificate without closing a connection.
 *
 * A new secure context counts for handshakes that begin after it; the API server's open connections go on with the
 * certificate they verified.
 */
import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';

import type { TlsPair } from './pair.ts';
import type { TlsStore } from './store.ts';

/**
 * Makes a server, not yet listening, that serves the store's certificate with TLS 1.2 or newer, and each later one from
 * the moment the store has it. `options` holds the rest: timeouts, limits. Closing the server ends its interest in the
 * store; it does not close the store.
 */
export function createTlsServer(
  store: Pick<TlsStore, 'current' | 'onChange'>,
  options: ServerOptions,
  listener: RequestListener,
): Server {
  const server = createServer({ ...options, ...contextOf(store.current()) }, listener);
  const forget = store.onChange((pair) => {
    server.setSecureContext(contextOf(pair));
  });
  return server.once('close', forget);
}

/** Whole every time: `setSecureContext` keeps nothing of the context before. */
function contextOf({ certificate, key }: TlsPair): SecureContextOptions {
  return { cert: certificate, key, minVersion: 'TLSv1.2' };
}
