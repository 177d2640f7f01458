/**
 * Every container's root filesystem is read-only.
 *
 * Restricted field: `securityContext.readOnlyRootFilesystem` of every container; allowed: `true`. Where no profile
 * matches the image and the policy says `skip`, the container is left as it is.
 */
import { mapContainers, withSecurityContext } from '../containers.ts';
import type { Container } from '../pod.ts';
import type { RuleContext } from '../context.ts';
import type { Finding, Rule } from './rule.ts';

export const readOnlyRoot: Rule = {
  id: 'read-only-root',
  level: 'immutable',
  title: 'Read-only root filesystem',
  why: 'What the image holds cannot be changed at run time, by an intruder or by the program itself.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapContainers(pod, context.lists, (container) =>
      context.isTreated(container) ? makeReadOnly(container, context, findings) : container,
    );
    return { pod: after, findings };
  },
};

function makeReadOnly(container: Container, context: RuleContext, findings: Finding[]): Container {
  const { name } = container;
  const before = container.securityContext?.readOnlyRootFilesystem;
  if (before === true) return container;
  if (context.profileOf(container).skipped) {
    findings.push({
      rule: 'read-only-root',
      outcome: 'skipped',
      code: 'unprofiled-skipped',
      container: name,
      detail: `container "${name}" keeps a writable root: no profile matches its image`,
    });
    return container;
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
  // The pod is changed, so `privileged` is written out: see `harden.ts`, which does it for the other containers.
  const unset = container.securityContext?.privileged == null;
  return withSecurityContext(container, {
    readOnlyRootFilesystem: true,
    ...(unset && { privileged: false }),
  });
}
