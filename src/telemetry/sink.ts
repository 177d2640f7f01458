/** Lines to a file descriptor without ever waiting for whoever reads them. */
import sonicBoom from 'sonic-boom';
import type { LineSink } from './log.ts';

/**
 * What is kept, in bytes, for a reader that has stopped reading. Lines beyond it are dropped: a
 * full pipe must neither hold a review nor eat the memory.
 */
const maxWaiting = 8 * 1024 * 1024;

/**
 * Lines are gathered in a buffer of this many bytes and written when the next might not fit, or
 * after this long.
 */
const batch = 32 * 1024;
const flushMs = 100;

export interface FileSink extends LineSink {
  /** Writes what waits, before it returns. For the end of the process. */
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
    maxLength: maxWaiting,
  });
  // Its declaration leaves out what this content mode takes.
  const write = boom.write.bind(boom) as unknown as (bytes: Buffer) => boolean;
  // As bytes and not as text: a text that waits for its company outlives a collection or two, and
  // then the next full one.
  const gathered = Buffer.allocUnsafeSlow(batch);
  let filled = 0;
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (filled === 0) return;
    // In memory of its own: a piece of Node's pool would keep all of that for as long as it waits.
    const lines = Buffer.allocUnsafeSlow(filled);
    gathered.copy(lines);
    write(lines);
    filled = 0;
  };
  // Nobody reads it any more. Pods are admitted all the same.
  boom.on('error', () => undefined);
  return {
    write(lines) {
      // A UTF-16 unit takes three bytes at most.
      if (lines.length * 3 > batch - filled) pass();
      if (lines.length * 3 > batch) {
        write(Buffer.from(lines));
        return;
      }
      filled += gathered.write(lines, filled);
      timer ??= setTimeout(pass, flushMs).unref();
    },
    flush() {
      try {
        pass();
        boom.flushSync();
      } catch {
        // As above.
      }
    },
  };
}
