import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';

import { expect } from 'chai';

import { issueLeaf, makeAuthority, type IssuedCertificate } from '../../src/tls/authority.ts';
import { createTlsServer } from '../../src/tls/serve.ts';
import { openTlsFiles, type TlsStore } from '../../src/tls/store.ts';
import { close, handshake, listen } from './handshake.ts';

const now = new Date();
const name = 'lithopod.lithopod-system.svc';

async function issue(): Promise<IssuedCertificate> {
  const authority = await makeAuthority({ now, commonName: 'test', days: 1 });
  return issueLeaf(authority, { now, dnsNames: [name], ipAddresses: [], days: 1 });
}

async function ask(socket: TLSSocket): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  let answer = '';
  while (!answer.endsWith('served')) answer += String((await once(socket, 'data'))[0]);
  return answer.slice(0, answer.indexOf('\r\n'));
}

describe('createTlsServer', () => {
  let folder = '';
  let store: TlsStore;
  let server: Server;
  let port = 0;
  let first: IssuedCertificate;

  const write = async (pair: IssuedCertificate): Promise<void> => {
    await writeFile(join(folder, 'tls.crt'), pair.certificate);
    await writeFile(join(folder, 'tls.key'), pair.key);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-tls-'));
    first = await issue();
    await write(first);
    const opened = await openTlsFiles({
      certificateFile: join(folder, 'tls.crt'),
      keyFile: join(folder, 'tls.key'),
      pollMs: 2 ** 30,
      onProblems: () => undefined,
    });
    if (!opened.ok) throw new Error(JSON.stringify(opened.problems));
    store = opened.value;
    server = createTlsServer(store, {}, (_request, response) => response.end('served'));
    port = await listen(server);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await close(server);
    store.close();
    await rm(folder, { recursive: true });
  });

  it('serves a new certificate to new connections, and old connections go on', async () => {
    const second = await issue();
    const old = await handshake({ port, ca: first.ca, name });
    expect(await ask(old)).to.equal('HTTP/1.1 200 OK');

    await write(second);
    await store.reload();

    const fresh = await handshake({ port, ca: second.ca, name });
    expect(await ask(fresh)).to.equal('HTTP/1.1 200 OK');
    expect(await ask(old), 'the connection from before').to.equal('HTTP/1.1 200 OK');
    const refusal = await handshake({ port, ca: first.ca, name }).then(
      () => 'accepted',
      (error: unknown) => String(error),
    );
    expect(refusal, 'a client that trusts only the old authority').to.match(/^Error: /);
  });

  for (const when of ['before', 'after'] as const) {
    it(`refuses TLS 1.1 ${when} a change`, async () => {
      if (when === 'after') {
        first = await issue();
        await write(first);
        await store.reload();
      }
      const refusal = await handshake({ port, ca: first.ca, name, oldest: true }).then(
        (socket) => socket.getProtocol(),
        (error: unknown) => String(error),
      );
      expect(refusal).to.match(/protocol version/);
    });
  }

  for (const [suite, agreed] of [
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2'],
    ['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLSv1.2'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2'],
    ['ECDHE-ECDSA-AES128-SHA256', 'refused'],
    ['ECDHE-ECDSA-AES256-SHA384', 'refused'],
    ['ECDHE-ECDSA-AES128-SHA', 'refused'],
  ] as const) {
    it(`answers TLS 1.2 with ${suite}: ${agreed}`, async () => {
      for (let turn = 0; turn < 2; turn++) {
        const said = await handshake({ port, ca: first.ca, name, ciphers: suite }).then(
          (socket) => {
            const protocol = socket.getProtocol();
            socket.destroy();
            return protocol;
          },
          (error: unknown) =>
            String(error).includes('handshake failure') ? 'refused' : String(error),
        );
        expect(said).to.equal(agreed);
        first = await issue();
        await write(first);
        await store.reload();
      }
    });
  }

  for (const suite of [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
  ]) {
    it(`answers TLS 1.3 with ${suite}`, async () => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ciphers: suite,
      });
      await once(socket, 'secureConnect');
      expect([socket.getProtocol(), socket.getCipher().name]).to.deep.equal(['TLSv1.3', suite]);
      socket.destroy();
    });
  }

  it('lets go of the store when it closes', async () => {
    let listeners = 0;
    const counted = {
      current: store.current,
      onChange: () => {
        listeners++;
        return () => listeners--;
      },
    };
    const other = createTlsServer(counted, {}, () => undefined);
    await listen(other);
    expect(listeners).to.equal(1);
    await close(other);
    expect(listeners).to.equal(0);
  });
});
