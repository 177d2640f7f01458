/** An archive on disk: a tar file, packed or not, or the folder of an OCI layout. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ArchiveError } from './archive-error.ts';
import { unpacked } from './compressed.ts';
import { eachEntry } from './tar.ts';
import type { TarEntry } from './tar.ts';

/** More than a layout has: one file for each blob. */
const maxFiles = 10_000;

/** Calls `visit` for each entry, each time from the start. */
export type EachFile = (visit: (entry: TarEntry) => Promise<void> | void) => Promise<void>;

/** Opens `path`. Throws as `eachEntry` does, and what the file system says. */
export async function openArchive(path: string): Promise<EachFile> {
  const found = await stat(path);
  if (found.isDirectory()) return (visit) => eachOnDisk(path, visit);
  if (!found.isFile()) throw new ArchiveError('is no file and no folder');
  return (visit) => eachEntry(unpacked(createReadStream(path)), visit);
}

async function eachOnDisk(
  root: string,
  visit: (entry: TarEntry) => Promise<void> | void,
): Promise<void> {
  // Links are not followed: they may lead out of the folder.
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  if (files.length > maxFiles) throw new ArchiveError(`holds more than ${maxFiles} files`);
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const { size } = await stat(path);
    await visit({
      path: `/${relative(root, path)}`,
      type: 'file',
      size,
      mode: undefined,
      uid: undefined,
      gid: undefined,
      modified: undefined,
      link: undefined,
      body: lazily(path),
    });
  }
}

/** Opens the file only where somebody reads it. */
async function* lazily(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}
