/** The certificate that is served now, and the news of the next one. */
import { failure, type Problem, type Result } from '../core/result.ts';
import { openStore, readPem, type Store } from './files.ts';
import { parsePair, type TlsPair } from './pair.ts';

export type TlsStore = Store<TlsPair>;

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** How often to look, in milliseconds: 5,000 unless told. */
  readonly pollMs?: number;
  /**
   * Told when the files changed into something that cannot be served; the pair before stays in use.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

/**
 * Serves from two PEM files. Gives back every problem of either file when they are not good at the
 * start.
 */
export function openTlsFiles(files: TlsFiles): Promise<Result<TlsStore>> {
  return openStore({
    read: () => readPair(files),
    same: (left, right) => left.certificate === right.certificate && left.key === right.key,
    pollMs: files.pollMs,
    onProblems: files.onProblems,
  });
}

async function readPair({ certificateFile, keyFile }: TlsFiles): Promise<Result<TlsPair>> {
  const [certificate, key] = await Promise.all([readPem(certificateFile), readPem(keyFile)]);
  if (certificate.ok && key.ok) return parsePair(certificate.value, key.value);
  return failure(...(certificate.ok ? [] : certificate.problems), ...(key.ok ? [] : key.problems));
}
