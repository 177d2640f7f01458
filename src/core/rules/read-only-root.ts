/**
 * Every container's root filesystem is read-only.
 *
 * Restricted field: `securityContext.readOnlyRootFilesystem` of every container; allowed: `true`.
 * Where no profile matches the image and the policy says `skip`, the container is left as it is.
 */
import { containersOf, mapTreated, withSecurityContext } from '../pod/containers.ts';
import { isWritableAt } from '../mounts/volume-index.ts';
import { normalisePath } from '../mounts/paths.ts';
import { hidesSystemDirectory } from '../mounts/system-directories.ts';
import { shownList } from '../text.ts';
import type { Container, Pod } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const readOnlyRoot: Rule = {
  id: 'read-only-root',
  level: 'immutable',
  title: 'Read-only root filesystem',
  why: 'What the image holds cannot be changed at run time, by an intruder or by the program itself.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapTreated(pod, context, (container) =>
      makeReadOnly(container, context, findings),
    );
    for (const container of containersOf(pod, context.lists)) {
      if (context.isTreated(container)) tellHidden(container, pod, context, findings);
    }
    return { pod: after, findings };
  },
};

function makeReadOnly(container: Container, context: RuleContext, findings: Finding[]): Container {
  const { name } = container;
  const before = container.securityContext?.readOnlyRootFilesystem;
  if (before === true) return container;
  const { skipped, match, profile } = context.profileOf(container);
  if (skipped) {
    const repository = match.reference?.repository;
    findings.push({
      rule: 'read-only-root',
      outcome: 'skipped',
      code: 'unprofiled-skipped',
      container: name,
      ...(repository !== undefined && { repository }),
      detail: `container "${name}" keeps a writable root: no profile matches its image`,
    });
    return container;
  }
  if (profile.readOnlyRoot?.works === false) {
    findings.push(readOnlyRootFails(name, profile.readOnlyRoot.why));
  }
  findings.push(
    before === false
      ? {
          rule: 'read-only-root',
          outcome: 'changed',
          code: 'writable-root-overridden',
          container: name,
          detail: `container "${name}" asked for readOnlyRootFilesystem: false and runs with true`,
        }
      : {
          rule: 'read-only-root',
          outcome: 'changed',
          code: 'root-made-read-only',
          container: name,
          detail: `container "${name}" runs with readOnlyRootFilesystem: true`,
        },
  );
  // The pod is changed, so `privileged` is written out: see `harden.ts`, which does it for the
  // other containers.
  const unset = container.securityContext?.privileged == null;
  return withSecurityContext(container, {
    readOnlyRootFilesystem: true,
    ...(unset && { privileged: false }),
  });
}

/** `why` is of the profile's author: a sentence, which its full stop may end. */
function readOnlyRootFails(container: string, why: string): Finding {
  return {
    rule: 'read-only-root',
    outcome: 'conflict',
    code: 'read-only-root-fails',
    container,
    detail: `container "${container}" has an image that cannot run with a read-only root (${why.replace(/\.$/, '')}): run it in a namespace without the label`,
  };
}

/**
 * A writable mount of the author's over a system directory: the root below it is read-only, and
 * hidden.
 */
function tellHidden(
  container: Container,
  pod: Pod,
  context: RuleContext,
  findings: Finding[],
): void {
  // Each place once, by its first spelling: there are few, however many mounts there are.
  let hiding: Map<string, string> | undefined;
  for (const { mountPath } of container.volumeMounts ?? []) {
    const place = normalisePath(mountPath);
    if (!hidesSystemDirectory(place)) continue;
    hiding ??= new Map();
    if (!hiding.has(place)) hiding.set(place, mountPath);
  }
  if (hiding === undefined) return;
  const volumes = context.volumesOf(pod);
  const writable = [...hiding].filter(([place]) => isWritableAt(container, place, volumes));
  if (writable.length === 0) return;
  const { name } = container;
  const paths = shownList(writable.map(([, mountPath]) => mountPath));
  findings.push({
    rule: 'read-only-root',
    outcome: 'skipped',
    code: 'system-directory-mounted',
    container: name,
    detail: `container "${name}" mounts something writable over ${paths}, which hides the image's own files`,
  });
}
