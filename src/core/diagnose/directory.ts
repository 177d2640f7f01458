/**
 * Which directory has to be writable for what failed, what to put there, and whether a profile may
 * say so.
 *
 * A volume is a directory, and hides what the image has at its place. So it is the narrowest
 * directory that will do; and where the image is likely to keep files beside the one that is
 * written, their copy. A copy is made of what is there: where the image has no such directory, only
 * an empty one will do.
 */
import { lintPath } from '../catalogue/lints/index.ts';
import { systemDirectoryProblem } from '../catalogue/lints/system-directory.ts';
import { baseName, canonicalPath, isAtOrBelow, parentOf } from '../mounts/paths.ts';
import { isBucket, isFileName, isRandom, isVersion, stableName } from './generated-names.ts';
import type { FailedOperation } from './failed-operation.ts';

export interface Wanted {
  readonly directory: string;
  readonly contents: 'empty' | 'seeded';
  /** The image has no such directory, so no copy can be made of it. */
  readonly absent?: boolean;
  /**
   * The name of what is written there, without a random part; absent where the directory itself is
   * meant.
   */
  readonly name?: string;
  /** What the directory is for, as the end of a sentence about it, where that is known. */
  readonly use?: string;
}

/** What is known of a failure. */
export interface Failure {
  readonly operation: FailedOperation;
  /** A shell or one of its tools reports it, so the image has a `cp` to copy its files with. */
  readonly byTool?: boolean;
  /** Nothing shows that the directory is there: the program gives no errno. */
  readonly unproven?: boolean;
}

/** `path` is absolute and normalised, and what the operation was done to. */
export function wantedFor(
  path: string,
  { operation, byTool = false, unproven = false }: Failure,
): Wanted {
  const narrow = directoryOf(path, operation);
  const directory = withoutBuckets(narrow, narrow === path ? '' : baseName(path));
  // What is hidden in a home directory was made by programs, if it is there at all.
  if (unproven && isHidden(directory)) {
    // A file or a directory: the one above does for both.
    const above = parentOf(directory);
    const around = operation === 'unknown' && directory === path && isHidden(above);
    return { directory: around ? above : directory, contents: 'empty', absent: true };
  }
  const scratch = unproven ? scratchAbove(directory) : undefined;
  if (scratch !== undefined) return { directory: scratch, contents: 'empty', ...named(path) };
  if (operation === 'make-tree')
    return { directory: scratchAbove(directory) ?? directory, contents: 'empty', absent: true };
  if (directory === path) {
    // It was to be made, so the image has nothing there.
    const absent = operation === 'make-directory' || operation === 'unknown';
    const contents = absent ? 'empty' : contentsOf(directory, undefined, operation, byTool);
    return { directory, contents, ...(absent && { absent }) };
  }
  const { name = '' } = named(path);
  const file = operation === 'make-directory' ? undefined : name;
  const contents = contentsOf(directory, file, operation, byTool);
  return { directory, contents, ...named(path) };
}

function named(path: string): Pick<Wanted, 'name'> {
  const name = stableName(baseName(path));
  return name === '' ? {} : { name };
}

function directoryOf(path: string, operation: FailedOperation): string {
  const name = baseName(path);
  const parent = parentOf(path);
  if (isProgramDirectory(parent) && operation !== 'in-directory') return parent;
  switch (operation) {
    case 'in-directory':
    case 'make-tree':
      return path;
    case 'own':
      // A hidden name may be a file's: with a copy of the directory around it both are right.
      return isFileName(name) || (name.startsWith('.') && !isSystem(parent)) ? parent : path;
    case 'make-directory':
      // Where it was to be made nothing is hidden; its parent is better where more of its kind are
      // made.
      return isRandom(name) || isScratch(parent) ? parent : path;
    case 'unknown':
      return isFileName(name) || isRandom(name) || isScratch(parent) ? parent : path;
    case 'execute':
    case 'remove':
    case 'file':
      return parent;
  }
}

/** Whether it is in a directory like `.cache`. */
function isHidden(path: string): boolean {
  return /\/\.[^/.]/.test(path);
}

/** Every name in it is a file's. */
function isProgramDirectory(directory: string): boolean {
  return ['bin', 'sbin', 'libexec'].includes(baseName(directory));
}

function isSystem(directory: string): boolean {
  return systemDirectoryProblem(canonicalPath(directory)) !== undefined;
}

