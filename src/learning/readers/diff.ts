/**
 * The output of `podman diff` and `docker diff`: lines such as `C /etc`, podman's JSON
 * (`{"changed": […], "added": […], "deleted": […]}`), and that of Docker's API
 * (`[{"Path": "/etc", "Kind": 0}]`; moby api/types/container FilesystemChange: 0 modified,
 * 1 added, 2 deleted).
 *
 * A directory is listed as changed where something in it is, whether the program wrote to it or
 * not, so one with a listed path below it says nothing by itself.
 */
import { ancestorsOf, normalisePath } from '../../core/mounts/paths.ts';
import { isObject } from '../../core/values/json.ts';
import { failure, success } from '../../core/values/result.ts';
import { emptyObservation, maxPaths } from './reading.ts';
import { isOnRoot, touchedDirectory } from './written-paths.ts';
import type { DirectoryFacts, Observation, WrittenPath } from '../../core/learn/observation.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { Origin, Reading } from './reading.ts';

type DiffChange = 'changed' | 'created' | 'deleted';

/** One line of a difference. */
export interface DiffEntry {
  /** Absolute and normalised. */
  readonly path: string;
  readonly change: DiffChange;
}

/** More problems than these are one mistake, made often. */
const maxProblems = 5;

/**
 * Reads a difference in any of its forms. Refused with its place: a line of another form, a value
 * of another shape, a path that is not absolute, more than `maxPaths` paths.
 */
export function readDiff(text: string, origin: Origin): Result<Reading> {
  const entries = readDiffEntries(text, origin.file);
  if (!entries.ok) return entries;
  return success({ observations: [observationOfDiff(entries.value, origin)], notes: [] });
}

/** What was written, from a whole difference. */
export function observationOfDiff(entries: readonly DiffEntry[], origin: Origin): Observation {
  const listed = entries.filter(({ path }) => isOnRoot(path));
  const above = ancestorsOf(listed.map(({ path }) => path));
  const isTouched = ({ path, change }: DiffEntry): boolean =>
    change === 'changed' && !above.has(path) && directories.has(path);
  const written = listed
    .filter((entry) => entry.change !== 'changed' || !above.has(entry.path))
    .filter((entry) => !isTouched(entry))
    .map(({ path, change }): WrittenPath => {
      return { path, change, type: above.has(path) ? 'directory' : 'unknown' };
    });
  return {
    ...emptyObservation('diff', origin),
    written,
    directories: [
      ...directoriesOf(listed, written),
      ...listed.filter(isTouched).map(({ path }) => ({ ...touchedDirectory(path), inImage: true })),
    ],
  };
}

/**
 * Directories of every image. Where one is changed and nothing in it is listed, names were made in
 * it and removed again.
 */
const directories: ReadonlySet<string> = new Set(
  'etc home media mnt opt root run srv tmp usr usr/local var var/cache var/lib var/lock var/log var/opt var/run var/spool var/tmp'
    .split(' ')
    .map((path) => `/${path}`),
);

/**
 * The directories in which something was written. One that is not listed as added is the image's:
 * a difference lists all that was added.
 */
function directoriesOf(
  listed: readonly DiffEntry[],
  written: readonly WrittenPath[],
): readonly DirectoryFacts[] {
  const added = new Set(listed.flatMap(({ path, change }) => (change === 'created' ? path : [])));
  const parents = [...ancestorsOf(written.map(({ path }) => path))];
  return parents.map((path) => {
    const inImage = !added.has(path);
    return { path, inImage, imageEntries: inImage ? undefined : 0 };
  });
}

/** The lines of a difference, in any of its forms. Refused as `readDiff` says. */
export function readDiffEntries(text: string, file: string): Result<readonly DiffEntry[]> {
  const start = text.trimStart();
  return /^[{[]/.test(start) ? parseJsonDiff(text, file) : parseTextDiff(text, file);
}

const letters: ReadonlyMap<string, DiffChange> = new Map([
  ['C', 'changed'],
  ['A', 'created'],
  ['D', 'deleted'],
]);

function parseTextDiff(text: string, file: string): Result<readonly DiffEntry[]> {
  const entries: DiffEntry[] = [];
  const problems: Problem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const plain = line.replace(/\r$/, '');
    if (plain.trim() === '') continue;
    const change = letters.get(plain.charAt(0));
    const path = plain.slice(2);
    if (change === undefined || plain.charAt(1) !== ' ' || !path.startsWith('/')) {
      problems.push({
        file,
        line: index + 1,
        message: 'is no line of a difference: C, A or D, a space, and an absolute path',
      });
      if (problems.length === maxProblems) break;
    } else entries.push({ path: normalisePath(path), change });
  }
  return problems.length > 0 ? failure(...problems) : bounded(entries, file);
}

function parseJsonDiff(text: string, file: string): Result<readonly DiffEntry[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failure({ file, message: `is no JSON: ${(error as Error).message}` });
  }
  const listed = Array.isArray(value) ? dockerEntries(value) : podmanEntries(value);
  const problems: Problem[] = [];
  const entries: DiffEntry[] = [];
  for (const { at, path, change } of listed) {
    if (change !== undefined && typeof path === 'string' && path.startsWith('/')) {
      entries.push({ path: normalisePath(path), change });
    } else if (problems.push({ file, path: at, message: shapeMessage }) === maxProblems) break;
  }
  return problems.length > 0 ? failure(...problems) : bounded(entries, file);
}

const shapeMessage =
  'is not what podman diff --format json or the API of Docker gives: absolute paths below changed, added and deleted, or a list of Path and Kind';

interface Listed {
  readonly at: string;
  readonly path: unknown;
  readonly change: DiffChange | undefined;
}

function* podmanEntries(value: unknown): Generator<Listed> {
  const keys = [
    ['changed', 'changed'],
    ['added', 'created'],
    ['deleted', 'deleted'],
  ] as const;
  if (!isObject(value) || Object.keys(value).some((key) => !keys.some(([name]) => name === key))) {
    yield { at: '', path: undefined, change: undefined };
    return;
  }
  for (const [key, change] of keys) {
    const paths = value[key] ?? [];
    if (!Array.isArray(paths)) yield { at: key, path: undefined, change: undefined };
    else for (const [i, path] of paths.entries()) yield { at: `${key}[${i}]`, path, change };
  }
}

const kinds: readonly DiffChange[] = ['changed', 'created', 'deleted'];

function* dockerEntries(list: readonly unknown[]): Generator<Listed> {
  for (const [i, item] of list.entries()) {
    const { Path: path, Kind: kind } = isObject(item) ? item : {};
    yield { at: `[${i}]`, path, change: typeof kind === 'number' ? kinds[kind] : undefined };
  }
}

function bounded(entries: readonly DiffEntry[], file: string): Result<readonly DiffEntry[]> {
  if (entries.length <= maxPaths) return success(entries);
  return failure({ file, message: `names more than ${maxPaths} paths` });
}
