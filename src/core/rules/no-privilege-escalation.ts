/**
 * No process gains more privileges than its parent.
 *
 * Fields:
 * - `securityContext.allowPrivilegeEscalation` of every container
 *
 * Allowed: `false`
 *
 * Source: pod-security-admission policy/check_allowPrivilegeEscalation.go, v1.34.
 *
 * Limits: the API refuses `false` beside `privileged: true` and beside an added `CAP_SYS_ADMIN`
 * (kubernetes v1.34 validation.go, ValidateSecurityContext). Where an Exemption lets one of them
 * through, it is not set, and reported.
 */
import { withSecurityContext } from '../pod/change.ts';
import { mapTreated } from '../pod/containers.ts';
import type { RuleContext } from '../context/context.ts';
import type { Container } from '../pod/pod.ts';
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
      if (needsEscalation(container, context)) {
        // One that copies files for another has the other's security context.
        if (!context.isSeed(container)) {
          report.container(container, 'escalation-kept', '/securityContext/privileged');
        }
        return container;
      }
      const code = before === true ? 'escalation-overridden' : 'escalation-disabled';
      report.container(container, code, '/securityContext/allowPrivilegeEscalation');
      return withSecurityContext(container, { allowPrivilegeEscalation: false });
    }),
};

/** By the text that the API compares, which takes `SYS_ADMIN`. A later rule may remove it. */
function needsEscalation(container: Container, context: RuleContext): boolean {
  const { privileged, capabilities } = container.securityContext ?? {};
  if (privileged === true) return true;
  return (
    capabilities?.add?.includes('CAP_SYS_ADMIN') === true &&
    context.exemptionOf('drop-capabilities', container) !== undefined
  );
}
