/**
 * Buffers output until it is known that no input has a problem. More than a few megabytes are kept
 * in a temporary file, so that memory does not grow with the number of manifests.
 */
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, messageOf } from '../../error.ts';

/** A buffer for text. */
export interface SpillBuffer {
  /** Throws an AppError `cannot-write` where the disk is full. */
  readonly write: (text: string) => void;
  /** Passes all of the text to `to`, in pieces. */
  readonly flushTo: (to: (text: string) => void) => Promise<void>;
  /** Frees the text and its file. It must be called, also after an error. */
  readonly close: () => void;
}

/** The most characters in memory. A long Helm chart has a tenth of that. */
const memoryLimit = 4_000_000;

/**
 * Makes a buffer that spills into a file above `limit` characters. Where no file can be made, as
 * on a read-only root without a `/tmp`, all of the text stays in memory.
 */
export function makeSpillBuffer(limit = memoryLimit): SpillBuffer {
  let parts: string[] = [];
  let length = 0;
  let file: number | undefined;
  let isMemoryOnly = false;
  const spill = (): void => {
    file ??= openUnnamed();
    isMemoryOnly = file === undefined;
    if (file === undefined) return;
    writeAll(file, parts.join(''));
    parts = [];
    length = 0;
  };
  return {
    write(text) {
      parts.push(text);
      length += text.length;
      if (length > limit && !isMemoryOnly) spill();
    },
    async flushTo(to) {
      if (file !== undefined) {
        const stream = createReadStream('', {
          fd: file,
          autoClose: false,
          encoding: 'utf8',
          start: 0,
        });
        for await (const piece of stream) to(piece as string);
      }
      if (parts.length > 0) to(parts.join(''));
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
      parts = [];
    },
  };
}

/** Opens a file and deletes its name: the file ends when it is closed or the process ends. */
function openUnnamed(): number | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'lithopod-held-'));
    try {
      return openSync(join(folder, 'held'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return undefined;
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  } catch (error) {
    const reason = messageOf(error);
    throw new AppError('cannot-write', `${tmpdir()}: cannot hold the output: ${reason}`, error);
  }
}
