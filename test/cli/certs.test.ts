import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

import { certs } from '../../src/cli/commands/certs.ts';
import { splitChain } from '../../src/tls/pair.ts';
import { verifiedBy } from '../tls/handshake.ts';
import { cli } from './run.ts';
import type { Outcome } from './run.ts';

const dayMs = 24 * 60 * 60 * 1000;
const now = new Date();
const defaults = { now, service: 'lithopod', namespace: 'lithopod-system', hosts: [], days: 30 };
const inCluster = 'lithopod.lithopod-system.svc';

/** The Secret's texts, decoded. */
interface Served {
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
}

function served(secretYaml: string): Served {
  const { data } = parse(secretYaml) as { data: Record<string, string> };
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
  return { certificate: text('tls.crt'), key: text('tls.key'), ca: text('ca.crt') };
}

describe('certs', () => {
  it('makes a Secret that the Deployment can mount', async () => {
    const { secretYaml } = await certs({ ...defaults, namespace: 'elsewhere' });
    const secret = parse(secretYaml) as { data: object };
    expect(secret).to.deep.include({ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls' });
    expect(secret).to.have.nested.include({
      'metadata.name': 'lithopod-tls',
      'metadata.namespace': 'elsewhere',
    });
    expect(secret.data).to.have.all.keys('tls.crt', 'tls.key', 'ca.crt');
  });

  for (const name of [inCluster, `${inCluster}.cluster.local`, 'other.example', '192.0.2.1']) {
    it(`makes a certificate that is verified as ${name} by the caBundle alone`, async () => {
      const made = await certs({ ...defaults, hosts: ['other.example', '192.0.2.1'] });
      const ca = Buffer.from(made.caBundle, 'base64').toString();
      const { certificate, key } = served(made.secretYaml);
      const seen = await verifiedBy({ certificate, key }, { ca, name });
      expect(new Date(seen.valid_to)).to.deep.equal(made.expiry);
    });
  }

  it('gives a caBundle on one line, equal to the ca.crt of the Secret', async () => {
    const made = await certs(defaults);
    expect(made.caBundle).to.match(/^[A-Za-z0-9+/]+=*$/);
    expect(Buffer.from(made.caBundle, 'base64').toString()).to.equal(served(made.secretYaml).ca);
  });

  it('lets the authority and the certificate end together', async () => {
    const { certificate, ca } = served((await certs(defaults)).secretYaml);
    expect(new X509Certificate(certificate).validTo).to.equal(new X509Certificate(ca).validTo);
  });

  it('keeps trusting the certificate from before, until its authority has expired', async () => {
    const old = served((await certs(defaults)).secretYaml);
    const fresh = served((await certs({ ...defaults, previousCa: old.ca })).secretYaml);
    for (const pair of [old, fresh]) await verifiedBy(pair, { ca: fresh.ca, name: inCluster });

    const later = new Date(now.getTime() + 31 * dayMs);
    const much = served((await certs({ ...defaults, now: later, previousCa: old.ca })).secretYaml);
    expect(splitChain(much.ca)).to.have.length(1);
  });

  it('keeps no more than two authorities beside the new one', async () => {
    let previousCa = '';
    for (let round = 0; round < 5; round++) {
      previousCa = served((await certs({ ...defaults, previousCa })).secretYaml).ca;
    }
    expect(splitChain(previousCa)).to.have.length(3);
  });
});

describe('lithopod certs', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lithopod-certs-'));
    file = join(folder, 'manifests/tls/secret.yaml');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = (...args: string[]): Promise<Outcome> => cli(['certs', ...args]);

  it('prints the Secret and nothing else', async () => {
    const { code, stdout, stderr } = await run('--days', '2', '--service', 'a', '-n', 'b');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { certificate } = served(stdout);
    const { subjectAltName, validTo } = new X509Certificate(certificate);
    expect(subjectAltName).to.equal('DNS:a.b.svc, DNS:a.b.svc.cluster.local');
    expect(Date.parse(validTo) - Date.now()).to.be.within(1.9 * dayMs, 2 * dayMs);
  });

  it('lives ten years by default', async () => {
    const { certificate } = served((await run()).stdout);
    const life = Date.parse(new X509Certificate(certificate).validTo) - Date.now();
    expect(life / dayMs).to.be.within(3649, 3650);
  });

  it('takes several names, and addresses among them', async () => {
    const { stdout } = await run('--dns', 'x.example', '192.0.2.1', '--dns', 'fd00::1');
    expect(new X509Certificate(served(stdout).certificate).subjectAltName).to.equal(
      `DNS:${inCluster}, DNS:${inCluster}.cluster.local, DNS:x.example, IP Address:192.0.2.1, IP Address:FD00:0:0:0:0:0:0:1`,
    );
  });

  it('writes a file that only its owner reads, and says what comes next', async () => {
    const { code, stdout, stderr } = await run('--out', join(folder, 'manifests/tls'));
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(stderr).to.contain(`next: kubectl apply -k ${join(folder, 'manifests')}\n`);
    const pair = served(await readFile(file, 'utf8'));
    await verifiedBy(pair, { ca: pair.ca, name: inCluster });
  });

  it('does not replace a file unless forced, and says how', async () => {
    const out = join(folder, 'manifests/tls');
    await run('--out', out);
    const before = await readFile(file, 'utf8');
    const { code, stderr } = await run('--out', out);
    expect({ code, stderr }).to.deep.equal({
      code: 2,
      stderr: `error: ${file} exists; --force replaces it\n`,
    });
    expect(await readFile(file, 'utf8')).to.equal(before);
  });

  it('trusts the old certificate on when forced, and tightens the mode', async () => {
    const out = join(folder, 'manifests/tls');
    await run('--out', out);
    const old = served(await readFile(file, 'utf8'));
    await rm(file);
    await writeFile(file, (await certs({ ...defaults, previousCa: old.ca })).secretYaml, {
      mode: 0o644,
    });
    expect((await run('--out', out, '--force')).code).to.equal(0);
    const fresh = served(await readFile(file, 'utf8'));
    expect(fresh.key).not.to.equal(old.key);
    for (const pair of [old, fresh]) await verifiedBy(pair, { ca: fresh.ca, name: inCluster });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
  });

  for (const [what, text] of [
    ['something else', 'hello: [world'],
    ['a Secret without ca.crt', 'data: {tls.crt: QQ==}'],
    [
      'a ca.crt that is none',
      `data: {ca.crt: ${Buffer.from('-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----').toString('base64')}}`,
    ],
  ] as const) {
    it(`replaces ${what} when forced`, async () => {
      await mkdir(join(folder, 'manifests/tls'), { recursive: true });
      await writeFile(file, text);
      const { code } = await run('--out', join(folder, 'manifests/tls'), '--force');
      expect(code).to.equal(0);
      expect(splitChain(served(await readFile(file, 'utf8')).ca)).to.have.length(1);
    });
  }

  it('says so when the file cannot be written', async () => {
    await writeFile(join(folder, 'manifests'), '');
    const { code, stderr } = await run('--out', join(folder, 'manifests/tls'));
    expect(code).to.equal(2);
    expect(stderr).to.match(/^error: cannot (read|write) .*secret\.yaml: ENOTDIR/);
  });

  for (const args of [
    ['--days', '0'],
    ['--days', '1.5'],
    ['--days', '36501'],
    ['--days', 'ten'],
    ['--service', 'Upper'],
    ['--service', 'a.b'],
    ['--namespace', '-x'],
    ['--namespace', 'x'.repeat(64)],
    ['--dns', 'white space'],
    ['--dns', 'https://x'],
    ['--nonsense'],
  ]) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args);
      expect(code).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.contain(args[0]);
    });
  }
});
