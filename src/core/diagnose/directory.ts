/**
 * Which directory has to be writable for what failed, what to put there, and whether a profile may
 * say so.
 *
 * A volume is a directory, and hides what the image has at its place. So it is the narrowest
 * directory that will do; and where the image is likely to keep files beside the one that is
 * written, their copy.
 */
import { lintPath } from '../catalogue/lints/index.ts';
import { systemDirectoryProblem } from '../catalogue/lints/system-directory.ts';
import { baseName, canonicalPath, isAtOrBelow, parentOf } from '../mounts/paths.ts';
import type { FailedOperation } from './error-line.ts';

export interface Wanted {
  readonly directory: string;
  readonly contents: 'empty' | 'seeded';
  /**
   * The name of what is written there, without a random part; absent where the directory itself is
   * meant.
   */
  readonly name?: string;
  /** What the directory is for, as the end of a sentence about it, where that is known. */
  readonly use?: string;
}

/** `path` is absolute and normalised, and what the operation was done to. */
export function wantedFor(path: string, operation: FailedOperation): Wanted {
  const directory = withoutNumbers(directoryOf(path, operation));
  if (directory === path) {
    // It was to be made, so the image has nothing there.
    const absent = operation === 'make-directory' || operation === 'unknown';
    return { directory, contents: absent ? 'empty' : contentsOf(directory, undefined) };
  }
  const name = stableName(baseName(path));
  const contents =
    operation === 'make-directory' ? contentsOf(directory, undefined) : contentsOf(directory, name);
  return { directory, contents, ...(name !== '' && { name }) };
}

function directoryOf(path: string, operation: FailedOperation): string {
  const parent = parentOf(path);
  switch (operation) {
    case 'in-directory':
      return path;
    case 'own':
      return looksLikeFile(path) ? parent : path;
    case 'make-directory':
      // Where it was to be made nothing is hidden; its parent is better where more of its kind are
      // made.
      return isRandom(baseName(path)) || isScratch(parent) ? parent : path;
    case 'unknown':
      if (looksLikeFile(path) || isRandom(baseName(path)) || isScratch(parent)) return parent;
      return path;
    case 'execute':
    case 'remove':
    case 'file':
      return parent;
  }
}

/** nginx spreads its temporary files over directories such as proxy/1/00. */
function withoutNumbers(path: string): string {
  return path.replace(/(?<=[^/])(?:\/\d{1,4}){1,8}$/, '');
}

/** Names of directories that hold nothing but what a program makes while it runs. */
const scratchNames = [
  'cache',
  'log',
  'logs',
  'pid',
  'pids',
  'run',
  'sessions',
  'spool',
  'temp',
  'tmp',
];
/** Names of directories that hold what a program makes, and perhaps what its image begins with. */
const stateNames = ['data', 'state', 'storage', 'upload', 'uploads', 'work'];

/** Whether the directory is of the kind in which programs make files and directories as they go. */
function isScratch(directory: string): boolean {
  const path = canonicalPath(directory);
  if (systemDirectoryProblem(path) !== undefined) return false;
  const name = baseName(path);
  if ((scratchNames.includes(name) || stateNames.includes(name)) && path !== '/run') return true;
  return isState(path) && path.split('/').length > 3;
}

/**
 * Whether the path is below /var, where programs keep what they make; web servers keep their pages
 * there too.
 */
function isState(path: string): boolean {
  return isAtOrBelow(path, '/var') && !isAtOrBelow(path, '/var/www');
}

/** Whether the last segment is a file's name: it has an ending, or is in capitals like LOCK. */
function looksLikeFile(path: string): boolean {
  const name = stableName(baseName(path));
  return /[^.]\.[A-Za-z][\w-]{0,11}$/.test(name) || /^[A-Z][A-Z0-9_-]+$/.test(name);
}

/**
 * The parts of a name that programs make up: mkstemp's six characters, hex digits, numbers, UUIDs.
 */
const randomTail = /[._-]?(?:X{3,200}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{18,36}|\d{5,20})$/;
/** Without a digit it is a word. */
const hexTail = /[._-]?[0-9a-f]{8,64}$/;
const mkstempTail = /[._-]([A-Za-z0-9]{6,12})$/;

/** The name without a random tail; empty where it is nothing else. */
function stableName(name: string): string {
  const bounded = name.slice(0, 200);
  const tail = mkstempTail.exec(bounded);
  if (tail?.[1] !== undefined && looksRandom(tail[1])) return bounded.slice(0, tail.index);
  const hex = hexTail.exec(bounded);
  const end = Math.min(
    randomTail.exec(bounded)?.index ?? bounded.length,
    hex !== null && /\d/.test(hex[0]) ? hex.index : bounded.length,
  );
  return bounded.slice(0, end);
}

/** mkstemp draws from both cases and digits: a word or an ending has one of them. */
function looksRandom(text: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text.slice(1))).length;
  return kinds > 1;
}

function isRandom(name: string): boolean {
  return stableName(name) !== name;
}

/** Files that a start-up script renders are beside others that the image brings along. */
const configuration =
  /\.(?:cfg|cnf|conf|config|env|ini|json|properties|template|tmpl|toml|xml|ya?ml)$/;
/** Where images keep their programs. */
const imageTrees = ['/app', '/etc', '/home', '/opt', '/srv', '/usr', '/var/www', '/workspace'];

/**
 * `file`: what was to be written there; the directory exists then, or the error would have been
 * another.
 */
function contentsOf(directory: string, file: string | undefined): 'empty' | 'seeded' {
  const path = canonicalPath(directory);
  if (path !== directory) return 'empty';
  if (isState(path) || scratchNames.includes(baseName(path))) return 'empty';
  if (file !== undefined && configuration.test(file)) return 'seeded';
  return imageTrees.some((tree) => isAtOrBelow(path, tree)) ? 'seeded' : 'empty';
}

/**
 * What the lints have against an entry of a profile for these images, as the end of a sentence
 * about the path; undefined where a profile may have it. An empty entry that hides known content
 * comes back seeded.
 */
export function judgeEntry(
  { directory, contents, ...rest }: Wanted,
  images: readonly string[],
): { readonly wanted: Wanted; readonly refused?: string } {
  for (const tried of contents === 'empty'
    ? (['empty', 'seeded'] as const)
    : (['seeded'] as const)) {
    const refused = lintPath({ path: directory, contents: tried }, images);
    if (refused === undefined) return { wanted: { directory, contents: tried, ...rest } };
  }
  const refused = lintPath({ path: directory, contents }, images) ?? 'is refused.';
  return { wanted: { directory, contents, ...rest }, refused };
}
