import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';

import { expect } from 'chai';

import { isFor } from '../../src/tls/clients.ts';
import { certs } from '../../src/cli/commands/certs.ts';
import { start, type Running } from '../admission/harness.ts';
import { bodyOf, podWith } from '../admission/reviews.ts';
import {
  createAuthority,
  type Authority,
  type KeyPair,
} from '../e2e/control-plane/certificates.ts';

const body = bodyOf(podWith());
const whole = `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    // An error comes before it.
    socket.once('close', () => {
      resolve();
    });
  });
}

describe('a server that asks for certificates of clients', () => {
  let folder = '';
  let authority: Authority;
  let running: Running;
  const file = (): string => join(folder, 'clients.crt');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-clients-'));
    authority = await createAuthority();
    await writeFile(file(), authority.cert);
    running = await start({ 'client-ca': file(), 'client-name': ['kube-apiserver', 'two'] });
  });
  after(async () => {
    await running.stop();
    await rm(folder, { recursive: true });
  });

  interface Asking {
    readonly pair?: KeyPair;
    readonly version?: 'TLSv1.2' | 'TLSv1.3';
    readonly session?: Buffer;
  }

  /**
   * The first line of the answer to a review; empty where the connection ends before. Keeps what
   * resumes the session.
   */
  async function ask({ pair, version = 'TLSv1.3', session }: Asking): Promise<{
    readonly line: string;
    readonly session: Buffer | undefined;
    readonly resumed: boolean;
  }> {
    const { port, ca } = running;
    const versions = { minVersion: version, maxVersion: version } as const;
    const socket: TLSSocket = connect({
      ...{ host: '127.0.0.1', port, ca, ...versions },
      ...pair,
      ...(session && { session }),
    });
    let kept: Buffer | undefined;
    let text = '';
    let resumed = false;
    socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
    socket.on('session', (next) => (kept = next));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('}')) socket.end();
    });
    socket.write(whole);
    await closed(socket);
    return { line: text.split('\r\n')[0]!, session: kept, resumed };
  }

  const answered = 'HTTP/1.1 200 OK';

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`answers one that has it, with ${version}`, async () => {
      const pair = await authority.issue({ commonName: 'kube-apiserver' });
      expect((await ask({ pair, version })).line).to.equal(answered);
    });

    it(`answers one whose alternative name it is, with ${version}`, async () => {
      const pair = await authority.issue({ commonName: 'x', hosts: ['one', 'two'] });
      expect((await ask({ pair, version })).line).to.equal(answered);
    });

    for (const [what, issue] of [
      ['no certificate', () => Promise.resolve(undefined)],
      ['one for another name', () => authority.issue({ commonName: 'kubelet', hosts: ['k'] })],
      [
        'one of another authority',
        async () => (await createAuthority()).issue({ commonName: 'kube-apiserver' }),
      ],
      [
        'one for servers alone',
        () => authority.issue({ commonName: 'kube-apiserver', onlyServer: true }),
      ],
      [
        'one that has expired',
        () => authority.issue({ commonName: 'kube-apiserver', expired: true }),
      ],
    ] as const) {
      it(`ends the connection of one that has ${what}, with ${version}`, async () => {
        const pair = await issue();
        const lines = running.logLines().length;
        expect((await ask({ version, ...(pair && { pair }) })).line).to.equal('');
        expect(running.logLines()).to.have.length(lines);
      });
    }
  }

  it('says so at the start where the file is no authority', async () => {
    const no = join(folder, 'no.crt');
    const leaf = await authority.issue({ commonName: 'kube-apiserver' });
    for (const [text, message] of [
      ['hello', 'no PEM certificate in it'],
      [leaf.cert, 'certificate 1 of 1 is not of an authority'],
    ] as const) {
      await writeFile(no, text);
      const problem = await start({ 'client-ca': no }).then(
        () => 'started',
        (error: unknown) => String(error),
      );
      expect(problem).to.include(`${no}: ${message}`);
    }
  });

  it('trusts a new authority when the file changes, and no session of the one before', async () => {
    const old = await authority.issue({ commonName: 'two' });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const first = await ask({ pair: old, version });
      expect(first.line).to.equal(answered);
      const again = await ask({ pair: old, version, session: first.session! });
      expect([again.line, again.resumed]).to.deep.equal([answered, true]);

      const next = await createAuthority();
      await writeFile(file(), next.cert);
      await running.service.reload();
      expect((await ask({ pair: old, version, session: first.session! })).line).to.equal('');
      const fresh = await next.issue({ commonName: 'two' });
      expect((await ask({ pair: fresh, version })).line).to.equal(answered);

      await writeFile(file(), 'half a');
      await running.service.reload();
      expect((await ask({ pair: fresh, version })).line).to.equal(answered);
      await writeFile(file(), authority.cert);
      await running.service.reload();
    }
    expect(running.logText()).to.include('authority of clients not reloaded');
  });

  it('keeps asking when the certificate that it serves changes', async () => {
    const issue = () =>
      certs({ service: 'l', namespace: 'l', hosts: ['127.0.0.1'], days: 1, now: new Date() });
    const { parse } = await import('yaml');
    const write = async (): Promise<string> => {
      const made = await issue();
      const { data } = parse(made.secretYaml) as { data: Record<'tls.crt' | 'tls.key', string> };
      for (const name of ['tls.crt', 'tls.key'] as const) {
        await writeFile(join(folder, name), Buffer.from(data[name], 'base64'));
      }
      return made.secretYaml;
    };
    await write();
    const own = await start({
      'client-ca': file(),
      'tls-cert': join(folder, 'tls.crt'),
      'tls-key': join(folder, 'tls.key'),
    });
    const said = async (pair?: KeyPair): Promise<string> => {
      const socket = connect({
        port: own.port,
        host: '127.0.0.1',
        ...pair,
        rejectUnauthorized: false,
      });
      let text = '';
      socket
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.endsWith('}')) socket.end();
        });
      socket.write(whole);
      await closed(socket);
      return text.split('\r\n')[0]!;
    };
    const pair = await authority.issue({ commonName: 'anybody' });
    for (let turn = 0; turn < 2; turn++) {
      expect(await said()).to.equal('');
      expect(await said(pair)).to.equal(answered);
      await write();
      await own.service.reload();
    }
    await own.stop();
  });
});

describe('the names of a certificate', () => {
  const certificate = (CN: string | string[] | undefined, subjectaltname?: string) =>
    ({ subject: { CN }, subjectaltname }) as unknown as PeerCertificate;

  for (const [what, found, CN, alternative] of [
    ['its common name', true, 'me', undefined],
    ['one of several common names', true, ['you', 'me'], undefined],
    ['a DNS name', true, 'x', 'DNS:a, DNS:me'],
    ['a URI', true, 'x', 'URI:me, DNS:a'],
    ['a part of its common name', false, 'me2', undefined],
    ['in other letters', false, 'ME', undefined],
    ['an address', false, 'x', 'IP Address:me'],
    ['an e-mail address', false, 'x', 'email:me'],
    ['a part of a quoted name', false, 'x', 'DNS:"a, DNS:me, DNS:b", URI:"x\\", URI:me, "'],
    ['nothing', false, undefined, undefined],
  ] as const) {
    it(`have it as ${what}: ${found}`, () => {
      expect(isFor(['me'], certificate(CN as string, alternative))).to.equal(found);
    });
  }
});
