import { X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { Problem } from '../../src/core/values/result.ts';
import { issueLeaf, makeAuthority, type IssuedCertificate } from '../../src/tls/authority.ts';
import { makeInMemoryTls } from '../../src/tls/in-memory.ts';
import { openTlsFiles, type TlsStore } from '../../src/tls/store.ts';
import { verifiedBy } from './handshake.ts';

const now = new Date();
/** No test waits for the clock but the one that says so. */
const NEVER_MS = 2 ** 30;

async function issue(days = 30): Promise<IssuedCertificate> {
  const authority = await makeAuthority({ now, commonName: 'test', days });
  return issueLeaf(authority, { now, dnsNames: ['localhost'], ipAddresses: [], days });
}

describe('openTlsFiles', () => {
  let folder = '';
  let stores: TlsStore[] = [];
  const certificateFile = (): string => join(folder, 'tls.crt');
  const keyFile = (): string => join(folder, 'tls.key');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-tls-'));
  });
  afterEach(async () => {
    for (const store of stores) store.close();
    stores = [];
    await rm(folder, { recursive: true });
  });

  async function write(pair: Partial<IssuedCertificate>): Promise<void> {
    if (pair.certificate !== undefined) await writeFile(certificateFile(), pair.certificate);
    if (pair.key !== undefined) await writeFile(keyFile(), pair.key);
  }

  async function open(
    onProblems: (problems: readonly Problem[]) => void = () => undefined,
    pollMs = NEVER_MS,
  ): Promise<TlsStore> {
    const files = { certificateFile: certificateFile(), keyFile: keyFile(), pollMs, onProblems };
    const store = await openTlsFiles(files);
    if (!store.ok) throw new Error(JSON.stringify(store.problems));
    stores.push(store.value);
    return store.value;
  }

  async function problems(): Promise<readonly Problem[]> {
    const files = { certificateFile: certificateFile(), keyFile: keyFile(), onProblems: () => 0 };
    const store = await openTlsFiles(files);
    if (!store.ok) return store.problems;
    store.value.close();
    return [];
  }

  it('serves what the files hold, and knows when it expires', async () => {
    const pair = await issue(7);
    await write(pair);
    const { certificate, key, expiry } = (await open()).current();
    expect({ certificate, key }).to.deep.equal({ certificate: pair.certificate, key: pair.key });
    expect(expiry).to.deep.equal(new Date(new X509Certificate(pair.certificate).validTo));
  });

  it('expires with the first certificate of a chain to do so', async () => {
    const pair = await issue(30);
    const { ca } = await issue(3);
    await write({ ...pair, certificate: pair.certificate + ca });
    const { expiry } = (await open()).current();
    expect(expiry).to.deep.equal(new Date(new X509Certificate(ca).validTo));
  });

  it('names each file that is not there', async () => {
    expect(await problems()).to.deep.equal([
      { file: certificateFile(), message: 'cannot be read: there is no such file' },
      { file: keyFile(), message: 'cannot be read: there is no such file' },
    ]);
  });

  it('tells what is wrong with both files at once', async () => {
    await write({ certificate: 'hello', key: 'world' });
    expect(await problems()).to.deep.equal([
      { file: certificateFile(), message: 'no PEM certificate in it' },
      { file: keyFile(), message: 'no PEM private key in it' },
    ]);
  });

  it('refuses a certificate and a key of two pairs', async () => {
    await write({ certificate: (await issue()).certificate, key: (await issue()).key });
    expect(await problems()).to.deep.equal([
      {
        file: keyFile(),
        message: `the private key does not belong to the certificate in ${certificateFile()}`,
      },
    ]);
  });

  it('says which certificate of a chain is damaged', async () => {
    const pair = await issue();
    const damaged = pair.ca.replace(/\n[^-\n]+\n/, '\n');
    await write({ ...pair, certificate: pair.certificate + damaged });
    const [problem, ...others] = await problems();
    expect(others).to.be.empty;
    expect(problem?.file).to.equal(certificateFile());
    expect(problem?.message).to.match(/^certificate 2 of 2 cannot be read: ./);
  });

  it('refuses an encrypted key by saying so', async () => {
    const pair = await issue();
    const marked = pair.key.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY');
    await write({ ...pair, key: marked });
    expect((await problems()).map(({ message }) => message)).to.deep.equal([
      'the private key is encrypted, and there is no way to give a passphrase',
    ]);
  });

  it('follows the symlink swap by which a kubelet replaces a Secret', async () => {
    const [first, second] = [await issue(), await issue()];
    const generation = async (name: string, pair: IssuedCertificate): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'tls.crt'), pair.certificate);
      await writeFile(join(folder, name, 'tls.key'), pair.key);
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await generation('..1', first);
    await symlink('..data/tls.crt', certificateFile());
    await symlink('..data/tls.key', keyFile());
    const store = await open();
    const seen: string[] = [];
    store.onChange(({ certificate }) => seen.push(certificate));

    await store.reload();
    expect(seen, 'nothing changed').to.be.empty;
    await generation('..2', second);
    await store.reload();
    expect(seen).to.deep.equal([second.certificate]);
    expect(store.current().key).to.equal(second.key);
  });

  it('keeps the last good pair while one half is new, complains once, and takes the whole', async () => {
    const [first, second] = [await issue(), await issue()];
    await write(first);
    const complaints: (readonly Problem[])[] = [];
    const store = await open((found) => complaints.push(found));

    await write({ certificate: second.certificate });
    await store.reload();
    await store.reload();
    expect(store.current().certificate).to.equal(first.certificate);
    expect(complaints).to.have.length(1);
    expect(complaints[0]?.[0]?.file).to.equal(keyFile());

    await write({ key: second.key });
    await store.reload();
    expect(store.current().certificate).to.equal(second.certificate);
    expect(complaints).to.have.length(1);
  });

  it('complains again when it breaks again', async () => {
    const pair = await issue();
    await write(pair);
    const complaints: unknown[] = [];
    const store = await open((found) => complaints.push(found));
    for (const key of ['broken', pair.key, 'broken']) {
      await write({ key });
      await store.reload();
    }
    expect(complaints).to.have.length(2);
  });

  it('looks by itself, without being asked', async () => {
    await write(await issue());
    const store = await open(undefined, 5);
    const news = new EventEmitter();
    store.onChange(({ certificate }) => news.emit('change', certificate));
    const second = await issue();
    const change = once(news, 'change');
    await write(second);
    expect(await change).to.deep.equal([second.certificate]);
  });

  it('tells nobody who no longer listens', async () => {
    await write(await issue());
    const store = await open();
    let calls = 0;
    const stop = store.onChange(() => calls++);
    await write(await issue());
    await store.reload();
    stop();
    await write(await issue());
    await store.reload();
    expect(calls).to.equal(1);
  });

  it('says that it may not read', async function () {
    if (process.getuid?.() === 0) this.skip(); // Nothing is forbidden to root.
    await write(await issue());
    await chmod(keyFile(), 0);
    expect(await problems()).to.deep.equal([
      { file: keyFile(), message: 'cannot be read: permission denied' },
    ]);
  });
});

describe('makeInMemoryTls', () => {
  for (const name of ['localhost', '127.0.0.1', '::1', 'host.example', '192.0.2.7']) {
    it(`is verified as ${name} by a client that trusts its authority`, async () => {
      const store = await makeInMemoryTls({ now, hosts: ['host.example', '192.0.2.7'] });
      const { certificate, key, expiry } = store.current();
      const seen = await verifiedBy({ certificate, key }, { ca: store.ca, name });
      expect(new Date(seen.valid_to)).to.deep.equal(expiry);
    });
  }
});
