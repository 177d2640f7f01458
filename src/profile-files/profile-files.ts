/**
 * The files that `--profiles` names: files as they are given, and of a directory those that end in
 * `.yaml` or `.yml`, in its sub-folders too.
 *
 * Hidden names are passed over and links are followed: a ConfigMap's volume holds its content in a
 * hidden directory, and what is visible, be it a file or a sub-folder, is a link into it. A file or
 * directory that is reached twice, by links or since two paths were given, counts once: by where it
 * really is, which also ends a circle of links.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileReasonOf } from '../error.ts';
import type { Problem } from '../core/values/result.ts';

export interface ProfileFiles {
  /** In the order of the paths, those of a directory by name. */
  readonly files: readonly string[];
  /** Of what cannot be read. */
  readonly problems: readonly Problem[];
}

/** Finds the files. */
export async function listProfileFiles(paths: readonly string[]): Promise<ProfileFiles> {
  const walk: Walk = { seen: new Set(), files: [], problems: [] };
  for (const path of paths) await visit(path, walk, true);
  return walk;
}

interface Walk {
  /** Where what was visited really is. */
  readonly seen: Set<string>;
  readonly files: string[];
  readonly problems: Problem[];
}

async function visit(path: string, walk: Walk, named: boolean): Promise<void> {
  try {
    const real = await realpath(path);
    if (walk.seen.has(real)) return;
    walk.seen.add(real);
    const found = await stat(real);
    if (!found.isDirectory()) {
      // A pipe that is given is read, as of a shell's <(…); one that lies there might never end.
      if (named || (isProfileName(path) && found.isFile())) walk.files.push(path);
      else if (isProfileName(path))
        walk.problems.push({ file: path, message: 'cannot be read: it is no regular file' });
      return;
    }
    for (const name of (await readdir(path)).filter(isVisible).sort()) {
      await visit(join(path, name), walk, false);
    }
  } catch (error) {
    // A link that leads nowhere matters where it has the name of a profile.
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing && !named && !isProfileName(path)) return;
    walk.problems.push({ file: path, message: `cannot be read: ${fileReasonOf(error)}` });
  }
}

/** The root of an ext4 volume holds a directory `lost+found` that only root can read. */
function isVisible(name: string): boolean {
  return !name.startsWith('.') && name !== 'lost+found';
}

function isProfileName(path: string): boolean {
  return /\.ya?ml$/.test(path);
}

/**
 * A text that changes whenever a file that the paths lead to is added, removed, replaced or
 * written.
 */
export async function profilesFingerprint(paths: readonly string[]): Promise<string> {
  const { files, problems } = await listProfileFiles(paths);
  const parts = problems.map(({ message }) => message);
  for (const file of files) {
    // `stat` follows the links that a ConfigMap's volume is swapped by.
    const { ino, size, mtimeMs } = await stat(file).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }));
    parts.push(`${file} ${ino} ${size} ${mtimeMs}`);
  }
  return parts.join('\n');
}
