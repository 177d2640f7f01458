/**
 * The certificate that is served now, and the news of the next one.
 *
 * The kubelet replaces a Secret volume's files by swapping one symlink above them, so the files themselves never
 * change and watching them tells nothing. Both are therefore read again every few seconds: their content decides.
 */
import { readFile } from 'node:fs/promises';

import { failure, type Problem, type Result } from '../core/result.ts';
import { parsePair, type PemFile, type TlsPair } from './pair.ts';

export interface TlsStore {
  /** The last pair that was good. */
  readonly current: () => TlsPair;
  /** Calls `listener` after each change. Gives back the function that ends it. */
  readonly onChange: (listener: (pair: TlsPair) => void) => () => void;
  /** Looks at the files now, as it does by itself every few seconds. Resolves when what it found is in use. */
  readonly reload: () => Promise<void>;
  /** Ends the looking. The current pair stays readable. */
  readonly close: () => void;
}

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** How often to look, in milliseconds: 5,000 unless told. */
  readonly pollMs?: number;
  /**
   * Told when the files changed into something that cannot be served; the pair before stays in use. Once for each such
   * state, not at every look.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

const POLL_MS = 5_000;

/**
 * Serves from two PEM files. Gives back every problem of either file when they are not good at the start; what goes
 * wrong later goes to `onProblems`. The looking does not keep the process alive.
 */
export async function openTlsFiles(files: TlsFiles): Promise<Result<TlsStore>> {
  const first = await readPair(files);
  if (!first.ok) return first;
  const listeners = new Set<(pair: TlsPair) => void>();
  let pair = first.value;
  let lastProblems = '';

  const look = async (): Promise<void> => {
    const found = await readPair(files);
    if (!found.ok) {
      // Half-written files are seen again and again until they are whole: one complaint is enough.
      const problems = JSON.stringify(found.problems);
      if (problems !== lastProblems) files.onProblems(found.problems);
      lastProblems = problems;
      return;
    }
    lastProblems = '';
    if (found.value.certificate === pair.certificate && found.value.key === pair.key) return;
    pair = found.value;
    for (const listener of listeners) listener(pair);
  };
  const reload = oneAtATime(look);
  const timer = setInterval(() => void reload(), files.pollMs ?? POLL_MS).unref();

  const store: TlsStore = {
    current: () => pair,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload,
    close: () => {
      clearInterval(timer);
    },
  };
  return { ok: true, value: store };
}

async function readPair({ certificateFile, keyFile }: TlsFiles): Promise<Result<TlsPair>> {
  const [certificate, key] = await Promise.all([readPem(certificateFile), readPem(keyFile)]);
  if (certificate.ok && key.ok) return parsePair(certificate.value, key.value);
  return failure(...(certificate.ok ? [] : certificate.problems), ...(key.ok ? [] : key.problems));
}

async function readPem(file: string): Promise<Result<PemFile>> {
  try {
    return { ok: true, value: { file, text: await readFile(file, 'utf8') } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return failure({ file, message: `cannot be read: ${sentences[code] ?? code}` });
  }
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

/** A look that is asked for during another starts after it, so that an older reading never replaces a newer one. */
function oneAtATime(look: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(look, look);
    return last;
  };
}
