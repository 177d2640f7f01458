import { createPrivateKey, X509Certificate } from 'node:crypto';

import { expect } from 'chai';

import { issueLeaf, makeAuthority, splitHosts, type Authority } from '../../src/tls/authority.ts';
import { verifiedBy } from './handshake.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
// Whole seconds: a certificate knows no fractions.
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const days = 30;
const hosts = { dnsNames: ['lithopod.lithopod-system.svc'], ipAddresses: ['127.0.0.1', '::1'] };

function authorityFor(lifetime: number): Promise<Authority> {
  return makeAuthority({ now, commonName: 'test', days: lifetime });
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  return 'resolved';
}

describe('makeAuthority', () => {
  it('makes an authority that may sign, and is valid from five minutes ago', async () => {
    const certificate = new X509Certificate((await authorityFor(days)).certificate);
    expect(certificate.ca).to.be.true;
    expect(certificate.verify(certificate.publicKey)).to.be.true;
    expect(Date.parse(certificate.validFrom)).to.equal(now.getTime() - 5 * 60 * 1000);
    expect(Date.parse(certificate.validTo)).to.equal(now.getTime() + days * DAY_MS);
  });

  it('lets nobody take the key away', async () => {
    expect((await authorityFor(days)).keys.privateKey.extractable).to.be.false;
  });
});

describe('issueLeaf', () => {
  for (const name of [...hosts.dnsNames, ...hosts.ipAddresses]) {
    it(`is verified as ${name} by a client that trusts the authority alone`, async () => {
      const leaf = await issueLeaf(await authorityFor(days), { now, ...hosts, days });
      const seen = await verifiedBy(leaf, { ca: leaf.ca, name });
      expect(seen.serialNumber).to.equal(new X509Certificate(leaf.certificate).serialNumber);
    });
  }

  it('is refused for another name, and by a client that trusts another authority of that name', async () => {
    const leaf = await issueLeaf(await authorityFor(days), { now, ...hosts, days });
    const other = await authorityFor(days);
    const name = 'lithopod.lithopod-system.svc';
    expect(await rejection(verifiedBy(leaf, { ca: leaf.ca, name: 'lithopod.other.svc' }))).to.match(
      /does not match certificate's altnames/,
    );
    expect(await rejection(verifiedBy(leaf, { ca: other.certificate, name }))).to.match(
      /unable to verify|unable to get local issuer|signature/i,
    );
  });

  it('is for servers only, signs nothing, and has a P-256 key', async () => {
    const leaf = await issueLeaf(await authorityFor(days), { now, ...hosts, days });
    const certificate = new X509Certificate(leaf.certificate);
    expect(certificate.ca).to.be.false;
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1']);
    const key = createPrivateKey(leaf.key);
    expect(key.asymmetricKeyDetails).to.deep.equal({ namedCurve: 'prime256v1' });
    expect(certificate.checkPrivateKey(key)).to.be.true;
  });

  it('never outlives its authority', async () => {
    const authority = await authorityFor(days);
    const long = await issueLeaf(authority, { now, ...hosts, days: days + 1 });
    const short = await issueLeaf(authority, { now, ...hosts, days: days - 1 });
    const end = ({ certificate }: { certificate: string }): number =>
      Date.parse(new X509Certificate(certificate).validTo);
    expect(end(long)).to.equal(authority.expiry.getTime());
    expect(end(short)).to.equal(now.getTime() + (days - 1) * DAY_MS);
  });

  it('passes the year 2049, from which on dates are written otherwise', async () => {
    const leaf = await issueLeaf(await authorityFor(36_500), { now, ...hosts, days: 36_500 });
    const expected = now.getTime() + 36_500 * DAY_MS;
    expect(Date.parse(new X509Certificate(leaf.certificate).validTo)).to.equal(expected);
  });

  it('gives every certificate a positive serial number of 128 bits of its own', async () => {
    const authority = await authorityFor(days);
    const serials = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const leaf = await issueLeaf(authority, { now, ...hosts, days });
      const { serialNumber } = new X509Certificate(leaf.certificate);
      expect(serialNumber).to.match(/^[4-7][0-9A-F]{31}$/);
      serials.add(serialNumber);
    }
    expect(serials.size).to.equal(50);
  });

  it('refuses to sign for nobody', async () => {
    const nobody = { now, dnsNames: [], ipAddresses: [], days };
    expect(await rejection(issueLeaf(await authorityFor(days), nobody))).to.match(/^RangeError/);
  });
});

describe('splitHosts', () => {
  it('tells names from addresses and drops repetitions', () => {
    expect(splitHosts(['a.b', '10.0.0.1', 'a.b', '::1', 'fd00::2'])).to.deep.equal({
      dnsNames: ['a.b'],
      ipAddresses: ['10.0.0.1', '::1', 'fd00::2'],
    });
  });
});
