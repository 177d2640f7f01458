/** How far a long run is, on the terminal of stderr, and gone when it ends. */
import { keepEnd, printable } from './columns.ts';
import type { Io } from './io.ts';

export interface Progress {
  /** One more is being worked on. */
  readonly step: (name: string) => void;
  /** Takes the bar away. Everything else on stderr comes after this. */
  readonly clear: () => void;
}

/** Fewer are done before anyone would look. */
const worthShowing = 20;
/** Milliseconds between two drawings: a terminal is slow. */
const interval = 50;
const barWidth = 24;

const silent: Progress = { step: () => undefined, clear: () => undefined };

/** Draws nothing where stderr is no terminal, and for a few files. */
export function makeProgress(total: number, io: Pick<Io, 'stderr' | 'stderrColumns'>): Progress {
  const { stderrColumns: columns } = io;
  if (columns === undefined || total < worthShowing) return silent;
  let done = 0;
  let drawn = 0;
  return {
    step(name) {
      const now = Date.now();
      if (done === 0 || now - drawn >= interval) {
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

/** A line that a terminal of the width does not break. */
export function barText(done: number, total: number, name: string, columns: number): string {
  const bar = '#'.repeat(Math.floor((done / total) * barWidth)).padEnd(barWidth, '.');
  const before = `[${bar}] ${done}/${total} `;
  return `${before}${keepEnd(printable(name), columns - before.length - 1)}`.slice(0, columns - 1);
}
