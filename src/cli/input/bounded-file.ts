/** Reads a text of a bounded size: nothing is read of a larger one. */
import { failure, success } from '../../core/values/result.ts';
import { fileReasonOf } from '../../error.ts';
import { readAtMost, readFileAtMost } from '../../read-at-most.ts';
import { stdinName } from './sources.ts';
import type { Result } from '../../core/values/result.ts';
import type { Io } from '../terminal/io.ts';

/**
 * The text of a file, or of stdin for `-`; bytes that are no UTF-8 become U+FFFD. Refused: what
 * cannot be read, and more than `most` bytes.
 */
export async function readBounded(path: string, io: Io, most: number): Promise<Result<string>> {
  const file = path === '-' ? stdinName : path;
  try {
    const bytes = await (path === '-' ? readAtMost(io.stdin, most) : readFileAtMost(path, most));
    return bytes === undefined
      ? failure({ file, message: `is larger than ${most / 1024 ** 2} MiB` })
      : success(new TextDecoder().decode(bytes));
  } catch (error) {
    return failure({ file, message: `cannot be read: ${fileReasonOf(error)}` });
  }
}
