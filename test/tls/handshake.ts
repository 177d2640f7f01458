import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createServer as createTlsServer,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls';

/**
 * How a client that trusts `ca` alone reaches a server: `name` is what the certificate must be for.
 */
export interface Client {
  readonly port: number;
  readonly ca: string;
  readonly name: string;
  /** Offer nothing newer than TLS 1.1. */
  readonly oldest?: boolean;
  /** Offer these of TLS 1.2 alone, in OpenSSL's words. */
  readonly ciphers?: string;
}

/** Listens on a free loopback port and gives it back. */
export async function listen(server: Server | NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Closes a server and waits for it; its open connections must have ended. */
export async function close(server: Server | NetServer): Promise<void> {
  server.close();
  await once(server, 'close');
}

/**
 * Connects and verifies as the API server does. Rejects with OpenSSL's reason when the chain or the
 * name is wrong.
 */
export async function handshake({
  port,
  ca,
  name,
  oldest = false,
  ciphers,
}: Client): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca,
    // An address cannot be sent as a server name, but is what the certificate has to be for all the
    // same.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
    // Level 0 lets the client offer what only the server should refuse.
    ...(ciphers !== undefined && { maxVersion: 'TLSv1.2', ciphers }),
    ...(oldest && { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  });
  await once(socket, 'secureConnect');
  return socket;
}

/**
 * Serves a pair for the time of one handshake and gives the certificate that the client verified.
 */
export async function verifiedBy(
  pair: { readonly certificate: string; readonly key: string },
  client: Omit<Client, 'port'>,
): Promise<PeerCertificate> {
  const server = createTlsServer({ cert: pair.certificate, key: pair.key });
  const port = await listen(server);
  try {
    const socket = await handshake({ ...client, port });
    const certificate = socket.getPeerCertificate();
    socket.destroy();
    return certificate;
  } finally {
    await close(server);
  }
}
