/**
 * The one error class, for what ends a command or the start of the server: something outside
 * refuses, such as a file that cannot be written, or a fault of our own. Expected bad input is a
 * `Result` (core/values/result.ts).
 */

/**
 * - `bad-usage`: flags that do not go together
 * - `bad-input`: an input that cannot be read
 * - `cannot-write`: the file system or a pipe refuses
 * - `own-fault`: a bug, printed with what is needed to report it
 */
export const errorCodes = ['bad-usage', 'bad-input', 'cannot-write', 'own-fault'] as const;
export type ErrorCode = (typeof errorCodes)[number];

export class AppError extends Error {
  readonly code: ErrorCode;

  /** `message`: one sentence that names the place: a file, a flag. `cause`: the caught value. */
  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
  }
}

/**
 * By name and code, because `instanceof` fails where a loader reads this file twice, as tsx may.
 */
export function isAppError(error: unknown): error is AppError {
  if (!(error instanceof Error) || error.name !== 'AppError') return false;
  const { code } = error as { readonly code?: unknown };
  return errorCodes.some((known) => known === code);
}

/** The message of a caught value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `ENOENT: no such file or directory, open 'x'` without the part that repeats the name. */
export function fileReasonOf(error: unknown): string {
  const message = messageOf(error);
  return /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1] ?? message;
}