/** The directory above those over which a program spreads its files; `inner` is in `directory`. */
function withoutBuckets(directory: string, inner: string): string {
  let path = directory;
  let name = inner;
  let climbed = false;
  for (;;) {
    const own = baseName(path);
    const above = parentOf(path);
    if (above === '/' || isSystem(above)) break;
    if (!isBucket(own, name) && !(climbed && isVersion(own))) break;
    climbed = true;
    path = above;
    name = own;
  }
  return climbed ? (scratchAbove(path) ?? path) : path;
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
/** What the system's programs make while they run, each in a directory of its own. */
const scratchTrees = [
  '/run',
  '/tmp',
  '/var/cache',
  '/var/lock',
  '/var/log',
  '/var/spool',
  '/var/tmp',
];

/**
 * The outermost directory at or above the path in which a program keeps what it makes: all of it is
 * of one kind, and the next line would be about another part of it.
 */
function scratchAbove(path: string): string | undefined {
  const segments = path.split('/');
  for (let end = 2; end <= segments.length; end++) {
    const ancestor = segments.slice(0, end).join('/');
    const name = segments[end - 1] ?? '';
    const isOwn = end > 3 || (end > 2 && segments[1] !== 'var') || ancestor === '/tmp';
    if (isOwn && [...scratchNames, 'work'].includes(name) && !isSystem(ancestor)) return ancestor;
  }
  return undefined;
}

/** Whether the directory is of the kind in which programs make files and directories as they go. */
function isScratch(directory: string): boolean {
  const path = canonicalPath(directory);
  if (isSystem(path)) return false;
  // What is right below /var is shared by all programs: each makes a directory of its own there.
  if (parentOf(path) === '/var') return path === '/var/tmp';
  const name = baseName(path);
  if ((scratchNames.includes(name) || stateNames.includes(name)) && path !== '/run') return true;
  return isState(path) && path.split('/').length > 3;
}

/**
 * Whether the path is below /var, where programs keep what they make; web servers and functions
 * keep their files there too.
 */
function isState(path: string): boolean {
  return (
    isAtOrBelow(path, '/var') && !['/var/www', '/var/task'].some((tree) => isAtOrBelow(path, tree))
  );
}

/** Names at the root at which volumes are mounted. */
const volumeNames = ['config', 'media', 'mnt', 'persistent', 'volume', 'volumes'];

function isForState(path: string): boolean {
  const [, first = '', ...rest] = path.split('/');
  return (
    isState(path) ||
    volumeNames.includes(first) ||
    [first, ...rest].some((name) => stateNames.includes(name))
  );
}

/** Files that a start-up script renders are beside others that the image brings along. */
const configuration =
  /\.(?:cfg|cnf|conf|config|env|ini|json|properties|template|tmpl|toml|xml|ya?ml)$/;
/** Where images keep their programs. */
const imageTrees = [
  '/app',
  '/etc',
  '/home',
  '/opt',
  '/root',
  '/srv',
  '/usr',
  '/var/task',
  '/var/www',
  '/workspace',
];

/**
 * What the image is likely to have in a directory of which nothing else is known. `file`: what was
 * written there.
 */
export function likelyContents(directory: string, file: string | undefined): 'empty' | 'seeded' {
  return contentsOf(directory, file, 'file', false);
}

/**
 * `file`: what was to be written there; the directory exists then, or the error would have been
 * another.
 */
function contentsOf(
  directory: string,
  file: string | undefined,
  operation: FailedOperation,
  byTool: boolean,
): 'empty' | 'seeded' {
  const path = canonicalPath(directory);
  const isBelowScratch = scratchTrees.some((tree) => isAtOrBelow(path, tree));
  if (scratchNames.includes(baseName(path)) || isAtOrBelow(path, '/run') || path === '/tmp')
    return 'empty';
  // Its owner, its mode or the whole of it was to be changed: it is there.
  if (operation === 'own' || (operation === 'remove' && !isBelowScratch)) return 'seeded';
  if (isBelowScratch) return 'empty';
  if (file !== undefined && configuration.test(file)) return 'seeded';
  if (imageTrees.some((tree) => isAtOrBelow(path, tree))) return 'seeded';
  if (file === undefined && operation !== 'in-directory') return 'empty';
  // Where data are kept most images have nothing, and one without a shell has no `cp` for a copy.
  return byTool || (file !== undefined && !isForState(path)) ? 'seeded' : 'empty';
}

/**
 * What the lints have against an entry of a profile for these images, as the end of a sentence
 * about the path; undefined where a profile may have it. An empty entry that hides known content
 * comes back seeded.
 */
export function judgeEntry(
  wanted: Wanted,
  images: readonly string[],
): { readonly wanted: Wanted; readonly refused: string | undefined } {
  const refused = refusalOf(wanted, images);
  const isCopyTried = wanted.contents === 'empty' && wanted.absent !== true;
  if (refused === undefined || !isCopyTried) return { wanted, refused };
  const copied = { ...wanted, contents: 'seeded' } as const;
  return refusalOf(copied, images) === undefined
    ? { wanted: copied, refused: undefined }
    : { wanted, refused };
}

function refusalOf(
  { directory: path, contents }: Wanted,
  images: readonly string[],
): string | undefined {
  return lintPath({ path, contents }, images);
}
