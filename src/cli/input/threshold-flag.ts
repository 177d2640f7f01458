/** `--fail-on`, of which several values may be given. */
import { InvalidArgumentError } from 'commander';

/**
 * Makes the parser of the flag: `changed,unknown-kind`; a flag that is given twice adds to the
 * first. Refused: a word that is none of `known`, and `none` beside another. `byDefault` is the
 * array that the flag has where nobody gives it.
 */
export function thresholdParser<T extends string>(
  known: readonly T[],
  byDefault: readonly T[],
): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => {
    const wanted = text.split(',').map((word) => word.trim());
    const isKnown = (word: string): word is T => (known as readonly string[]).includes(word);
    if (!wanted.every(isKnown)) {
      throw new InvalidArgumentError(`Allowed choices are ${known.join(', ')}.`);
    }
    const all: readonly string[] = [...(before === byDefault ? [] : before), ...wanted];
    if (all.includes('none') && all.length > 1) {
      throw new InvalidArgumentError('none does not go together with another outcome.');
    }
    return all as readonly T[];
  };
}
