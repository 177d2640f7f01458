/** Rewrites files so that no file is ever half written or lost. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, fileReasonOf } from '../../error.ts';

interface Prepared {
  readonly path: string;
  /** The file that a link leads to: the link itself is kept. */
  readonly target: string;
  readonly unfinished: string;
}

/** New texts for files. */
export interface Replacements {
  /** Writes the new text beside the file. Throws an AppError `cannot-write`. */
  readonly add: (path: string, text: string) => Promise<void>;
  /** Puts all new texts in place. Throws an AppError `cannot-write`. */
  readonly commit: () => Promise<void>;
  /** Removes new texts that are not in place. It must be called, also after an error. */
  readonly close: () => Promise<void>;
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Replaces files and keeps their modes. All new texts are on disk before the first file is
 * replaced, so that a full disk, a directory without write permission or a signal leaves every
 * file as it was.
 */
export function replaceFiles(): Replacements {
  const prepared: Prepared[] = [];
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const { unfinished } of prepared) rmSync(unfinished, { force: true });
    process.kill(process.pid, signal);
  };
  for (const signal of endSignals) process.once(signal, onSignal);
  return {
    async add(path, text) {
      const target = await withFileName(path, () => realpath(path));
      const name = `.${basename(target)}.${randomUUID()}.tmp`;
      const next = { path, target, unfinished: join(dirname(target), name) };
      prepared.push(next);
      await withFileName(path, () => writeBeside(next, text));
    },
    async commit() {
      for (const { path, unfinished, target } of prepared) {
        await withFileName(path, () => rename(unfinished, target));
      }
    },
    async close() {
      for (const signal of endSignals) process.off(signal, onSignal);
      for (const { unfinished } of prepared) await rm(unfinished, { force: true });
    },
  };
}

/** Writes a file that may exist: then it is replaced as a whole. Throws as `replaceFiles` does. */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await withFileName(path, () => writeFile(path, text, { flag: 'wx' }));
    return;
  }
  const replacements = replaceFiles();
  try {
    await replacements.add(path, text);
    await replacements.commit();
  } finally {
    await replacements.close();
  }
}

async function writeBeside({ target, unfinished }: Prepared, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(target);
  await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
  const made = await stat(unfinished);
  if (made.uid !== uid || made.gid !== gid) {
    // Only root can change the owner. Others become the owner, as with every editor.
    await chown(unfinished, uid, gid).catch(() => undefined);
  }
  await chmod(unfinished, mode);
}

async function withFileName<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AppError('cannot-write', `${path}: cannot be written: ${fileReasonOf(error)}`, error);
  }
}
