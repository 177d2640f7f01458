/** Lines to a file descriptor without ever waiting for whoever reads them. */
import sonicBoom from 'sonic-boom';
import type { LineSink } from './log.ts';

/**
 * What is kept, in UTF-16 units, for a reader that has stopped reading. Lines beyond it are dropped: a full pipe must
 * neither hold a review nor eat the memory.
 */
const maxWaiting = 8 * 1024 * 1024;

/** Lines of which this much, in UTF-16 units, has come are written at once; fewer wait for company, this long. */
const batch = 8 * 1024;
const flushMs = 100;

export interface FileSink extends LineSink {
  /** Writes what waits, before it returns. For the end of the process. */
  readonly flush: () => void;
}

/**
 * A sink that writes to the file descriptor in the background, many lines at a time under load.
 * `process.stderr` itself would block at each line: Node writes files and pipes synchronously there.
 */
export function openSink(fd: number): FileSink {
  const boom = new sonicBoom.SonicBoom({
    fd,
    sync: false,
    maxLength: maxWaiting,
  });
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const pass = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const lines = pending;
    pending = '';
    if (lines !== '') boom.write(lines);
  };
  // Nobody reads it any more. Pods are admitted all the same.
  boom.on('error', () => undefined);
  return {
    write(lines) {
      pending += lines;
      if (pending.length >= batch) pass();
      else timer ??= setTimeout(pass, flushMs).unref();
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
