/**
 * The log: JSON lines on standard error, one for each review and a few about the process. It never
 * holds a pod or a secret.
 */
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogLevel } from './levels.ts';

/**
 * A logger. Fields are flat and hold names and numbers only, never the content of a pod.
 */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The line of one answered review, at the level `info`. */
  review(fields: LogFields): void;
}

type LogValue = string | number | boolean | readonly string[] | undefined;

/** Every line has these three fields already: of two values one would be lost. */
export type LogFields = Readonly<Record<string, LogValue>> & {
  readonly time?: never;
  readonly level?: never;
  readonly message?: never;
};

/** Writes the lines of a log. */
export interface LineSink {
  /**
   * Takes whole lines, each with its line break, and returns without waiting for them to be
   * written.
   */
  write(lines: string): unknown;
}

/**
 * Makes a logger that writes JSON lines to `sink`, each with `time` (RFC 3339, UTC), `level` and
 * `message` first.
 *
 * The line of a review does not go through winston, whose two streams cost as much as hardening a
 * container does (docs/adr/0003-hot-route-ahead-of-express.md); both write to the one sink, so the
 * order is kept.
 */
export function makeLog(options: { readonly level: LogLevel; readonly sink: LineSink }): Log {
  const { level: threshold, sink } = options;
  const logger = winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: threshold,
    format: winston.format.printf(({ level, message, ...fields }) =>
      JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }),
    ),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's.
    transports: [new winston.transports.Stream({ stream: streamInto(sink) })],
  });
  const logsReviews = logger.isLevelEnabled('info');
  return {
    error: (message, fields) => void logger.error(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    info: (message, fields) => void logger.info(message, fields),
    debug: (message, fields) => void logger.debug(message, fields),
    review(fields) {
      if (!logsReviews) return;
      const time = new Date().toISOString();
      const start = `{"time":"${time}","level":"info","message":"review",`;
      sink.write(`${start}${JSON.stringify(fields).slice(1)}\n`);
    },
  };
}

function streamInto(sink: LineSink): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string | Buffer, _encoding, done) {
      sink.write(line.toString());
      done();
    },
  });
}
