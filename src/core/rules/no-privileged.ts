/**
 * No container runs privileged.
 *
 * Restricted fields: `securityContext.privileged` of every container; allowed: unset, `false`.
 * `volumeMounts[].mountPropagation`; allowed: all but `Bidirectional`, which the API accepts for
 * privileged containers only (kubernetes v1.34 validation.go:1387), so it becomes
 * `HostToContainer`: mounts of the host still arrive.
 *
 * An unset `privileged` is as hard as `false`. It is written out all the same in a pod that is
 * changed anyway, so that whoever reads the stored pod need not know the default: see `harden.ts`.
 */
import { mapTreated, mapShared, withSecurityContext } from '../pod/containers.ts';
import { shown } from '../text.ts';
import type { Container, VolumeMount } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const noPrivileged: Rule = {
  id: 'no-privileged',
  level: 'immutable',
  title: 'No privileged container',
  why: 'A privileged container remounts its root writable and writes /proc/sys of the host.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapTreated(pod, context, (container) =>
      narrowPropagation(removePrivileged(container, findings), findings),
    );
    return { pod: after, findings };
  },
};

function removePrivileged(container: Container, findings: Finding[]): Container {
  if (container.securityContext?.privileged !== true) return container;
  findings.push({
    rule: 'no-privileged',
    outcome: 'changed',
    code: 'privileged-removed',
    container: container.name,
    detail: `container "${container.name}" asked for privileged: true and runs with privileged: false`,
  });
  return withSecurityContext(container, { privileged: false });
}

function narrowPropagation(container: Container, findings: Finding[]): Container {
  const mounts = container.volumeMounts;
  if (!mounts) return container;
  const narrowed = mapShared(mounts, (mount): VolumeMount => {
    if (mount.mountPropagation !== 'Bidirectional') return mount;
    findings.push({
      rule: 'no-privileged',
      outcome: 'changed',
      code: 'propagation-narrowed',
      container: container.name,
      detail: `container "${container.name}" mounts "${shown(mount.name)}" with HostToContainer propagation: Bidirectional needs a privileged container`,
    });
    return { ...mount, mountPropagation: 'HostToContainer' };
  });
  return narrowed === mounts ? container : { ...container, volumeMounts: narrowed };
}
