import 'reflect-metadata'; // @peculiar/x509 refuses to load without a Reflect polyfill.

import { createPublicKey, randomBytes, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Who a certificate is for. `hosts` are DNS names and IP addresses a server answers under. */
export interface Subject {
  readonly commonName: string;
  readonly organization?: string;
  readonly hosts?: readonly string[];
  /** For servers and not for clients. */
  readonly onlyServer?: boolean;
  readonly expired?: boolean;
}

/** A certificate authority that lives as long as one control plane. */
export interface Authority {
  /** The authority's own certificate, PEM. */
  readonly cert: string;
  /** Issues a certificate good for both ends of a connection. */
  readonly issue: (subject: Subject) => Promise<KeyPair>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Makes a self-signed authority, valid for a day. */
export async function createAuthority(): Promise<Authority> {
  const keys = await generateKeys();
  const name = new x509.Name([{ CN: ['lithopod e2e'] }]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    serialNumber: serialNumber(),
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: cert.toString('pem'), issue: (subject) => issue(subject, name, keys) };
}

/** Makes the key pair that signs and verifies service account tokens, both halves PEM. */
export async function createTokenKeys(): Promise<{ privateKey: string; publicKey: string }> {
  const privateKey = await privateKeyPem(await generateKeys());
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicKey };
}

async function issue(
  subject: Subject,
  issuer: x509.Name,
  issuerKeys: webcrypto.CryptoKeyPair,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const cert = await x509.X509CertificateGenerator.create({
    ...validity(subject.expired),
    serialNumber: serialNumber(),
    subject: subjectName(subject),
    issuer,
    publicKey: keys.publicKey,
    signingKey: issuerKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        ...(subject.onlyServer === true ? [] : [x509.ExtendedKeyUsage.clientAuth]),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey),
      ...alternativeNames(subject.hosts ?? []),
    ],
  });
  return { cert: cert.toString('pem'), key: await privateKeyPem(keys) };
}

/** Built from parts, not parsed from text: `system:masters` needs no escaping this way. */
function subjectName({ commonName, organization }: Subject): x509.Name {
  return new x509.Name([
    { CN: [commonName] },
    ...(organization === undefined ? [] : [{ O: [organization] }]),
  ]);
}

function alternativeNames(hosts: readonly string[]): x509.Extension[] {
  if (hosts.length === 0) return [];
  const names = hosts.map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return [new x509.SubjectAlternativeNameExtension(names)];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag);
}

/** 126 random bits, positive and never with a leading zero octet. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Starts a little in the past, so that a clock set back between two steps does no harm. */
function validity(expired = false): { notBefore: Date; notAfter: Date } {
  const now = Date.now() - (expired ? 2 * DAY_MS : 0);
  return { notBefore: new Date(now - 5 * 60 * 1000), notAfter: new Date(now + DAY_MS) };
}
