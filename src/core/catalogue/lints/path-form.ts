/**
 * Paths are absolute, in their shortest form, and below the root.
 *
 * Source: kubernetes v1.34 validation.go compares mount paths as text and refuses a colon; runtimes
 * normalise them.
 */
import { pathFormProblem } from '../profile/text-forms.ts';
import { makePathLint } from './lint.ts';

export const pathForm = makePathLint({
  id: 'path-form',
  title: 'Paths are absolute, below the root, and in their shortest form',
  refuse: ({ path }) => pathFormProblem(path),
});
