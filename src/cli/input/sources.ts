/** Reads the input of a command: files, directories as kubectl reads them, stdin. */
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { failure, success } from '../../core/values/result.ts';
import { fileReasonOf } from '../../error.ts';
import { binaryKind, utf16Of } from './other-files.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { Io } from '../terminal/io.ts';

/** A text that was read, with the name of its origin. */
export interface Source {
  /** The path as given, for problems and findings; `<stdin>` for stdin. */
  readonly name: string;
  /** The decoded text, with its byte order mark and line ends. */
  readonly text: string;
  /** The path to write to; absent for stdin. */
  readonly path?: string;
}

/** The name of stdin in messages. */
export const stdinName = '<stdin>';

/** The file name extensions that are read in a directory: the same as kubectl's. */
export const manifestExtensions: readonly string[] = ['.json', '.yaml', '.yml'];

/** Which files of a directory are read. */
export interface SourceOptions {
  /** Also read the directories below a given directory. */
  readonly recursive: boolean;
  readonly extensions: readonly string[];
  /** Whether a path is passed over, also one that is named. */
  readonly isExcluded?: (path: string) => boolean;
  /**
   * Read for what it says only, as a log: bytes that are no UTF-8 become U+FFFD, and UTF-16 with a
   * byte order mark is read, which PowerShell writes.
   */
  readonly lenient?: boolean;
}

/**
 * Reads what the operands name, in their order: files, the files of directories (by name), and
 * stdin for `-` or without operands. A file that is named twice is read once. Refused with all
 * problems at once: a file that cannot be read, text that is not UTF-8 (it could not be written
 * back unchanged), a directory without a file of the extensions, and stdin where it is a terminal.
 */
export async function readSources(
  operands: readonly string[],
  io: Io,
  options: SourceOptions,
): Promise<Result<readonly Source[]>> {
  const sources: Source[] = [];
  const problems: Problem[] = [];
  for (const listed of await listSources(operands, io, options)) {
    const source = listed.ok ? await readSource(listed.value, io, options) : listed;
    if (source.ok) sources.push(source.value);
    else problems.push(...source.problems);
  }
  return problems.length > 0 ? failure(...problems) : success(sources);
}

/**
 * The paths that `readSources` would read, and `-` for stdin: for a caller that reads one after
 * the other. A directory that cannot be listed is a problem in the list.
 */
export async function listSources(
  operands: readonly string[],
  io: Io,
  options: SourceOptions,
): Promise<readonly Result<string>[]> {
  if (operands.length === 0 && io.stdinIsTerminal) {
    return [
      failure({ message: 'nothing to read: name a file or a directory, or pipe something in' }),
    ];
  }
  const listed = new Map<string, Result<string>>();
  for (const operand of operands.length === 0 ? ['-'] : operands) {
    if (options.isExcluded?.(operand) === true) continue;
    const paths = operand === '-' ? success(['-']) : await filesOf(operand, options);
    // With a NUL in front, which no path has, so that it is no path's key.
    if (!paths.ok) listed.set(`\0${operand}`, paths);
    else for (const path of paths.value) listed.set(path, success(path));
  }
  return [...listed.values()];
}

/**
 * Reads a path that `listSources` gave. Refused where it cannot be read, and where it is not UTF-8
 * and not read leniently.
 */
export async function readSource(
  path: string,
  io: Io,
  { lenient = false }: Pick<SourceOptions, 'lenient'> = {},
): Promise<Result<Source>> {
  return path === '-' ? await readStdin(io, lenient) : readOne(path, lenient);
}

async function filesOf(
  path: string,
  { recursive, extensions, isExcluded = () => false }: SourceOptions,
): Promise<Result<readonly string[]>> {
  try {
    if (!(await stat(path)).isDirectory()) return success([path]);
    const files = await walk(path, recursive, extensions);
    if (files.length > 0) return success(files.filter((file) => !isExcluded(file)));
    const names = `${extensions.slice(0, -1).join(', ')} or ${extensions.at(-1) ?? ''}`;
    const hint = recursive ? '' : ' (-R looks below it too)';
    return failure({ file: path, message: `the directory holds no ${names} file${hint}` });
  } catch (error) {
    return failure({ file: path, message: `cannot be read: ${fileReasonOf(error)}` });
  }
}

/**
 * The files of a directory by name. Links to files count. Links to directories are not followed,
 * since they may form a circle.
 */
async function walk(
  directory: string,
  recursive: boolean,
  extensions: readonly string[],
): Promise<readonly string[]> {
  const files: string[] = [];
  const entries = await readdir(directory, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (recursive) files.push(...(await walk(path, recursive, extensions)));
    } else if (extensions.includes(extname(entry.name))) {
      if (!entry.isSymbolicLink() || (await isFile(path))) files.push(path);
    }
  }
  return files;
}

async function isFile(path: string): Promise<boolean> {
  // A broken link counts as a file, so that reading it reports the problem.
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => true,
  );
}

function readOne(path: string, lenient: boolean): Result<Source> {
  try {
    // Synchronous: a command has nothing else to do, and an asynchronous read takes ten times as
    // long.
    const bytes = readFileSync(path);
    return lenient ? success(decodeLeniently(bytes, path)) : decode(bytes, path, path);
  } catch (error) {
    return failure({ file: path, message: `cannot be read: ${fileReasonOf(error)}` });
  }
}

async function readStdin({ stdin }: Io, lenient: boolean): Promise<Result<Source>> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stdin) {
      chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk));
    }
  } catch (error) {
    return failure({ file: stdinName, message: `cannot be read: ${fileReasonOf(error)}` });
  }
  const bytes = Buffer.concat(chunks);
  return lenient ? success(decodeLeniently(bytes, stdinName)) : decode(bytes, stdinName);
}

function decode(bytes: Buffer, name: string, path?: string): Result<Source> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return success({ name, text, ...(path !== undefined && { path }) });
  } catch {
    return failure({ file: name, message: binaryKind(bytes) ?? 'is not UTF-8 text' });
  }
}

function decodeLeniently(bytes: Buffer, name: string): Source {
  return { name, text: new TextDecoder(utf16Of(bytes) ?? 'utf-8').decode(bytes) };
}
