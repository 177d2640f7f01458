/**
 * The catalogue as it lies on disk: the built-in profiles beside the program, and files of the
 * operator's.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import { builtinDirectory, readCompiled } from './compiled-profiles.ts';
import { buildCatalogue } from '../core/catalogue/match/catalogue.ts';
import { failure, success } from '../core/values/result.ts';
import { fileReasonOf } from '../error.ts';
import { readFileAtMost } from '../read-at-most.ts';
import { listProfileFiles } from './profile-files.ts';
import type { Catalogue, CatalogueEntry } from '../core/catalogue/match/catalogue.ts';
import type { ParsedFile } from '../core/catalogue/parse/parse.ts';
import type { ProfileSource } from '../core/catalogue/profile/profile.ts';
import type { Mirror } from '../core/images/image-reference.ts';
import type { Problem, Result } from '../core/values/result.ts';

export interface CatalogueSources {
  /** Files of `ImageProfile`s and directories of them, as `listProfileFiles` reads them. */
  readonly paths?: readonly string[] | undefined;
  readonly mirrors?: readonly Mirror[] | undefined;
}

/** A problem, and which source of profiles has it. */
export interface SourcedProblem extends Problem {
  readonly source: ProfileSource;
}

/** Reads all profiles and builds the catalogue: see {@link loadCatalogue}. */
export type CatalogueReader = () => Promise<Result<Catalogue, SourcedProblem>>;

/**
 * Reads all profiles and builds the catalogue. Refused with every problem of every file at once:
 * what cannot be read, parsed or distinguished. Profiles of the paths beat built-in ones at equal
 * specificity.
 */
export function loadCatalogue(
  sources: CatalogueSources = {},
): Promise<Result<Catalogue, SourcedProblem>> {
  return makeCatalogueReader(sources)();
}

/**
 * A reader that, read again, parses only the files whose content is another, and gives way to
 * others after each document that it parses. The built-in profiles, part of the program, are read
 * once in a process.
 */
export function makeCatalogueReader({
  paths = [],
  mirrors = [],
}: CatalogueSources): CatalogueReader {
  const readOwn = makePathsReader(paths, 'directory');
  return async () => {
    const parts = await Promise.all([builtinPart(), readOwn()]);
    const problems = parts.flatMap((part) => part.problems);
    // A profile that could not be read would look like a missing one: its own problem is reported.
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

/**
 * The profiles of the files that are fine, in the order of the files' names, and what is wrong with
 * the others.
 */
interface Part {
  readonly entries: readonly CatalogueEntry[];
  readonly problems: readonly SourcedProblem[];
}

let builtin: Promise<Part> | undefined;

function builtinPart(): Promise<Part> {
  return (builtin ??= readBuiltin());
}

async function readBuiltin(): Promise<Part> {
  const entries = await readCompiled();
  return entries === undefined ? parseBuiltin() : { entries, problems: [] };
}

/** The built-in profiles from their own files, whatever was compiled of them before. */
export function parseBuiltin(): Promise<Part> {
  return makePathsReader([builtinDirectory], 'builtin')();
}

interface KnownFile {
  readonly hash: string;
  readonly entries: Result<readonly CatalogueEntry[]>;
}

/** So many files are open at once: far fewer than a process may have. */
const readAtOnce = 64;

function makePathsReader(paths: readonly string[], source: ProfileSource): () => Promise<Part> {
  let known: ReadonlyMap<string, KnownFile> = new Map();
  return async () => {
    if (paths.length === 0) return { entries: [], problems: [] };
    // Loaded here, like the parser: a command that reads no profiles needs neither.
    const { createHash } = await import('node:crypto');
    const listed = await listProfileFiles(paths);
    const next = new Map<string, KnownFile>();
    const entries: CatalogueEntry[] = [];
    const problems: Problem[] = [...listed.problems];
    for (let start = 0; start < listed.files.length; start += readAtOnce) {
      const texts = listed.files.slice(start, start + readAtOnce).map(readText);
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
            : { hash, entries: await readEntries(file, text.value, source) };
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

async function readEntries(
  file: string,
  text: string,
  source: ProfileSource,
): Promise<Result<readonly CatalogueEntry[]>> {
  const { parseInSteps } = await import('../core/catalogue/parse/parse.ts');
  const steps = parseInSteps(text, file);
  let step = steps.next();
  for (; !step.done; step = steps.next()) await othersTurn();
  return entriesOf(step.value, file, source);
}

/** What a file gives to the catalogue, refused where it holds nothing. */
export function entriesOf(
  parsed: Result<ParsedFile>,
  file: string,
  source: ProfileSource,
): Result<readonly CatalogueEntry[]> {
  if (!parsed.ok) return parsed;
  const { profiles, tests } = parsed.value;
  // A file that is being written is empty for a moment: read so, its profiles would be gone until
  // the next look.
  if (profiles.length === 0 && tests === 0) return failure({ file, message: 'holds no profile' });
  return success(
    profiles.map(({ profile, place }) => ({
      profile,
      source,
      file,
      // What is compiled into the program has no places either.
      ...(source !== 'builtin' && { place }),
    })),
  );
}

/** A catalogue of ten thousand profiles in one file has less. */
const maxFileBytes = 64 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readText(
  file: string,
): Promise<{ readonly file: string; readonly text: Result<string> }> {
  try {
    const bytes = await readFileAtMost(file, maxFileBytes);
    if (bytes === undefined) {
      const message = `is larger than ${maxFileBytes / 1024 ** 2} MiB`;
      return { file, text: failure({ file, message }) };
    }
    return { file, text: success(utf8.decode(bytes)) };
  } catch (error) {
    return { file, text: failure({ file, message: `cannot be read: ${fileReasonOf(error)}` }) };
  }
}
