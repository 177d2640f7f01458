/**
 * A profile says which images it is for, each once; the one named default is for all that no other
 * names.
 */
import type { Lint, LintProblem } from './lint.ts';

export const imagePatterns: Lint = {
  id: 'image-patterns',
  title: 'A profile names its images, each once, and default names none',
  check({ name, images }) {
    const at = ['spec', 'images'];
    if (name === 'default') {
      return images.length === 0
        ? []
        : [
            {
              at,
              message:
                'must be empty: the profile named default is for images that no other names.',
            },
          ];
    }
    if (images.length === 0) return [{ at, message: 'names no image.' }];
    return images.flatMap((image, index): LintProblem[] =>
      images.slice(0, index).some(({ text }) => text === image.text)
        ? [{ at: image.at, message: `names ${image.text} a second time.` }]
        : [],
    );
  },
};
