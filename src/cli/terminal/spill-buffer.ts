/**
 * Text that is given out only when all of it is known to be good, however much it is: beyond a few
 * megabytes it waits in a file, so that memory does not grow with the number of manifests.
 */
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, messageOf } from '../../error.ts';

export interface SpillBuffer {
  /** Throws an AppError `cannot-write` where the disk is full. */
  readonly write: (text: string) => void;
  /** Gives all of it out, in pieces. */
  readonly flushTo: (to: (text: string) => void) => Promise<void>;
  /** Lets go of it. To be called in any case. */
  readonly close: () => void;
}

/** In characters. A long chart is a tenth of it. */
const keptInMemory = 4_000_000;

/** Where no file can be made, as on a read-only root without a `/tmp`, all stays in memory. */
export function makeSpillBuffer(limit = keptInMemory): SpillBuffer {
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

/** A file that is gone when it is closed, or the process ends, in whatever way. */
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
