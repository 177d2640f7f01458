/**
 * What the Secret of `lithopod rotate` holds, and the reading and writing of it.
 *
 * | key              | value                                                                |
 * | ---------------- | -------------------------------------------------------------------- |
 * | tls.crt, tls.key | the leaf that replicas serve                                         |
 * | ca.crt           | the bundle that belongs into the webhook configuration               |
 * | authorities.json | the authorities, oldest first, with their keys: for `rotate` alone   |
 * | pending          | `true`: only for a replica that has none that works (`lifecycle.ts`) |
 *
 * The Secret is a hostile input: anybody who may write it may have garbled it. Whatever cannot be
 * read counts as absent, and what is absent is made again.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';

import { z } from 'zod';

import { parseJson } from '../core/values/json.ts';
import { splitChain } from '../tls/pair.ts';

export interface KnownAuthority {
  /** SHA-256 of the certificate. */
  readonly id: string;
  /** PEM, with a line break at its end. */
  readonly certificate: string;
  /** PKCS #8, PEM. Absent: it is trusted and signs nothing. */
  readonly key?: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** When the last leaf that it signed ends; 0 where it signed none. */
  readonly lastLeafEnds: number;
}

export interface KnownLeaf {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The `id` of the one that signed it. */
  readonly authority: string;
  readonly pending: boolean;
}

export interface CertificateState {
  /** Oldest first. */
  readonly authorities: readonly KnownAuthority[];
  readonly leaf: KnownLeaf | undefined;
}

/** The values of a Secret, each base64. */
export type SecretData = Readonly<Record<string, string>>;

/** Of bundles and Secrets alike; ours are a tenth of it. */
const maxTextLength = 256 * 1024;
const maxEntries = 32;

const storedAuthorities = z
  .array(
    z.object({
      certificate: z.string(),
      key: z.string().optional(),
      lastLeafEnds: z.iso.datetime().optional(),
    }),
  )
  .min(1)
  .max(maxEntries);

/**
 * Undefined where the authorities cannot be read; without a leaf where that cannot be, or is not
 * for `host`, or not of one of the authorities.
 */
export function readState(data: SecretData, host: string): CertificateState | undefined {
  const authorities = readAuthorities(decoded(data, 'authorities.json'));
  if (authorities === undefined) return undefined;
  return { authorities, leaf: readLeaf(data, authorities, host) };
}

/** The same state is always the same data. */
export function writeState({ authorities, leaf }: CertificateState): SecretData {
  const stored = authorities.map(({ certificate, key, lastLeafEnds }) => ({
    certificate,
    ...(key !== undefined && { key }),
    ...(lastLeafEnds > 0 && { lastLeafEnds: new Date(lastLeafEnds).toISOString() }),
  }));
  return {
    'authorities.json': base64(JSON.stringify(stored)),
    'ca.crt': base64(bundleOf(authorities)),
    // A Secret of type kubernetes.io/tls must have both.
    'tls.crt': base64(leaf?.certificate ?? ''),
    'tls.key': base64(leaf?.key ?? ''),
    ...(leaf?.pending === true && { pending: base64('true') }),
  };
}

/** The text of one key; empty where it has none, or one of a size that is not ours. */
export function decoded(data: SecretData, key: string): string {
  const value = data[key] ?? '';
  return value.length > maxTextLength ? '' : Buffer.from(value, 'base64').toString();
}

/**
 * The authorities of a bundle, of which the last is the oldest; oldest first. What is none is
 * passed over.
 */
export function authoritiesIn(bundle: string): readonly KnownAuthority[] {
  if (bundle.length > maxTextLength) return [];
  const blocks = splitChain(bundle).slice(0, maxEntries).reverse();
  return blocks.flatMap((block) => describeAuthority({ certificate: `${block}\n` }) ?? []);
}

/** Undefined where it is no authority, or the key is not its own. */
export function describeAuthority(authority: {
  readonly certificate: string;
  readonly key?: string | undefined;
  readonly lastLeafEnds?: number;
}): KnownAuthority | undefined {
  const { certificate, key, lastLeafEnds = 0 } = authority;
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.ca) return undefined;
    if (key !== undefined && !parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
    return {
      id: parsed.fingerprint256,
      certificate,
      ...(key !== undefined && { key }),
      ...periodOf(parsed),
      lastLeafEnds,
    };
  } catch {
    return undefined;
  }
}

/** Undefined where it is not for `host`, or signed by none of them, or the key is not its own. */
export function describeLeaf(
  { certificate, key, pending }: Pick<KnownLeaf, 'certificate' | 'key' | 'pending'>,
  authorities: readonly KnownAuthority[],
  host: string,
): KnownLeaf | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    const isOurs = parsed.checkHost(host) !== undefined;
    if (!isOurs || !parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
    const signer = authorities.find((each) =>
      parsed.verify(new X509Certificate(each.certificate).publicKey),
    );
    if (signer === undefined) return undefined;
    return { certificate, key, ...periodOf(parsed), authority: signer.id, pending };
  } catch {
    return undefined;
  }
}

function readAuthorities(text: string): readonly KnownAuthority[] | undefined {
  const parsed = storedAuthorities.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const authorities = parsed.data.flatMap(
    ({ lastLeafEnds, ...rest }) =>
      describeAuthority({
        ...rest,
        lastLeafEnds: lastLeafEnds === undefined ? 0 : Date.parse(lastLeafEnds),
      }) ?? [],
  );
  // Half of them is none: the one that is missing may be the one whose leaf is served.
  return authorities.length === parsed.data.length ? authorities : undefined;
}

function readLeaf(
  data: SecretData,
  authorities: readonly KnownAuthority[],
  host: string,
): KnownLeaf | undefined {
  const pending = decoded(data, 'pending') === 'true';
  const pair = { certificate: decoded(data, 'tls.crt'), key: decoded(data, 'tls.key'), pending };
  return describeLeaf(pair, authorities, host);
}

function periodOf({ validFrom, validTo }: X509Certificate): {
  readonly notBefore: number;
  readonly notAfter: number;
} {
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** What goes into caBundle, newest first: the one that is likely to be needed. */
export function bundleOf(authorities: readonly KnownAuthority[]): string {
  return authorities
    .map(({ certificate }) => certificate)
    .toReversed()
    .join('');
}
