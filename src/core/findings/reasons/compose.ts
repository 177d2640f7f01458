/** Reasons that only a Compose file gives. */
import { shown, shownList } from '../../values/text.ts';
import { conflict, skipped } from '../reason.ts';

interface Elsewhere {
  readonly file: string;
}

export const composeReasons = {
  'service-without-image': skipped(
    'A service of a Compose file has neither an image nor a build: it is the part of another file’s service.',
    () =>
      'has neither image nor build here: it is hardened together with the file that has them (-f FILE -f FILE)',
    { warn: true, unresolved: true },
  ),
  'included-file': skipped(
    'A Compose file includes another one, which is hardened by itself.',
    ({ file }: Elsewhere) => ({
      sentence: `the services of ${shown(file)}, which is included, stay as they are: harden that file too`,
    }),
    { warn: true, unresolved: true },
  ),
  'extends-unknown': conflict(
    'A service extends one of a file that is not there: it is hardened by what it says itself.',
    ({ file }: Elsewhere) =>
      `extends a service of ${shown(file)}, which cannot be read: what it has from there is not known`,
    { warn: true, unresolved: true },
  ),
  'inherited-setting': conflict(
    'A service has a weaker setting from a file that it extends, in a list from which nothing can be taken away.',
    ({
      file,
      field,
      names,
    }: Elsewhere & { readonly field: string; readonly names: readonly string[] }) =>
      `has ${field}: ${shownList(names)} from ${shown(file)}: take it away there`,
    { warn: true, unresolved: true },
  ),
  'copied-into-container': conflict(
    'Docker Compose copies the content of a config or secret into the container, which it refuses to do with a read-only root: the root stays writable.',
    ({
      names,
      kept,
      restricted,
    }: {
      readonly names: readonly string[];
      readonly kept: boolean;
      readonly restricted: boolean;
    }) => {
      const which = shownList(names);
      const what = kept
        ? `has read_only: true, with which docker compose refuses to copy ${which} into it`
        : `keeps a writable root${restricted ? ', its user and its capabilities' : ''}: docker compose copies ${which} into it, and refuses to with read_only: true`;
      return `${what}. Of a config or secret with \`file:\` it mounts the file`;
    },
    { warn: true, unresolved: true },
  ),
  'not-synced': skipped(
    'Compose copies files into the container for `docker compose watch`, which it cannot do with a read-only root.',
    () =>
      'has a read-only root, into which docker compose watch cannot copy files: use the action rebuild, or a bind',
    { warn: true },
  ),
  'swarm-ignores': conflict(
    'A setting that `docker stack deploy` does not read.',
    ({ field }: { readonly field: string }) =>
      `needs ${field}, which docker stack deploy does not read: a Swarm runs it without`,
    { warn: true, unresolved: true },
  ),
};
