/**
 * Checks a certificate and its private key, each as text, before a TLS server gets them.
 *
 * No input makes `parsePair` throw: it returns whatever is wrong with the two texts as problems
 * that name the file.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { failure, success } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import type { KeyObject } from 'node:crypto';
import type { Problem, Result } from '../core/values/result.ts';

const beginMarker = '-----BEGIN CERTIFICATE-----';
const endMarker = '-----END CERTIFICATE-----';

/** A certificate chain and its key, both as PEM. */
export interface TlsPair {
  /** The server's certificate first, then those of intermediate authorities. */
  readonly certificate: string;
  readonly key: string;
  /** When the first certificate of the chain expires. */
  readonly expiry: Date;
}

/** A text with the name of its file, for problems. */
export interface PemFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Checks that both texts parse and belong together. An expired certificate passes: the caller
 * decides about it.
 */
export function parsePair(certificate: PemFile, key: PemFile): Result<TlsPair> {
  const chain = parseChain(certificate);
  const privateKey = parseKey(key);
  if (!chain.ok || !privateKey.ok) {
    return failure(
      ...(chain.ok ? [] : chain.problems),
      ...(privateKey.ok ? [] : privateKey.problems),
    );
  }
  if (chain.value[0]?.checkPrivateKey(privateKey.value) !== true) {
    const message = `the private key does not belong to the certificate in ${certificate.file}`;
    return failure({ file: key.file, message });
  }
  const problem = opensslProblem(certificate.text, key.text);
  if (problem !== undefined) return failure({ file: certificate.file, message: problem });
  return success({
    certificate: certificate.text,
    key: key.text,
    expiry: earliestExpiry(chain.value),
  });
}

/** Checks that a text holds certificates, each of an authority that may sign others'. */
export function parseAuthorities(text: PemFile): Result<readonly X509Certificate[]> {
  const chain = parseChain(text);
  if (!chain.ok) return chain;
  const problems = chain.value.flatMap(({ ca }, index) =>
    ca
      ? []
      : [
          {
            file: text.file,
            message: `certificate ${index + 1} of ${chain.value.length} is not of an authority`,
          },
        ],
  );
  return problems.length === 0 ? chain : failure(...problems);
}

/**
 * When the first certificate of a PEM text expires. Throws where the text holds none, so it is for
 * texts that were parsed before.
 */
export function certificateExpiry(pem: string): Date {
  const chain = parseChain({ file: 'certificate', text: pem });
  if (!chain.ok) throw new TypeError(chain.problems.map(({ message }) => message).join('; '));
  return earliestExpiry(chain.value);
}

/** How long the first certificate of a chain that was parsed before lives, in milliseconds. */
export function certificateLife(pem: string): number {
  const [leaf = ''] = splitChain(pem);
  const { validFrom, validTo } = new X509Certificate(leaf);
  return Date.parse(validTo) - Date.parse(validFrom);
}

/**
 * The certificates of a PEM text in their order, each as PEM of its own, without the text between.
 */
export function splitChain(pem: string): string[] {
  const [, ...parts] = pem.split(beginMarker);
  return parts.flatMap((part) => {
    const base64 = part.slice(0, Math.max(part.indexOf(endMarker), 0));
    return /^[A-Za-z0-9+/=\s]+$/.test(base64) ? [beginMarker + base64 + endMarker] : [];
  });
}

function parseChain({ file, text }: PemFile): Result<X509Certificate[]> {
  const blocks = splitChain(text);
  if (blocks.length === 0) return failure({ file, message: 'no PEM certificate in it' });
  const chain: X509Certificate[] = [];
  const problems: Problem[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      chain.push(new X509Certificate(block));
    } catch (error) {
      const message = `certificate ${index + 1} of ${blocks.length} cannot be read: ${messageOf(error)}`;
      problems.push({ file, message });
    }
  }
  return problems.length === 0 ? success(chain) : failure(...problems);
}

function parseKey({ file, text }: PemFile): Result<KeyObject> {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return failure({ file, message: 'no PEM private key in it' });
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    const message = 'the private key is encrypted, and there is no way to give a passphrase';
    return failure({ file, message });
  }
  try {
    return success(createPrivateKey(text));
  } catch (error) {
    return failure({ file, message: `the private key cannot be read: ${messageOf(error)}` });
  }
}

/**
 * What OpenSSL demands beyond parsing, such as a minimal key size. Checked here so that it does not
 * fail at the first handshake.
 */
function opensslProblem(certificate: string, key: string): string | undefined {
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (error) {
    return `cannot be served: ${messageOf(error)}`;
  }
}

function earliestExpiry(chain: readonly X509Certificate[]): Date {
  return new Date(Math.min(...chain.map(({ validTo }) => Date.parse(validTo))));
}
