/**
 * Where Dockerfiles put the program itself, or the home of its user. An empty volume there hides
 * it, which is the commonest wrong fix; but an image of somebody's own may keep its program
 * elsewhere, so this is a hint and no refusal.
 *
 * Source: Docker's documentation and the pages of the official images (node, python, ruby…) copy to
 * /app and /usr/src/app.
 */
import { canonicalPath } from '../../mounts/paths.ts';
import { checkEntries } from './lint.ts';
import type { Lint } from './lint.ts';

const directories = new Set(['/app', '/code', '/home', '/srv', '/usr/src/app', '/workspace']);

export const programDirectory: Lint = {
  id: 'program-directory',
  title:
    'An empty volume at a directory where many images have their program or homes, such as /app or /home',
  check(outline) {
    // An image that declares it as a VOLUME has its program elsewhere.
    const volumes = new Set(outline.volumes.map(({ text }) => canonicalPath(text)));
    const isHint = (path: string): boolean => directories.has(path) && !volumes.has(path);
    // Where a variable or flag names the directory, it is for what the program writes.
    return checkEntries(outline, ({ path, contents, movable }) =>
      contents === 'empty' && !movable && path.startsWith('/') && isHint(canonicalPath(path))
        ? `many images have their program or their users' files in ${path}, and an empty volume hides them: name the directory below it that is written, or say contents: seeded.`
        : undefined,
    );
  },
};
