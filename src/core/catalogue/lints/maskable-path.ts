/**
 * A maskable path is absolute, in its shortest form, and not a multi-call binary: all the tools of
 * its image are links to that one file, and a mask over it would kill every one of them.
 */
import { baseName } from '../../mounts/paths.ts';
import { pathFormProblem } from '../profile/text-forms.ts';
import type { Lint } from './lint.ts';

export const multiCall: ReadonlySet<string> = new Set(['busybox', 'coreutils', 'toybox']);

export const maskablePath: Lint = {
  id: 'maskable-path',
  title: 'What may be masked is one binary, by its absolute path',
  check: (outline) =>
    [...outline.maskable, ...outline.variants.flatMap((variant) => variant.maskable)].flatMap(
      ({ at, text }) => {
        const message = pathProblem(text);
        return message === undefined ? [] : [{ at, message }];
      },
    ),
};

function pathProblem(path: string): string | undefined {
  const form = pathFormProblem(path);
  if (form !== undefined) return form;
  return multiCall.has(baseName(path))
    ? 'is many programs in one file: masking it would kill all of them.'
    : undefined;
}
