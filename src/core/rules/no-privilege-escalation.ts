/**
 * No process gains more privileges than its parent.
 *
 * Fields:
 * - `securityContext.allowPrivilegeEscalation` of every container
 *
 * Allowed: `false`
 *
 * Source: pod-security-admission policy/check_allowPrivilegeEscalation.go, v1.34.
 */
import { withSecurityContext } from '../pod/change.ts';
import { mapTreated } from '../pod/containers.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const noPrivilegeEscalation: Rule = {
  id: 'no-privilege-escalation',
  level: 'restricted',
  title: 'No privilege escalation',
  why: 'Without no_new_privs a set-user-ID binary gives its caller the rights of its owner.',
  scopes: anyScope,
  apply: (pod, context, report) =>
    mapTreated(pod, context, (container) => {
      const before = container.securityContext?.allowPrivilegeEscalation;
      if (before === false) return container;
      const code = before === true ? 'escalation-overridden' : 'escalation-disabled';
      report.container(container, code, '/securityContext/allowPrivilegeEscalation');
      return withSecurityContext(container, { allowPrivilegeEscalation: false });
    }),
};
