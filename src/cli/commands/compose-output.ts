/** Writes the files of `lithopod compose -o`. */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError, fileReasonOf } from '../../error.ts';

interface Named {
  /** The path of the file that the text is of. */
  readonly name: string;
  readonly text: string;
}

/**
 * Writes one text to the path, several into the folder at the path, each under its file's name.
 * Refused before anything is written: two files of one name.
 */
export async function writeOutput(path: string, texts: readonly Named[]): Promise<void> {
  const isFolder = texts.length > 1 || path.endsWith('/') || (await isDirectory(path));
  const names = texts.map(({ name }) => basename(name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (isFolder && twice !== undefined) {
    throw new AppError('bad-usage', `--output: two files are called ${twice}`);
  }
  try {
    if (isFolder) await mkdir(path, { recursive: true });
    for (const { name, text } of texts) {
      await writeFile(isFolder ? join(path, basename(name)) : path, text);
    }
  } catch (error) {
    throw new AppError('cannot-write', `${path}: cannot be written: ${fileReasonOf(error)}`, error);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
