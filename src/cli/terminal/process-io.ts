/** The process's own streams as a command sees them. */
import { isatty } from 'node:tty';
import { colourEnabled, environment } from '../../config.ts';
import type { Io } from './io.ts';

/** Too narrow a terminal is not wrapped for: a word a line helps nobody. */
const minColumns = 40;

/**
 * The streams of this process. A reader who has seen enough (`| head`) ends the output quietly, and
 * the command goes on to its end without it; any other failure to write is told and ends the
 * process with 2.
 */
export function processIo(): Io {
  const { stdout, stderr } = process;
  // Of stderr nothing can be told any more.
  stderr.on('error', ignore);
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    stderr.write(`error: cannot write to stdout: ${error.message}\n`);
    process.exit(2);
  });
  return {
    // Opened by the commands that read it only.
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
    // A dumb terminal cannot take back what it shows.
    stderrColumns: stderr.isTTY && environment['TERM'] !== 'dumb' ? stderr.columns : undefined,
    debug: Boolean(environment['LITHOPOD_DEBUG']),
  };
}

function ignore(): void {
  // Nothing to do.
}
