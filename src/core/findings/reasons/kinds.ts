/** Reasons of kinds that do not take all that a pod may have. */
import { shown } from '../../values/text.ts';
import { conflict, skipped } from '../reason.ts';

interface Refused {
  /** `initContainers`, `securityContext.sysctls`. */
  readonly field: string;
  readonly why: string;
}

export const kindReasons = {
  'field-left-out': skipped(
    'The kind takes no such field, and without it the pod is as hard: it is left out.',
    ({ field, why }: Refused) => `does not get ${field}: ${why}`,
  ),
  'field-refused': conflict(
    'The kind takes no such field, and the pod needs it: it is left out.',
    ({ field, why }: Refused) => `needs ${field} and does not get it: ${why}`,
    { warn: true, unresolved: true },
  ),
  'path-refused': conflict(
    'The kind does not take what a path of the image needs to become writable: the path stays as it is.',
    ({ path, why }: { readonly path: string; readonly why: string }) =>
      `needs a volume at ${shown(path)} and does not get it: ${why}`,
    { warn: true, unresolved: true },
  ),
  'pod-patched-later': skipped(
    'The object has a text that changes its pod once it is made. It is not read.',
    ({ field }: { readonly field: string }) =>
      `is changed by ${field} once it is made, which is not read: what it asks for is not hardened here`,
    { warn: true },
  ),
};
