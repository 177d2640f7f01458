/**
 * A volume that starts empty is a directory: mounted over a file of the image it keeps the
 * container from starting ("not a directory"), and mounted where the program makes a file, that
 * fails. A seeded entry may name a file, which is copied.
 *
 * Whether a name is a file's can only be guessed. Refused are endings and names that no image or
 * public manifest of the project's corpus uses for a directory; `perhaps-file.ts` has those that
 * some programs do.
 */
import { baseName, canonicalPath } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';
import { systemDirectoryProblem } from './system-directory.ts';

export const endingsOfFiles: ReadonlySet<string> = new Set([
  ...['cfg', 'cnf', 'conf', 'env', 'ini', 'json', 'properties', 'toml', 'xml', 'yaml', 'yml'],
  ...['lock', 'pid', 'sock', 'socket'],
  ...['crt', 'log', 'pem', 'sh', 'txt'],
]);
export const namesOfFiles: ReadonlySet<string> = new Set([
  ...['.bash_history', '.bashrc', '.gitconfig', '.my.cnf', '.netrc'],
  ...['.npmrc', '.pgpass', '.profile'],
]);

export const filePath = makePathLint({
  id: 'file-path',
  title: 'No volume that starts empty is mounted where the image has a file',
  refuse: ({ path, contents }) =>
    contents === 'empty' && isFile(path) && !isRefusedAlready(path)
      ? `${path} is a file, and a volume that starts empty is a directory: name its directory, or say contents: seeded where the image has the file.`
      : undefined,
});

/** Another lint says so of the system's own files. */
function isRefusedAlready(path: string): boolean {
  return path.startsWith('/') && systemDirectoryProblem(canonicalPath(path)) !== undefined;
}

function isFile(path: string): boolean {
  return endingsOfFiles.has(endingOf(path)) || namesOfFiles.has(baseName(path));
}

/**
 * What follows the last dot that does not begin the name: `conf.d` ends in d, `.cache` in nothing.
 */
export function endingOf(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
