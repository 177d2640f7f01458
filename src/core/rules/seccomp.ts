/**
 * Every container runs under a seccomp profile.
 *
 * Restricted fields: `seccompProfile.type` of the pod or of every container; allowed:
 * `RuntimeDefault`, `Localhost` (pod-security-admission policy/check_seccompProfile_restricted.go).
 * It is set on the pod, where a container without one inherits it; a container's own `Unconfined`
 * is replaced. A new ephemeral container of a pod without one gets its own.
 */
import {
  containersOf,
  mapTreated,
  withPodSecurityContext,
  withSecurityContext,
} from '../pod/containers.ts';
import type { Pod, SeccompProfile } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const seccomp: Rule = {
  id: 'seccomp',
  level: 'restricted',
  title: 'A seccomp profile',
  why: 'The runtime’s default profile denies the system calls that container escapes are made of.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const inherits =
      context.subject.scope === 'pod' || isConfined(pod.spec.securityContext?.seccompProfile);
    const confined = mapTreated(pod, context, (container) => {
      const profile = container.securityContext?.seccompProfile;
      if (isConfined(profile)) return container;
      if (!profile && inherits) return container;
      findings.push({
        rule: 'seccomp',
        outcome: 'changed',
        code: profile ? 'seccomp-overridden' : 'seccomp-set',
        container: container.name,
        detail: profile
          ? `container "${container.name}" asked to run without seccomp and runs with RuntimeDefault`
          : `container "${container.name}" runs with the seccomp profile RuntimeDefault`,
      });
      return withSecurityContext(container, { seccompProfile: { type: 'RuntimeDefault' } });
    });
    const after = context.subject.scope === 'pod' ? onPod(confined, findings) : confined;
    return { pod: after, findings };
  },
};

function onPod(pod: Pod, findings: Finding[]): Pod {
  const before = pod.spec.securityContext?.seccompProfile;
  if (isConfined(before)) return pod;
  const everyOwn = containersOf(pod).every(({ securityContext }) =>
    isConfined(securityContext?.seccompProfile),
  );
  if (!before && everyOwn) return pod;
  findings.push({
    rule: 'seccomp',
    outcome: 'changed',
    code: before ? 'seccomp-overridden' : 'seccomp-set',
    detail: before
      ? 'the pod asked to run without seccomp and runs with RuntimeDefault'
      : 'the pod runs with the seccomp profile RuntimeDefault',
  });
  return withPodSecurityContext(pod, { seccompProfile: { type: 'RuntimeDefault' } });
}

function isConfined(profile: SeccompProfile | null | undefined): boolean {
  return profile?.type === 'RuntimeDefault' || profile?.type === 'Localhost';
}
