/**
 * The termination message is no file of the image.
 *
 * Fields:
 * - `terminationMessagePath` of every container
 *
 * Allowed: any path outside the system directories of ../mounts/system-directories.ts, without `..`
 * in it. Another one becomes the API's default, /dev/termination-log.
 *
 * Source: seen on a real kubelet, which binds a writable file over whatever is at the path: a
 * binary of the image was replaced, and run on a read-only root.
 *
 * Limits:
 * - After a link of the image, `..` leads elsewhere than it reads.
 * - Elsewhere, outside /dev and the container's writable mounts, the path stays and is reported:
 *   the file there, if the image has one, can be replaced.
 */
import { withTerminationMessagePath } from '../pod/change.ts';
import { mapTreated } from '../pod/containers.ts';
import { isWritableAt } from '../mounts/volume-index.ts';
import { isAtOrBelow, normalisePath } from '../mounts/paths.ts';
import { isInSystemDirectory } from '../mounts/system-directories.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import type { Container } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

/** kubernetes v1.34 pkg/apis/core/v1/defaults.go. */
export const defaultTerminationMessagePath = '/dev/termination-log';

export const terminationMessage: Rule = {
  id: 'termination-message',
  level: 'immutable',
  title: 'The termination message apart from the image',
  why: 'The kubelet binds a writable file over the path: a binary of the image there can be replaced, and run.',
  scopes: anyScope,
  apply: (pod, context, report) =>
    mapTreated(pod, context, (container) => {
      const path = container.terminationMessagePath;
      // The API server fills the default in, so nearly every container has it.
      if (!path || path === defaultTerminationMessagePath) return container;
      return treat(container, path, context.volumesOf(pod), report);
    }),
};

function treat(
  container: Container,
  path: string,
  volumes: VolumeIndex,
  report: Report,
): Container {
  const field = '/terminationMessagePath';
  if (isInSystemDirectory(path) || path.split('/').includes('..')) {
    report.container(container, 'termination-path-reset', field, { path });
    return withTerminationMessagePath(container, defaultTerminationMessagePath);
  }
  const normal = normalisePath(path);
  if (!isAtOrBelow(normal, '/dev') && !isWritableAt(container, normal, volumes)) {
    report.container(container, 'termination-path-writable', field, { path });
  }
  return container;
}
