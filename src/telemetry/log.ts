/** The log: JSON lines on standard error, one a review and a few about the process. Never a pod, never a secret. */
import winston from 'winston';
import type { LogLevel } from './levels.ts';

/** What the service needs of a logger. Fields are flat and hold names and numbers only, never the content of a pod. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

type LogValue = string | number | boolean | readonly string[] | undefined;

/** The line's own three fields cannot be given: one of the two values would be lost. */
export type LogFields = Readonly<Record<string, LogValue>> & {
  readonly time?: never;
  readonly level?: never;
  readonly message?: never;
};

/** A logger that writes JSON lines to `stream`, each with `time` (RFC 3339, UTC), `level` and `message` first. */
export function makeLog(options: {
  readonly level: LogLevel;
  readonly stream: NodeJS.WritableStream;
}): Log {
  return winston.createLogger({
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    level: options.level,
    format: winston.format.printf(({ level, message, ...fields }) =>
      JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }),
    ),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston's own declaration.
    transports: [new winston.transports.Stream({ stream: options.stream })],
  });
}
