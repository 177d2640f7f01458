/** Files rewritten so that at no moment one of them is half written, or lost. */
import { randomUUID } from 'node:crypto';
import { chmod, chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../error.ts';
import { reasonOf } from './sources.ts';

export interface Replacement {
  readonly path: string;
  readonly text: string;
}

interface Prepared extends Replacement {
  /** What a link leads to: the link itself stays. */
  readonly target: string;
  readonly unfinished: string;
}

/**
 * Replaces the files, each with its mode kept. All new texts are on disk before the first file is replaced, so that a
 * full disk or a directory without write permission leaves every file as it was. Throws an AppError `cannot-write`.
 */
export async function replaceFiles(replacements: readonly Replacement[]): Promise<void> {
  const prepared: Prepared[] = [];
  try {
    for (const replacement of replacements) {
      const next = await place(replacement);
      prepared.push(next);
      await told(next.path, () => writeBeside(next));
    }
    for (const { path, unfinished, target } of prepared) {
      await told(path, () => rename(unfinished, target));
    }
  } finally {
    for (const { unfinished } of prepared) await rm(unfinished, { force: true });
  }
}

async function place(replacement: Replacement): Promise<Prepared> {
  const target = await told(replacement.path, () => realpath(replacement.path));
  const name = `.${basename(target)}.${randomUUID()}.tmp`;
  return { ...replacement, target, unfinished: join(dirname(target), name) };
}

async function writeBeside({ target, unfinished, text }: Prepared): Promise<void> {
  const { mode, uid, gid } = await stat(target);
  await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
  const made = await stat(unfinished);
  if (made.uid !== uid || made.gid !== gid) {
    // Only root can give a file away; to others it is theirs, as with every editor.
    await chown(unfinished, uid, gid).catch(() => undefined);
  }
  await chmod(unfinished, mode);
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AppError('cannot-write', `${path}: cannot be written: ${reasonOf(error)}`, error);
  }
}
