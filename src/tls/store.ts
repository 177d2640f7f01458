/** The certificate in use, from two PEM files. */
import { failure } from '../core/values/result.ts';
import { openStore, readPem } from './files.ts';
import { parsePair } from './pair.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { Store } from './files.ts';
import type { TlsPair } from './pair.ts';

export type TlsStore = Store<TlsPair>;

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** How often to read the files, in milliseconds: 5,000 by default. */
  readonly pollMs?: number;
  /**
   * Called when the files have changed into something that cannot be served; the pair before stays
   * in use.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

/** Opens the two files, or returns every problem of either. */
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
