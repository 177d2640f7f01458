/**
 * Paths are absolute, in their shortest form, and below the root.
 *
 * Source: kubernetes v1.34 validation.go compares mount paths as text and refuses a colon; runtimes
 * normalise them.
 */
import { pathFormProblem } from '../profile/text-forms.ts';
import { checkEntries } from './lint.ts';
import type { Lint } from './lint.ts';

export const pathForm: Lint = {
  id: 'path-form',
  title: 'Paths are absolute, below the root, and in their shortest form',
  check: (outline) => checkEntries(outline, ({ path }) => pathFormProblem(path)),
};
