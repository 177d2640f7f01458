/**
 * Whose certificates are asked for: where an authority is given, only a client with a certificate
 * of it gets through the handshake, and where names are given too, only one that is for one of
 * them.
 */
import { success, type Problem, type Result } from '../core/result.ts';
import { openStore, readPem, type Store } from './files.ts';
import { parseAuthorities } from './pair.ts';
import type { PeerCertificate } from 'node:tls';

/** Who may connect. */
export interface Clients {
  /** The authorities of their certificates, PEM. */
  readonly authorities: Pick<Store<string>, 'current' | 'onChange'>;
  /** Of which a certificate must have one; any will do where there is none. */
  readonly names: readonly string[];
}

export interface ClientAuthorityFile {
  readonly file: string;
  /** How often to look, in milliseconds: 5,000 unless told. */
  readonly pollMs?: number;
  /**
   * Told when the file changed into something that is no authority; the one before stays in use.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

/** The certificates of a PEM file, read again when it changes. */
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
 * Node gives them as one text, `DNS:a, URI:b`, with what holds a comma or quote as JSON in quotes:
 * that is passed over as a whole, so that no part of it is taken for a name.
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
