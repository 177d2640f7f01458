/**
 * A value that is read from files, and read again when they change.
 *
 * The kubelet replaces a volume's files by swapping one symlink above them, so the files themselves
 * never change and a watch on them reports nothing. Therefore they are read again every few seconds
 * and their content is compared.
 */
import { readFile } from 'node:fs/promises';
import { failure } from '../core/values/result.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import type { Problem, Result } from '../core/values/result.ts';
import type { PemFile } from './pair.ts';

const defaultPollMs = 5_000;

/** By the code of Node's error. */
const readErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

/** The value in use, and notice of each new one. */
export interface Store<T> {
  /** The last good value. */
  readonly current: () => T;
  /** Calls `listener` after each change. Returns the function that ends that. */
  readonly onChange: (listener: (value: T) => void) => () => void;
  /** Reads the files now, without waiting for the timer. Resolves when their value is in use. */
  readonly reload: () => Promise<void>;
  /** Stops reading the files. The value in use stays readable. */
  readonly close: () => void;
}

export interface StoreOptions<T> {
  readonly read: () => Promise<Result<T>>;
  readonly same: (left: T, right: T) => boolean;
  /** How often to read the files, in milliseconds: 5,000 by default. */
  readonly pollMs: number | undefined;
  /**
   * Called when the files have changed into something that is not good; the value before stays in
   * use. Called once for each such state, not at every reading.
   */
  readonly onProblems: (problems: readonly Problem[]) => void;
}

/**
 * Reads the files for the first time and returns every problem with them. Problems at later
 * readings go to `onProblems`. The timer does not keep the process alive.
 */
export async function openStore<T>(options: StoreOptions<T>): Promise<Result<Store<T>>> {
  const { read, same, pollMs = defaultPollMs, onProblems } = options;
  const first = await read();
  if (!first.ok) return first;
  const listeners = new Set<(value: T) => void>();
  let value = first.value;
  let lastProblems = '';

  const poll = async (): Promise<void> => {
    const found = await read();
    if (!found.ok) {
      // Half-written files are read again and again until they are whole: one report is enough.
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
  const runNext = oneAtATime();
  const reload = (): Promise<void> => runNext(poll);
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

/** The text of a file, or why it cannot be read. */
export async function readPem(file: string): Promise<Result<PemFile>> {
  try {
    return { ok: true, value: { file, text: await readFile(file, 'utf8') } };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return failure({ file, message: `cannot be read: ${readErrors[code] ?? code}` });
  }
}
