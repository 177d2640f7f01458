/** The catalogue as it lies on disk: the built-in profiles beside the program, and a directory of the operator's. */
import { messageOf } from './error.ts';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCatalogue } from './core/catalogue/match.ts';
import { parseProfiles } from './core/catalogue/parse.ts';
import { failure } from './core/result.ts';
import type { Catalogue, CatalogueEntry } from './core/catalogue/match.ts';
import type { ProfileSource } from './core/catalogue/profile.ts';
import type { Mirror } from './core/image.ts';
import type { Problem, Result } from './core/result.ts';

/** Where the built-in profiles are: the same place as seen from src/ and from dist/. */
export const builtinDirectory = fileURLToPath(new URL('../profiles', import.meta.url));

export interface CatalogueSources {
  /** A directory of `ImageProfile` files (`.yaml`, `.yml`); files below hidden names are left out. */
  readonly directory?: string | undefined;
  readonly mirrors?: readonly Mirror[] | undefined;
}

/**
 * Reads all profiles and builds the catalogue. Refused with every problem of every file at once: what cannot be read,
 * parsed or told apart. Profiles of the directory beat built-in ones at equal specificity.
 */
export async function loadCatalogue(sources: CatalogueSources = {}): Promise<Result<Catalogue>> {
  const parts = await Promise.all([
    readDirectory(builtinDirectory, 'builtin'),
    ...(sources.directory === undefined ? [] : [readDirectory(sources.directory, 'directory')]),
  ]);
  const problems = parts.flatMap((part) => part.problems);
  const built = buildCatalogue(
    parts.flatMap((part) => part.entries),
    { mirrors: sources.mirrors ?? [] },
  );
  // A profile that could not be read would look like a missing one: its own problem is the one to tell.
  if (problems.length > 0) return failure(...problems);
  return built;
}

interface DirectoryPart {
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly Problem[];
}

async function readDirectory(directory: string, source: ProfileSource): Promise<DirectoryPart> {
  const entries: CatalogueEntry[] = [];
  const problems: Problem[] = [];
  for (const file of await profileFiles(directory)) {
    if (!file.ok) {
      problems.push(...file.problems);
      continue;
    }
    const text = await readText(file.value);
    const parsed = text.ok ? parseProfiles(text.value, file.value) : text;
    if (!parsed.ok) problems.push(...parsed.problems);
    // A file that is being written is empty for a moment: read so, its profiles would be gone until the next look.
    else if (parsed.value.length === 0)
      problems.push({ file: file.value, message: 'holds no profile' });
    else entries.push(...parsed.value.map((profile) => ({ profile, source, file: file.value })));
  }
  return { entries, problems };
}

async function profileFiles(directory: string): Promise<readonly Result<string>[]> {
  try {
    // A ConfigMap's volume holds its files twice, once below a hidden directory: only the visible names count.
    const names = (await readdir(directory)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    return names.map((name) => ({ ok: true, value: join(directory, name) }));
  } catch (error) {
    return [failure({ file: directory, message: `cannot be read: ${messageOf(error)}` })];
  }
}

async function readText(file: string): Promise<Result<string>> {
  try {
    return { ok: true, value: await readFile(file, 'utf8') };
  } catch (error) {
    return failure({ file, message: `cannot be read: ${messageOf(error)}` });
  }
}

/** A text that changes whenever a profile file of the directory, or itself, is added, removed, replaced or written. */
export async function directoryFingerprint(directory: string): Promise<string> {
  const parts: string[] = [];
  for (const file of await profileFiles(directory)) {
    if (!file.ok) {
      parts.push(...file.problems.map(({ message }) => message));
      continue;
    }
    // `stat` follows the links that a ConfigMap's volume is swapped by.
    const { ino, size, mtimeMs } = await stat(file.value).catch(() => ({
      ino: 0,
      size: 0,
      mtimeMs: 0,
    }));
    parts.push(`${file.value} ${ino} ${size} ${mtimeMs}`);
  }
  return parts.join('\n');
}
