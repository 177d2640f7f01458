/**
 * An archive that cannot be read. Streams end by throwing, so it is an error inside this folder;
 * the readers give it back as a problem.
 */
import { failure } from '../../core/values/result.ts';
import { fileReasonOf } from '../../error.ts';
import type { Result } from '../../core/values/result.ts';

export class ArchiveError extends Error {
  /** `message` follows the name of the file: `is damaged gzip`. */
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveError';
  }
}

/** What was thrown while `file` was read, as a problem. Throws again what is no such thing. */
export function archiveProblem(error: unknown, file: string): Result<never> {
  if (error instanceof ArchiveError) return failure({ file, message: error.message });
  const code = (error as { readonly code?: unknown }).code;
  // Of the file system; every other one is a bug.
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return failure({ file, message: `cannot be read: ${fileReasonOf(error)}` });
  }
  throw error;
}
