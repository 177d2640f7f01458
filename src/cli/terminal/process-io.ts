/** Gives a command the streams of this process. */
import { isatty } from 'node:tty';
import { colourEnabled, environment } from '../../config.ts';
import type { Io } from './io.ts';

/** Text is not wrapped narrower than this: one word per line cannot be read. */
const minColumns = 40;

/**
 * The streams of this process. Where a reader closes the pipe early (`| head`), the output is
 * dropped without an error and the command continues. Any other error of writing to stdout is
 * reported and ends the process with the exit code 2.
 */
export function processIo(): Io {
  const { stdout, stderr } = process;
  // An error of stderr cannot be reported anywhere.
  stderr.on('error', ignore);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    stderr.write(`error: cannot write to stdout: ${error.message}\n`);
    process.exit(2);
  });
  return {
    // A getter, so that only commands that read stdin open it.
    get stdin() {
      return process.stdin;
    },
    stdinIsTerminal: isatty(0),
    stdout: (text) => {
      if (stdout.writable) stdout.write(text);
    },
    stderr: (text) => {
      if (stderr.writable) stderr.write(text);
    },
    colour: { stdout: colourEnabled(stdout), stderr: colourEnabled(stderr) },
    columns: stdout.isTTY ? Math.max(stdout.columns, minColumns) : undefined,
    // A dumb terminal cannot delete what it shows.
    stderrColumns: stderr.isTTY && environment['TERM'] !== 'dumb' ? stderr.columns : undefined,
    debug: Boolean(environment['LITHOPOD_DEBUG']),
  };
}

function ignore(): void {
  // Nothing to do.
}
