/**
 * No container runs privileged.
 *
 * Fields:
 * - `securityContext.privileged` of every container
 * - `volumeMounts[*].mountPropagation` of every container
 *
 * Allowed:
 * - `privileged`: unset, `false`
 * - `mountPropagation`: all but `Bidirectional`, which the API accepts for privileged containers
 *   only. It becomes `HostToContainer`: mounts of the host still arrive.
 *
 * Source: pod-security-admission policy/check_privileged.go; kubernetes pkg/apis/core/validation
 * validation.go:1387, v1.34.
 *
 * An unset `privileged` is as hard as `false`. In a pod that is changed anyway it is written out
 * all the same, by a step of its own.
 */
import { withSecurityContext, withMounts, withMountFields } from '../pod/change.ts';
import { mapContainers, mapShared, mapTreated } from '../pod/containers.ts';
import type { Container, VolumeMount } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule, Step } from './rule.ts';

export const noPrivileged: Rule = {
  id: 'no-privileged',
  level: 'immutable',
  title: 'No privileged container',
  why: 'A privileged container remounts its root writable and writes /proc/sys of the host.',
  scopes: anyScope,
  apply: (pod, context, report) =>
    mapTreated(pod, context, (container) =>
      narrowPropagation(removePrivileged(container, report), report),
    ),
};

/**
 * An unset `privileged` means `false`, so it alone is no reason to change a pod. In one that is
 * changed anyway it is written out: whoever reads the stored pod, or checks it with a policy, need
 * not know the default. It takes nothing away, so no Exemption spares a container this.
 */
export const setPrivilegedExplicitly: Step = {
  id: 'no-privileged',
  level: 'immutable',
  scopes: anyScope,
  apply: (pod, context) =>
    pod === context.original
      ? pod
      : mapContainers(pod, context.lists, (container) =>
          context.acceptsChange(container) && container.securityContext?.privileged == null
            ? withSecurityContext(container, { privileged: false })
            : container,
        ),
};

function removePrivileged(container: Container, report: Report): Container {
  if (container.securityContext?.privileged !== true) return container;
  report.container(container, 'privileged-removed', '/securityContext/privileged');
  return withSecurityContext(container, { privileged: false });
}

function narrowPropagation(container: Container, report: Report): Container {
  const mounts = container.volumeMounts;
  if (!mounts) return container;
  const narrowed = mapShared(mounts, (mount): VolumeMount => {
    if (mount.mountPropagation !== 'Bidirectional') return mount;
    report.container(container, 'propagation-narrowed', report.mountField(container, mount), {
      volume: mount.name,
    });
    return withMountFields(mount, { mountPropagation: 'HostToContainer' });
  });
  return narrowed === mounts ? container : withMounts(container, narrowed);
}
