/** The entries of a tar archive, one after the other, with bounds. */
import { normalisePath } from '../../core/mounts/paths.ts';
import { ArchiveError } from './archive-error.ts';
import type { Parser, ReadEntry } from 'tar';
import type { PathType } from '../../core/learn/observation.ts';
import type { Chunks } from './compressed.ts';

/** What is known of an entry without its bytes. */
export interface TarHeader {
  /** Absolute and normalised. */
  readonly path: string;
  /** `hard-link`: another name of the file at `link`. */
  readonly type: PathType | 'hard-link';
  readonly size: number;
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** In milliseconds. */
  readonly modified: number | undefined;
  /** Where a link points to, as written. */
  readonly link: string | undefined;
}

export interface TarEntry extends TarHeader {
  /** The bytes of a file; may be read once, and only while it is visited. */
  readonly body: Chunks;
}

/** Three times what the largest images have. */
const maxEntries = 3_000_000;
/** A path or link of the kernel has at most 4,096 bytes. */
const maxPath = 4096;
/** Of extended headers, in bytes. */
const maxHeader = 1024 * 1024;

const types: Readonly<Record<string, TarEntry['type']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Link: 'hard-link',
  SymbolicLink: 'link',
  CharacterDevice: 'device',
  BlockDevice: 'device',
  Directory: 'directory',
  FIFO: 'fifo',
};

/**
 * Calls `visit` for each entry, and waits for it. What it leaves of a body is skipped. Throws an
 * ArchiveError where the bytes are no tar archive or a damaged one, for more than three million
 * entries, and for a path that no kernel takes.
 */
export async function eachEntry(
  chunks: Chunks,
  visit: (entry: TarEntry) => Promise<void> | void,
): Promise<void> {
  const { Parser } = await import('tar');
  let count = 0;
  const state: { failed: unknown } = { failed: undefined };
  const wake: (() => void)[] = [];
  // An entry has ended for the parser when it is written, and for us when it is read.
  let visits: Promise<unknown> = Promise.resolve();
  const stop = (error: unknown): void => {
    state.failed ??= error;
    for (const resolve of wake.splice(0)) resolve();
  };
  const parser: Parser = new Parser({
    strict: true,
    maxMetaEntrySize: maxHeader,
    onReadEntry(entry) {
      visits = Promise.all([visits, handle(entry).catch(stop)]).then(() => undefined);
    },
  });
  async function handle(entry: ReadEntry): Promise<void> {
    if (++count > maxEntries) throw new ArchiveError(`holds more than ${maxEntries} entries`);
    const read = entryOf(entry);
    if (read !== undefined) await visit(read);
    entry.resume();
  }
  const ended = new Promise<void>((resolve) => {
    parser.on('end', resolve);
    wake.push(resolve);
  });
  parser.on('error', (error: Error) => {
    stop(new ArchiveError(`is no tar archive that can be read: ${error.message}`, error));
  });
  let isZero = true;
  for await (const chunk of chunks) {
    if (state.failed !== undefined) break;
    // A layer in which nothing changed is the end of an archive alone; the library takes none.
    isZero &&= chunk.every((byte) => byte === 0);
    if (isZero) continue;
    if (parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) continue;
    await new Promise<void>((resolve) => {
      parser.once('drain', resolve);
      wake.push(resolve);
    });
  }
  if (isZero) return;
  if (state.failed === undefined) {
    parser.end();
    await ended;
    await visits;
  }
  if (state.failed !== undefined) throw state.failed as Error;
}

function entryOf(entry: ReadEntry): TarEntry | undefined {
  const type = types[entry.type];
  if (type === undefined) return undefined;
  if (entry.path.length > maxPath)
    throw new ArchiveError('has a path of more than 4096 characters');
  return {
    path: normalisePath(`/${entry.path}`),
    type,
    size: entry.size,
    mode: entry.mode === undefined ? undefined : entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    modified: entry.mtime?.getTime(),
    link: entry.linkpath?.slice(0, maxPath),
    body: entry,
  };
}

/** The entry without its bytes, to keep it. */
export function headerOf({ body: _, ...header }: TarEntry): TarHeader {
  return header;
}

/** The bytes of an entry. Throws an ArchiveError where they are more than `most`. */
export async function bytesOf({ path, size, body }: TarEntry, most: number): Promise<Buffer> {
  if (size > most) throw new ArchiveError(`has a file ${path} of more than ${most} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
