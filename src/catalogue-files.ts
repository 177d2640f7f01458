/** The catalogue as it lies on disk: the built-in profiles beside the program, and a directory of the operator's. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { builtinDirectory, readCompiled } from './compiled-profiles.ts';
import { buildCatalogue } from './core/catalogue/match.ts';
import { failure } from './core/result.ts';
import { messageOf } from './error.ts';
import type { Catalogue, CatalogueEntry } from './core/catalogue/match.ts';
import type { ProfileSource } from './core/catalogue/profile.ts';
import type { Mirror } from './core/image.ts';
import type { Problem, Result } from './core/result.ts';

export interface CatalogueSources {
  /** A directory of `ImageProfile` files (`.yaml`, `.yml`); files below hidden names are left out. */
  readonly directory?: string | undefined;
  readonly mirrors?: readonly Mirror[] | undefined;
}

/** A problem, and which source of profiles has it. */
export interface SourcedProblem extends Problem {
  readonly source: ProfileSource;
}

/** Reads all profiles and builds the catalogue: see {@link loadCatalogue}. */
export type CatalogueReader = () => Promise<Result<Catalogue, SourcedProblem>>;

/**
 * Reads all profiles and builds the catalogue. Refused with every problem of every file at once: what cannot be read,
 * parsed or told apart. Profiles of the directory beat built-in ones at equal specificity.
 */
export function loadCatalogue(
  sources: CatalogueSources = {},
): Promise<Result<Catalogue, SourcedProblem>> {
  return makeCatalogueReader(sources)();
}

/**
 * A reader that, read again, parses only the files whose content is another, and gives way to others after each
 * document that it parses. The built-in profiles, part of the program, are read once in a process.
 */
export function makeCatalogueReader({
  directory,
  mirrors = [],
}: CatalogueSources): CatalogueReader {
  const readOwn = directory === undefined ? undefined : makeDirectoryReader(directory, 'directory');
  return async () => {
    const parts = await Promise.all([builtinPart(), ...(readOwn === undefined ? [] : [readOwn()])]);
    const problems = parts.flatMap((part) => part.problems);
    // A profile that could not be read would look like a missing one: its own problem is the one to tell.
    if (problems.length > 0) return failure(...problems);
    const entries = parts.flatMap((part) => part.entries);
    const built = buildCatalogue(entries, { mirrors });
    return built.ok ? built : failure(...built.problems.map((each) => sourced(each, entries)));
  };
}

/** The source whose file a problem names; without one it is about the catalogue that we bring. */
function sourced(problem: Problem, entries: readonly CatalogueEntry[]): SourcedProblem {
  const entry = entries.find(({ file }) => file !== undefined && file === problem.file);
  return { ...problem, source: entry?.source ?? 'builtin' };
}

/** The profiles of the files that are fine, in the order of the files' names, and what is wrong with the others. */
export interface DirectoryPart {
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly SourcedProblem[];
}

let builtin: Promise<DirectoryPart> | undefined;

function builtinPart(): Promise<DirectoryPart> {
  return (builtin ??= readBuiltin());
}

async function readBuiltin(): Promise<DirectoryPart> {
  const entries = await readCompiled();
  return entries === undefined ? parseBuiltin() : { entries, problems: [] };
}

/** The built-in profiles from their own files, whatever was compiled of them before. */
export function parseBuiltin(): Promise<DirectoryPart> {
  return makeDirectoryReader(builtinDirectory, 'builtin')();
}

interface KnownFile {
  readonly hash: string;
  readonly entries: Result<readonly CatalogueEntry[]>;
}

/** So many files are open at once: far fewer than a process may have. */
const readAtOnce = 64;

function makeDirectoryReader(
  directory: string,
  source: ProfileSource,
): () => Promise<DirectoryPart> {
  let known: ReadonlyMap<string, KnownFile> = new Map();
  return async () => {
    // Loaded here, like the parser: a command that reads no profiles needs neither.
    const { createHash } = await import('node:crypto');
    const files = await profileFiles(directory);
    if (!files.ok) return { entries: [], problems: withSource(files.problems, source) };
    const next = new Map<string, KnownFile>();
    const entries: CatalogueEntry[] = [];
    const problems: Problem[] = [];
    for (let start = 0; start < files.value.length; start += readAtOnce) {
      const texts = files.value.slice(start, start + readAtOnce).map(readText);
      for (const { file, text } of await Promise.all(texts)) {
        if (!text.ok) {
          problems.push(...text.problems);
          continue;
        }
        const hash = createHash('sha256').update(text.value).digest('base64');
        const before = known.get(file);
        const read =
          before?.hash === hash
            ? before
            : { hash, entries: await parseFile(file, text.value, source) };
        next.set(file, read);
        if (read.entries.ok) entries.push(...read.entries.value);
        else problems.push(...read.entries.problems);
      }
    }
    known = next;
    return { entries, problems: withSource(problems, source) };
  };
}

function withSource(
  problems: readonly Problem[],
  source: ProfileSource,
): readonly SourcedProblem[] {
  return problems.map((problem) => ({ ...problem, source }));
}

async function parseFile(
  file: string,
  text: string,
  source: ProfileSource,
): Promise<Result<readonly CatalogueEntry[]>> {
  const { parseInSteps } = await import('./core/catalogue/parse.ts');
  const steps = parseInSteps(text, file);
  let step = steps.next();
  for (; !step.done; step = steps.next()) await othersTurn();
  const parsed = step.value;
  if (!parsed.ok) return parsed;
  // A file that is being written is empty for a moment: read so, its profiles would be gone until the next look.
  if (parsed.value.length === 0) return failure({ file, message: 'holds no profile' });
  return { ok: true, value: parsed.value.map((profile) => ({ profile, source, file })) };
}

async function profileFiles(directory: string): Promise<Result<readonly string[]>> {
  try {
    // A ConfigMap's volume holds its files twice, once below a hidden directory: only the visible names count.
    const names = (await readdir(directory)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    return { ok: true, value: names.map((name) => join(directory, name)) };
  } catch (error) {
    return failure({ file: directory, message: `cannot be read: ${messageOf(error)}` });
  }
}

async function readText(
  file: string,
): Promise<{ readonly file: string; readonly text: Result<string> }> {
  try {
    return { file, text: { ok: true, value: await readFile(file, 'utf8') } };
  } catch (error) {
    return { file, text: failure({ file, message: `cannot be read: ${messageOf(error)}` }) };
  }
}

/** A text that changes whenever a profile file of the directory, or itself, is added, removed, replaced or written. */
export async function directoryFingerprint(directory: string): Promise<string> {
  const files = await profileFiles(directory);
  if (!files.ok) return files.problems.map(({ message }) => message).join('\n');
  const parts: string[] = [];
  for (const file of files.value) {
    // `stat` follows the links that a ConfigMap's volume is swapped by.
    const { ino, size, mtimeMs } = await stat(file).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }));
    parts.push(`${file} ${ino} ${size} ${mtimeMs}`);
  }
  return parts.join('\n');
}
