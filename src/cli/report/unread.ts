/** Warnings of what was not looked into, so that nothing passes in silence. */
import { printWarning } from '../terminal/problems.ts';
import type { HardenedInputs } from '../input/hardening.ts';
import type { ErrorOutput } from '../terminal/problems.ts';

/** Prints a warning for each object and file that was not looked into. */
export function printUnread(
  { unread, remarks }: Pick<HardenedInputs<unknown>, 'unread' | 'remarks'>,
  io: ErrorOutput,
): void {
  for (const { file, line, column, detail } of unread) {
    printWarning({ file, line, column }, detail, io);
  }
  for (const { message, ...place } of remarks) printWarning(place, message, io);
}
