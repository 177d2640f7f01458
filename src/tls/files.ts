/**
 * Something that is made of files, and the news of it.
 *
 * The kubelet replaces a volume's files by swapping one symlink above them, so the files themselves
 * never change and watching them tells nothing. They are therefore read again every few seconds:
 * their content decides.
 */
import { readFile } from 'node:fs/promises';

import { failure, type Problem, type Result } from '../core/result.ts';
import type { PemFile } from './pair.ts';

/** What is in use now, and the news of the next. */
export interface Store<T> {
  /** The last that was good. */
  readonly current: () => T;
  /** Calls `listener` after each change. Gives back the function that ends it. */
  readonly onChange: (listener: (value: T) => void) => () => void;
  /**
   * Looks at the files now, as it does by itself every few seconds. Resolves when what it found is
   * in use.
   */
  readonly reload: () => Promise<void>;
  /** Ends the looking. What is in use stays readable. */
  readonly close: () => void;
}

export interface Looking<T> {
  readonly read: () => Promise<Result<T>>;
  readonly same: (left: T, right: T) => boolean;
  /** How often to look, in milliseconds: 5,000 unless told. */
  readonly pollMs: number | undefined;
  /**
   * Told when the files changed into something that is not good; what was before stays in use. Once
   * for each such state, not at every look.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

const POLL_MS = 5_000;

/**
 * Reads for the first time, and gives back every problem where that is not good; what goes wrong
 * later goes to `onProblems`. The looking does not keep the process alive.
 */
export async function openStore<T>(looking: Looking<T>): Promise<Result<Store<T>>> {
  const { read, same, pollMs = POLL_MS, onProblems } = looking;
  const first = await read();
  if (!first.ok) return first;
  const listeners = new Set<(value: T) => void>();
  let value = first.value;
  let lastProblems = '';

  const look = async (): Promise<void> => {
    const found = await read();
    if (!found.ok) {
      // Half-written files are seen again and again until they are whole: one complaint is enough.
      const problems = JSON.stringify(found.problems);
      if (problems !== lastProblems) onProblems(found.problems);
      lastProblems = problems;
      return;
    }
    lastProblems = '';
    if (same(found.value, value)) return;
    value = found.value;
    for (const listener of listeners) listener(value);
  };
  const reload = oneAtATime(look);
  const timer = setInterval(() => void reload(), pollMs).unref();

  const store: Store<T> = {
    current: () => value,
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

/** The text of a file, or one sentence on why there is none. */
export async function readPem(file: string): Promise<Result<PemFile>> {
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

/**
 * A look that is asked for during another starts after it, so that an older reading never replaces
 * a newer one.
 */
function oneAtATime(look: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(look, look);
    return last;
  };
}
