/**
 * Every container runs under a seccomp profile.
 *
 * Fields:
 * - `spec.securityContext.seccompProfile.type`
 * - `securityContext.seccompProfile.type` of every container
 *
 * Allowed: `RuntimeDefault`, `Localhost`; unset for a container, where the pod has one of them
 *
 * Source: pod-security-admission policy/check_seccompProfile_restricted.go, v1.34.
 *
 * It is set on the pod, and a container without one inherits it. A container's own `Unconfined` is
 * replaced. A new ephemeral container of a pod without one gets its own, and so does each container
 * of a pod where an Exemption lets another one go without.
 */
import { withPodSecurityContext, withSecurityContext } from '../pod/change.ts';
import { containersOf, mapTreated } from '../pod/containers.ts';
import type { Pod, SeccompProfile } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const seccomp: Rule = {
  id: 'seccomp',
  level: 'restricted',
  title: 'A seccomp profile',
  why: 'The runtime’s default profile denies the system calls that container escapes are made of.',
  scopes: anyScope,
  apply(pod, context, report) {
    const { scope } = context.subject;
    const onWholePod = scope === 'pod' && !sparesInheritor(pod, context);
    const inherits = onWholePod || isConfined(pod.spec.securityContext?.seccompProfile);
    const confined = mapTreated(pod, context, (container) => {
      const profile = container.securityContext?.seccompProfile;
      if (isConfined(profile)) return container;
      if (!profile && inherits) return container;
      report.container(container, codeFor(profile), '/securityContext/seccompProfile');
      return withSecurityContext(container, { seccompProfile: { type: 'RuntimeDefault' } });
    });
    return onWholePod ? onPod(confined, report) : confined;
  },
};

/** Whether a container that is spared this rule would inherit what is set on the pod. */
function sparesInheritor(pod: Pod, context: RuleContext): boolean {
  return containersOf(pod).some(
    (container) => !container.securityContext?.seccompProfile && !context.isTreated(container),
  );
}

function codeFor(before: SeccompProfile | null | undefined): 'seccomp-overridden' | 'seccomp-set' {
  return before ? 'seccomp-overridden' : 'seccomp-set';
}

function onPod(pod: Pod, report: Report): Pod {
  const before = pod.spec.securityContext?.seccompProfile;
  if (isConfined(before)) return pod;
  const everyOwn = containersOf(pod).every(({ securityContext }) =>
    isConfined(securityContext?.seccompProfile),
  );
  if (!before && everyOwn) return pod;
  report.pod(codeFor(before), '/spec/securityContext/seccompProfile');
  return withPodSecurityContext(pod, { seccompProfile: { type: 'RuntimeDefault' } });
}

function isConfined(profile: SeccompProfile | null | undefined): boolean {
  return profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost';
}
