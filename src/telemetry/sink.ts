/** Writes lines to a file descriptor without ever waiting for its reader. */
import sonicBoom from 'sonic-boom';
import type { LineSink } from './log.ts';

/**
 * The most bytes that are kept for a reader that has stopped reading. Further lines are dropped: a
 * full pipe must neither delay a review nor take all memory.
 */
const maxUnwritten = 8 * 1024 * 1024;

/**
 * Lines are collected in a buffer of this many bytes. They are written when the next line might not
 * fit, or after `flushMs`.
 */
const bufferBytes = 32 * 1024;
const flushMs = 100;

export interface FileSink extends LineSink {
  /** Writes all collected lines before it returns. For the end of the process. */
  readonly flush: () => void;
}

/**
 * A sink that writes to the file descriptor in the background, many lines at a time under load.
 * `process.stderr` itself would block at each line: Node writes files and pipes synchronously
 * there.
 */
export function openSink(fd: number): FileSink {
  const boom = new sonicBoom.SonicBoom({
    fd,
    sync: false,
    contentMode: 'buffer',
    maxLength: maxUnwritten,
  });
  // Its type does not have the argument of this content mode.
  const write = boom.write.bind(boom) as unknown as (bytes: Buffer) => boolean;
  // As bytes and not as text: a text that waits here is promoted to old space.
  const collected = Buffer.allocUnsafeSlow(bufferBytes);
  let filled = 0;
  let timer: NodeJS.Timeout | undefined;
  const writeCollected = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (filled === 0) return;
    // In memory of its own: a slice of Node's pool would keep the whole pool until it is written.
    const lines = Buffer.allocUnsafeSlow(filled);
    collected.copy(lines);
    write(lines);
    filled = 0;
  };
  // Its reader is gone. Pods are admitted all the same.
  boom.on('error', () => undefined);
  return {
    write(lines) {
      // A UTF-16 unit takes three bytes at most.
      if (lines.length * 3 > bufferBytes - filled) writeCollected();
      if (lines.length * 3 > bufferBytes) {
        write(Buffer.from(lines));
        return;
      }
      filled += collected.write(lines, filled);
      timer ??= setTimeout(writeCollected, flushMs).unref();
    },
    flush() {
      try {
        writeCollected();
        boom.flushSync();
      } catch {
        // As above.
      }
    },
  };
}
