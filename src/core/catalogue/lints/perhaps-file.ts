/**
 * Endings of files that some programs give to directories as well: no reason to refuse, and one to
 * look twice.
 */
import { endingOf } from './file-path.ts';
import { makePathLint } from './lint.ts';

/** Databases of some programs are directories, and so are packages of Node. */
const unsureEndings = new Set([
  ...[
    'csv',
    'dat',
    'db',
    'html',
    'jar',
    'js',
    'key',
    'php',
    'py',
    'rb',
    'sqlite',
    'sqlite3',
    'war',
  ],
]);

export const perhapsFile = makePathLint({
  id: 'perhaps-file',
  title: 'A path that may be a file, of which a volume that starts empty makes a directory',
  refuse: ({ path, contents }) =>
    contents === 'empty' && unsureEndings.has(endingOf(path))
      ? `${path} may be a file: a volume that starts empty is a directory.`
      : undefined,
});
