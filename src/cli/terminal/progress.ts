/** Draws a progress bar on the terminal of stderr, and deletes it at the end. */
import { keepEnd, printable } from './columns.ts';
import type { Io } from './io.ts';

/** A progress bar. */
export interface Progress {
  /** Must be called when work on the next file begins. */
  readonly step: (name: string) => void;
  /** Must be called when work on the next of a file's many objects begins; `done` counts from 0. */
  readonly within: (done: number, total: number) => void;
  /** Deletes the bar. Nothing else may be written to stderr before this. */
  readonly clear: () => void;
}

/** For fewer files there is no bar: they are done too soon to see one. */
const minTotal = 20;
/** Time between two drawings, because a terminal is slow. */
const intervalMs = 50;
const barWidth = 24;

/** For a file of fewer objects too. */
const minObjects = 500;

const nothing = (): void => undefined;
const silent: Progress = { step: nothing, within: nothing, clear: nothing };

/**
 * Makes a bar. It draws nothing where stderr is no terminal. Of few files it shows the objects of
 * each large one.
 */
export function makeProgress(total: number, io: Pick<Io, 'stderr' | 'stderrColumns'>): Progress {
  const { stderrColumns: columns } = io;
  if (columns === undefined) return silent;
  let [done, drawn, current] = [0, 0, ''];
  let isDrawn = false;
  const draw = (part: number, whole: number): void => {
    const now = Date.now();
    if (isDrawn && now - drawn < intervalMs) return;
    io.stderr(`\r\u001b[K${barText(part, whole, current, columns)}`);
    drawn = now;
    isDrawn = true;
  };
  return {
    step(name) {
      current = name;
      if (total >= minTotal) draw(done, total);
      done++;
    },
    within(part, whole) {
      if (total < minTotal && whole >= minObjects) draw(part, whole);
    },
    clear() {
      if (isDrawn) io.stderr('\r\u001b[K');
    },
  };
}

/** The bar as a line that fits into a terminal with `columns` characters per line. */
export function barText(done: number, total: number, name: string, columns: number): string {
  const bar = '#'.repeat(Math.floor((done / total) * barWidth)).padEnd(barWidth, '.');
  const before = `[${bar}] ${done}/${total} `;
  return `${before}${keepEnd(printable(name), columns - before.length - 1)}`.slice(0, columns - 1);
}
