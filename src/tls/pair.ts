/**
 * A certificate and its private key as text, checked to be what a TLS server needs before one is
 * given them.
 *
 * No input makes this throw: whatever is wrong with the two texts comes back as problems that name
 * the file.
 */
import { messageOf } from '../error.ts';
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import { failure, success, type Problem, type Result } from '../core/result.ts';

/** What a server serves. Both parts are PEM. */
export interface TlsPair {
  /** The server's certificate first, then those of intermediate authorities. */
  readonly certificate: string;
  readonly key: string;
  /** When the first certificate of the chain expires. */
  readonly expiry: Date;
}

/** A text and the name of the file it came from, which the problems name. */
export interface PemFile {
  readonly file: string;
  readonly text: string;
}

const BEGIN_CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const END_CERTIFICATE = '-----END CERTIFICATE-----';

/**
 * Checks that both texts parse and belong together. An expired certificate passes: it is for the
 * caller to judge.
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
  const refusal = refusalOfOpenssl(certificate.text, key.text);
  if (refusal !== undefined) return failure({ file: certificate.file, message: refusal });
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
 * The instant at which the first certificate of a PEM text expires. Throws when the text holds no
 * certificate: for texts that were parsed before.
 */
export function certificateExpiry(pem: string): Date {
  const chain = parseChain({ file: 'certificate', text: pem });
  if (!chain.ok) throw new TypeError(chain.problems.map(({ message }) => message).join('; '));
  return earliestExpiry(chain.value);
}

/**
 * The certificates of a PEM text, each as PEM of its own, in their order; text between them is
 * passed over.
 */
export function splitChain(pem: string): string[] {
  const [, ...parts] = pem.split(BEGIN_CERTIFICATE);
  return parts.flatMap((part) => {
    const base64 = part.slice(0, Math.max(part.indexOf(END_CERTIFICATE), 0));
    return /^[A-Za-z0-9+/=\s]+$/.test(base64) ? [BEGIN_CERTIFICATE + base64 + END_CERTIFICATE] : [];
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
 * OpenSSL has demands beyond parsing, such as a minimal key size: better heard now than at the
 * first handshake.
 */
function refusalOfOpenssl(certificate: string, key: string): string | undefined {
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
