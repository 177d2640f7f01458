/**
 * Every container's root filesystem is read-only.
 *
 * Fields:
 * - `securityContext.readOnlyRootFilesystem` of every container
 *
 * Allowed: `true`
 *
 * Source: ours; Pod Security Standards ask for no read-only root.
 *
 * Limits:
 * - Where no profile matches the image and the policy says `skip`, the container is left as it is.
 * - A writable mount of the author's over a system directory (../mounts/system-directories.ts)
 *   hides what is read-only below it. It stays, and is reported.
 */
import { withSecurityContext } from '../pod/change.ts';
import { containersOf, mapTreated } from '../pod/containers.ts';
import { isWritableAt } from '../mounts/volume-index.ts';
import { normalisePath } from '../mounts/paths.ts';
import { hidesSystemDirectory } from '../mounts/system-directories.ts';
import type { Container, Pod, VolumeMount } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const readOnlyRoot: Rule = {
  id: 'read-only-root',
  level: 'immutable',
  title: 'Read-only root filesystem',
  why: 'What the image holds cannot be changed at run time, by an intruder or by the program itself.',
  scopes: anyScope,
  apply(pod, context, report) {
    const after = mapTreated(pod, context, (container) => makeReadOnly(container, context, report));
    for (const container of containersOf(pod, context.lists)) {
      if (context.isTreated(container)) reportHidden(container, pod, context, report);
    }
    return after;
  },
};

const field = '/securityContext/readOnlyRootFilesystem';

function makeReadOnly(container: Container, context: RuleContext, report: Report): Container {
  const before = container.securityContext?.readOnlyRootFilesystem;
  if (before === true) return container;
  const { skipped, match, profile } = context.profileOf(container);
  if (skipped) {
    const repository = match.reference?.repository;
    report.container(container, 'unprofiled-skipped', field, { repository });
    return container;
  }
  if (profile.readOnlyRoot?.works === false) {
    const { why } = profile.readOnlyRoot;
    report.container(container, 'read-only-root-fails', field, { why });
  }
  const code = before === false ? 'writable-root-overridden' : 'root-made-read-only';
  report.container(container, code, field);
  return withSecurityContext(container, { readOnlyRootFilesystem: true });
}

/**
 * A writable mount of the author's over a system directory: the root below it is read-only, and
 * hidden.
 */
function reportHidden(container: Container, pod: Pod, context: RuleContext, report: Report): void {
  // Each place once, by its first spelling: there are few, however many mounts there are.
  let hiding: Map<string, VolumeMount> | undefined;
  for (const mount of container.volumeMounts ?? []) {
    const place = normalisePath(mount.mountPath);
    if (!hidesSystemDirectory(place)) continue;
    hiding ??= new Map();
    if (!hiding.has(place)) hiding.set(place, mount);
  }
  if (hiding === undefined) return;
  const volumes = context.volumesOf(pod);
  const writable = [...hiding]
    .filter(([place]) => isWritableAt(container, place, volumes))
    .map(([, mount]) => mount);
  const [first] = writable;
  if (first === undefined) return;
  report.container(container, 'system-directory-mounted', report.mountField(container, first), {
    mountPaths: writable.map(({ mountPath }) => mountPath),
  });
}
