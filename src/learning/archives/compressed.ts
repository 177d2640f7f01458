/** Archives as they come: plain, gzip or zstd, known by their first bytes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ArchiveError } from './archive-error.ts';

/** Bytes in pieces. */
export type Chunks = AsyncIterable<Uint8Array>;

/** More than the largest images have, unpacked. */
const maxUnpacked = 64 * 1024 ** 3;
/**
 * What zstd itself takes without being asked for more; a frame's header may ask a reader for two
 * gigabytes of memory.
 */
const maxWindow = 128 * 1024 ** 2;
/** Of zstd, four bytes may be 128 KiB; so much is unpacked at a time. */
const zstdPiece = 1024;

/**
 * The bytes, unpacked where they are packed. Throws an ArchiveError where what is packed cannot be
 * read, or is more than 64 GiB.
 */
export async function* unpacked(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const { first, all } = await peek(chunks);
  let sum = 0;
  for await (const chunk of unpack(first, all)) {
    sum += chunk.length;
    if (sum > maxUnpacked) throw new ArchiveError('holds more than 64 GiB when it is unpacked');
    yield chunk;
  }
}

function unpack(first: Uint8Array, all: Chunks): Chunks {
  if (first[0] === 0x1f && first[1] === 0x8b) return gunzip(all);
  const isZstd = [0x28, 0xb5, 0x2f, 0xfd].every((byte, at) => first[at] === byte);
  return isZstd ? unzstd(first, all) : all;
}

/** The first bytes, and all of them. */
async function peek(chunks: Chunks): Promise<{ readonly first: Uint8Array; readonly all: Chunks }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let length = 0;
  while (length < 16) {
    const next = await iterator.next();
    if (next.done === true) break;
    seen.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* seen;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first: Buffer.concat(seen), all: all() };
}

async function* gunzip(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const feeding = pipeline(Readable.from(chunks, { objectMode: false }), stream);
  // Where nobody reads to the end, it ends early, and that is no fault.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw new ArchiveError(`is damaged gzip: ${(error as Error).message}`, error);
  }
}

async function* unzstd(first: Uint8Array, chunks: Chunks): AsyncGenerator<Uint8Array> {
  if (windowOf(first) > maxWindow) {
    throw new ArchiveError('is zstd with a window of more than 128 MiB');
  }
  const { Decompress } = await import('fzstd');
  const out: Uint8Array[] = [];
  const stream = new Decompress((chunk) => out.push(chunk));
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += zstdPiece) {
        stream.push(chunk.subarray(at, at + zstdPiece));
        yield* out.splice(0);
      }
    }
    stream.push(new Uint8Array(0), true);
    yield* out.splice(0);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`is damaged zstd: ${(error as Error).message}`, error);
  }
}

/** What the first frame asks for (RFC 8878, 3.1.1.1); one segment has the size of its content. */
function windowOf(first: Uint8Array): number {
  const descriptor = first[4] ?? 0;
  if ((descriptor & 0x20) !== 0) {
    const flag = descriptor >> 6;
    const skipped = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
    const length = flag === 0 ? 1 : 1 << flag;
    let size = 0;
    for (let i = length - 1; i >= 0; i--) size = size * 256 + (first[skipped + i] ?? 0);
    return size;
  }
  const window = first[5] ?? 0;
  const base = 2 ** (10 + (window >> 3));
  return base + (base / 8) * (window & 7);
}
