/**
 * No process gains more privileges than its parent.
 *
 * Restricted field: `securityContext.allowPrivilegeEscalation` of every container; allowed: `false`
 * (Pod Security Standards, restricted; pod-security-admission
 * policy/check_allowPrivilegeEscalation.go).
 */
import { mapTreated, withSecurityContext } from '../pod/containers.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const noPrivilegeEscalation: Rule = {
  id: 'no-privilege-escalation',
  level: 'restricted',
  title: 'No privilege escalation',
  why: 'Without no_new_privs a set-user-ID binary gives its caller the rights of its owner.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapTreated(pod, context, (container) => {
      const before = container.securityContext?.allowPrivilegeEscalation;
      if (before === false) return container;
      findings.push({
        rule: 'no-privilege-escalation',
        outcome: 'changed',
        code: before === true ? 'escalation-overridden' : 'escalation-disabled',
        container: container.name,
        detail: `container "${container.name}" runs with allowPrivilegeEscalation: false`,
      });
      return withSecurityContext(container, { allowPrivilegeEscalation: false });
    });
    return { pod: after, findings };
  },
};
