/** Draws a progress bar on the terminal of stderr, and deletes it at the end. */
import { keepEnd, printable } from './columns.ts';
import type { Io } from './io.ts';

/** A progress bar. */
export interface Progress {
  /** Must be called when work on the next file begins. */
  readonly step: (name: string) => void;
  /** Deletes the bar. Nothing else may be written to stderr before this. */
  readonly clear: () => void;
}

/** For fewer files there is no bar: they are done too soon to see one. */
const minTotal = 20;
/** Time between two drawings, because a terminal is slow. */
const intervalMs = 50;
const barWidth = 24;

const silent: Progress = { step: () => undefined, clear: () => undefined };

/** Makes a bar. It draws nothing where stderr is no terminal or the files are few. */
export function makeProgress(total: number, io: Pick<Io, 'stderr' | 'stderrColumns'>): Progress {
  const { stderrColumns: columns } = io;
  if (columns === undefined || total < minTotal) return silent;
  let done = 0;
  let drawn = 0;
  return {
    step(name) {
      const now = Date.now();
      if (done === 0 || now - drawn >= intervalMs) {
        io.stderr(`\r\u001b[K${barText(done, total, name, columns)}`);
        drawn = now;
      }
      done++;
    },
    clear() {
      if (done > 0) io.stderr('\r\u001b[K');
    },
  };
}

/** The bar as a line that fits into a terminal with `columns` characters per line. */
export function barText(done: number, total: number, name: string, columns: number): string {
  const bar = '#'.repeat(Math.floor((done / total) * barWidth)).padEnd(barWidth, '.');
  const before = `[${bar}] ${done}/${total} `;
  return `${before}${keepEnd(printable(name), columns - before.length - 1)}`.slice(0, columns - 1);
}
