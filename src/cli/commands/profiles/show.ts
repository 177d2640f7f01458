/** `lithopod profiles show`: prints a profile. */
import { readFile } from 'node:fs/promises';
import { sourceRank } from '../../../core/catalogue/match/precedence.ts';
import { AppError, fileReasonOf } from '../../../error.ts';
import { printProblems, printWarning } from '../../terminal/problems.ts';
import { catalogueOf } from '../../input/policy-flags.ts';
import { profileDocumentText } from '../../input/profile-text.ts';
import type { CatalogueEntry } from '../../../core/catalogue/match/catalogue.ts';
import type { Io } from '../../terminal/io.ts';
import type { CatalogueFlags } from '../../input/policy-flags.ts';

/**
 * Prints the profile's document as it is in its file. If several profiles have the name, it prints
 * the one from the strongest source, with a warning about the others. Gives the exit code: 2 where
 * no profile has the name. Throws an AppError `bad-input` where the file cannot be read.
 */
export async function showProfile(name: string, flags: CatalogueFlags, io: Io): Promise<number> {
  const catalogue = await catalogueOf(flags);
  if (!catalogue.ok) return printProblems(catalogue.problems, io);
  const [found, ...weaker] = catalogue.value.profiles
    .filter(({ profile }) => profile.name === name)
    .sort((a, b) => sourceRank(a.source) - sourceRank(b.source));
  if (found?.file === undefined) {
    return printProblems(
      [{ message: `no profile is named "${name}": see lithopod profiles list` }],
      io,
    );
  }
  for (const { file } of weaker) {
    printWarning(
      { file: found.file },
      `there is another profile of this name in ${file ?? '?'}`,
      io,
    );
  }
  io.stdout(await textOf(found, found.file));
  return 0;
}

async function textOf(entry: CatalogueEntry, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError('bad-input', `${file}: cannot be read: ${fileReasonOf(error)}`, error);
  });
  return profileDocumentText(text, entry);
}
