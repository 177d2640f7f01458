/** Only what is copied needs a directory of the image to be copied from. */
import { allEntries } from './lint.ts';
import type { Lint } from './lint.ts';

export const movedContents: Lint = {
  id: 'moved-contents',
  title: 'Only a seeded path names the directories to which it may move',
  check: (outline) =>
    allEntries(outline).flatMap(({ contents, seededAt }) =>
      contents === 'empty'
        ? seededAt.map(({ at }) => ({
            at,
            message: 'is for an entry with contents: seeded: an empty one may move anywhere.',
          }))
        : [],
    ),
};
