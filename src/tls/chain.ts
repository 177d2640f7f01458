/** Whether a certificate is one that somebody who trusts a bundle would accept. */
import { X509Certificate } from 'node:crypto';

import { splitChain } from './pair.ts';

/** Longer ones are nobody's; a bound on the work. */
const maxCertificates = 32;

/**
 * Whether the first certificate of `chain` leads to one of `bundle`, perhaps through others of the
 * chain, and all of them are valid at `now`. Both are PEM. A certificate that stands in the bundle
 * itself is trusted, as Go does. False where a text cannot be read.
 */
export function isTrusted(chain: string, bundle: string, now: number): boolean {
  try {
    const [leaf, ...others] = parse(chain);
    return leaf !== undefined && leads(leaf, others, parse(bundle), now);
  } catch {
    return false;
  }
}

function leads(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  now: number,
): boolean {
  if (!isValidAt(certificate, now)) return false;
  if (anchors.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) {
    return true;
  }
  if (anchors.some((each) => isValidAt(each, now) && signed(each, certificate))) return true;
  return others.some(
    (each) =>
      signed(each, certificate) &&
      leads(
        each,
        others.filter((other) => other !== each),
        anchors,
        now,
      ),
  );
}

function signed(authority: X509Certificate, certificate: X509Certificate): boolean {
  return (
    authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  );
}

function isValidAt({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}

function parse(pem: string): readonly X509Certificate[] {
  return splitChain(pem)
    .slice(0, maxCertificates)
    .map((block) => new X509Certificate(block));
}
