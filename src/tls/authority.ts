/**
 * A private certificate authority, made for the signing of one server certificate.
 *
 * Unless a caller asks for it, the authority's own key cannot be exported and is gone with the
 * process, so no second certificate can ever be signed with it. `lithopod rotate` asks for it,
 * since its authority signs a leaf every few days. A leaf never outlives its authority.
 * `lifetime.ts` says which lifetimes to ask for.
 *
 * Key usages and key identifiers follow RFC 5280. The API server's verifier, which is Go's, needs
 * the DNS name in the alternative names and ignores the common name.
 */
import 'reflect-metadata'; // @peculiar/x509 does not load without it.
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const signature = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 24 * 60 * 60 * 1000;
/** An API server whose clock is behind ours must not find the certificate not yet valid. */
const backdateMs = 5 * 60 * 1000;

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** After this instant nothing the authority signed is valid. */
  readonly expiry: Date;
  readonly name: x509.Name;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** A server certificate with what is needed to serve it and to trust it, each as PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  /** As PKCS #8, not encrypted. */
  readonly key: string;
  /** The authority's certificate: what goes into a caBundle. */
  readonly ca: string;
}

/**
 * Makes a self-signed authority, valid from five minutes before `now`, or from `backdateMs` before
 * it, until `days` after it.
 */
export async function makeAuthority(options: {
  readonly now: Date;
  readonly commonName: string;
  readonly days: number;
  readonly backdateMs?: number;
  /** Whether {@link authorityKey} can have the key: false by default. */
  readonly extractable?: boolean;
}): Promise<Authority> {
  const keys = await makeKeys({ extractable: options.extractable ?? false });
  const name = new x509.Name([{ CN: [options.commonName] }]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: makeSerialNumber(),
    name,
    notBefore: before(options.now, options.backdateMs),
    notAfter: after(options.now, options.days),
    keys,
    signingAlgorithm: signature,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    expiry: certificate.notAfter,
    name,
    keys,
  };
}

/** The key of an authority that was made with `extractable`: PKCS #8, PEM, not encrypted. */
export function authorityKey({ keys }: Authority): Promise<string> {
  return privateKeyPem(keys);
}

/** An authority that was made before, from its certificate and its key, both PEM. */
export async function readAuthority(certificate: string, key: string): Promise<Authority> {
  const parsed = new x509.X509Certificate(certificate);
  const { subtle } = webcrypto;
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(key), signature, false, ['sign']),
    subtle.importKey('spki', parsed.publicKey.rawData, signature, true, ['verify']),
  ]);
  return {
    certificate,
    expiry: parsed.notAfter,
    name: parsed.subjectName,
    keys: { privateKey, publicKey },
  };
}

/**
 * Issues a server certificate for `dnsNames` and `ipAddresses` (IPv4 or IPv6, without brackets),
 * valid from five minutes before `now`, or from `backdateMs` before it, until `days` after it, or
 * until the authority ends,
 * whichever comes first.
 *
 * Throws when there is neither a name nor an address: nobody could verify such a certificate.
 */
export async function issueLeaf(
  authority: Authority,
  options: {
    readonly now: Date;
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly days: number;
    readonly backdateMs?: number;
  },
): Promise<IssuedCertificate> {
  const keys = await makeKeys({ extractable: true });
  const wanted = after(options.now, options.days);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: makeSerialNumber(),
    subject: new x509.Name([{ CN: ['lithopod'] }]),
    issuer: authority.name,
    notBefore: before(options.now, options.backdateMs),
    notAfter: wanted < authority.expiry ? wanted : authority.expiry,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: signature,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(options)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: await privateKeyPem(keys),
    ca: authority.certificate,
  };
}

/** Splits hosts as people write them into the two kinds of names that a certificate has. */
export function splitHosts(hosts: readonly string[]): {
  readonly dnsNames: string[];
  readonly ipAddresses: string[];
} {
  const unique = [...new Set(hosts)];
  return {
    dnsNames: unique.filter((host) => isIP(host) === 0),
    ipAddresses: unique.filter((host) => isIP(host) !== 0),
  };
}

function alternativeNames(options: {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}): x509.JsonGeneralNames {
  const names: x509.JsonGeneralNames = [
    ...options.dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...options.ipAddresses.map((value) => ({ type: 'ip', value }) as const),
  ];
  if (names.length === 0) throw new RangeError('a server certificate needs a name or an address');
  return names;
}

function before(now: Date, byMs = backdateMs): Date {
  return new Date(now.getTime() - byMs);
}

function after(now: Date, days: number): Date {
  return new Date(now.getTime() + days * dayMs);
}

function makeKeys({ extractable }: { extractable: boolean }): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(signature, extractable, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag)}\n`;
}

/**
 * 128 bits, of which all but the first two are random. A DER integer that begins with a set bit is
 * negative, and one that begins with nine cleared bits is not in its shortest form.
 */
function makeSerialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
