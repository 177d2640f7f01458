/**
 * The built-in profiles as JSON beside the bundled program, so that a start parses no YAML: 130
 * files take 165 ms.
 *
 * `profiles/` stays the one source. The build makes the JSON of it with the same parser and builds
 * a catalogue of it; where there is none, as beside the sources, the files themselves are read.
 * What it holds has passed the schema and every lint, is whole where it extends another, and ties
 * with nothing: a start looks into none of that again.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagePath } from '../package/files.ts';
import type { CatalogueEntry } from '../core/catalogue/match/catalogue.ts';
import type { Profile } from '../core/catalogue/profile/profile.ts';

/** Where the built-in profiles are. */
export const builtinDirectory = packagePath('profiles');

/** Beside the bundle; beside this file, when it runs from src, there is none. */
const compiledFile = fileURLToPath(new URL('builtin-profiles.json', import.meta.url));

/** The profiles of each file, by its name in the directory. */
type Compiled = readonly (readonly [file: string, profile: Profile])[];

/** The profiles that `writeCompiled` wrote to `from`; undefined where nothing was. */
export async function readCompiled(
  from = compiledFile,
): Promise<readonly CatalogueEntry[] | undefined> {
  const text = await readFile(from, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  return (JSON.parse(text) as Compiled).map(([file, profile]) => ({
    profile,
    source: 'builtin',
    file: join(builtinDirectory, file),
    built: true,
  }));
}

/** Writes the profiles of a catalogue, which `readCompiled` then gives back in their order. */
export async function writeCompiled(
  entries: readonly CatalogueEntry[],
  to = compiledFile,
): Promise<void> {
  const compiled: Compiled = entries.map(({ profile, file = '' }) => [basename(file), profile]);
  await writeFile(to, JSON.stringify(compiled));
}
