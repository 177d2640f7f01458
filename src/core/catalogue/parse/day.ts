/**
 * Apart from the other forms of texts: it takes zod, which a program that parses no profile spares.
 */
import * as z from 'zod';

const isoDate = z.iso.date();

/** A day of the calendar, `YYYY-MM-DD`: why a text is none, as the end of a sentence. */
export function dayProblem(day: string): string | undefined {
  return isoDate.safeParse(day).success ? undefined : `must be a day, YYYY-MM-DD, not "${day}".`;
}
