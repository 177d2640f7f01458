/**
 * Which clients may connect. Where an authority is given, only a client with a certificate of that
 * authority gets through the handshake. Where names are given too, the certificate must be for one
 * of them.
 */
import { success } from '../core/values/result.ts';
import { openStore, readPem } from './files.ts';
import { parseAuthorities } from './pair.ts';
import type { PeerCertificate } from 'node:tls';
import type { Problem, Result } from '../core/values/result.ts';
import type { Store } from './files.ts';

/** Who may connect. */
export interface Clients {
  /** The authorities of the clients' certificates, PEM. */
  readonly authorities: Pick<Store<string>, 'current' | 'onChange'>;
  /** The certificate must be for one of these. An empty list accepts any name. */
  readonly names: readonly string[];
}

export interface ClientAuthorityFile {
  readonly file: string;
  /** How often to read the file, in milliseconds: 5,000 by default. */
  readonly pollMs?: number;
  /** Called when the file has changed into no authority; the one before stays in use. */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

/** Opens the certificates of a PEM file, which are read again when it changes. */
export function openClientAuthority(options: ClientAuthorityFile): Promise<Result<Store<string>>> {
  return openStore({
    read: async () => {
      const text = await readPem(options.file);
      if (!text.ok) return text;
      const parsed = parseAuthorities(text.value);
      return parsed.ok ? success(text.value.text) : parsed;
    },
    same: (left, right) => left === right,
    pollMs: options.pollMs,
    onProblems: options.onProblems,
  });
}

/**
 * Whether a certificate is for one of the names: its common name, or an alternative name of kind
 * DNS or URI.
 */
export function isFor(names: readonly string[], certificate: PeerCertificate): boolean {
  const own = [certificate.subject.CN].flat();
  return names.some((name) => own.includes(name) || alternativeNames(certificate).includes(name));
}

/**
 * The alternative names of kind DNS and URI. Node gives all names as one text, `DNS:a, URI:b`, and
 * writes a name with a comma or a quote as JSON in quotes. Such a name is skipped as a whole, so
 * that no part of it is taken for a name.
 */
function alternativeNames({ subjectaltname: text = '' }: PeerCertificate): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at);
    if (colon < 0) break;
    const kind = text.slice(at, colon);
    const end = endOfName(text, colon + 1);
    const name = text.slice(colon + 1, end);
    if ((kind === 'DNS' || kind === 'URI') && !name.startsWith('"')) names.push(name);
    at = end + ', '.length;
  }
  return names;
}

function endOfName(text: string, start: number): number {
  if (text[start] !== '"') {
    const comma = text.indexOf(', ', start);
    return comma < 0 ? text.length : comma;
  }
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
