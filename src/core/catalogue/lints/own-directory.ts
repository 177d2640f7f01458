/**
 * No volume of ours is mounted at a directory whose owner must be the program's user: its root
 * would belong to root.
 */
import { canonicalPath } from '../../mounts/paths.ts';
import { checkEntries } from './lint.ts';
import type { Lint } from './lint.ts';

export const ownDirectory: Lint = {
  id: 'own-directory',
  title: 'No entry is at a directory of which the program changes the mode',
  check(outline) {
    const own = new Set(outline.ownDirectories.map(({ text }) => canonicalPath(text)));
    return checkEntries(outline, ({ path }) =>
      path.startsWith('/') && own.has(canonicalPath(path))
        ? 'is one of ownDirectories, which no mount point can be: name the directory above.'
        : undefined,
    );
  },
};
