/**
 * All capabilities are dropped, and none but NET_BIND_SERVICE is added.
 *
 * Restricted fields: `securityContext.capabilities.drop` of every container must hold `ALL`, spelt
 * so; `capabilities.add` may hold `NET_BIND_SERVICE` only (pod-security-admission
 * policy/check_capabilities_restricted.go).
 *
 * A program whose file carries a capability cannot be executed where that one is missing from the
 * bounding set: exec fails with EPERM, whoever the user is (linux security/commoncap.c,
 * bprm_caps_from_vfs_caps). Where the profile names NET_BIND_SERVICE so, it is added; any other one
 * is a conflict.
 */
import { mapTreated, withSecurityContext } from '../pod/containers.ts';
import { shownList } from '../text.ts';
import type { RuleContext } from '../context/context.ts';
import type { Capabilities, Container } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

const allowed = 'NET_BIND_SERVICE';

export const dropCapabilities: Rule = {
  id: 'drop-capabilities',
  level: 'restricted',
  title: 'All capabilities dropped',
  why: 'A program that runs as its own user needs none of the fourteen that a runtime gives by default.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapTreated(pod, context, (container) => dropAll(container, context, findings));
    return { pod: after, findings };
  },
};

function dropAll(container: Container, context: RuleContext, findings: Finding[]): Container {
  const { name } = container;
  const needed = context.isSeed(container)
    ? []
    : context.profileOf(container).profile.fileCapabilities;
  const before = container.securityContext?.capabilities ?? {};
  const narrowed = withoutAdded(before, name, findings);
  const after = withAllDropped(withNeeded(narrowed, needed, name, findings), name, findings);
  return after === before ? container : withSecurityContext(container, { capabilities: after });
}

function withoutAdded(before: Capabilities, container: string, findings: Finding[]): Capabilities {
  const add = before.add ?? [];
  const kept = add.filter((name) => name === allowed);
  if (kept.length === add.length) return before;
  const gone = add.filter((name) => name !== allowed);
  findings.push({
    rule: 'drop-capabilities',
    outcome: 'changed',
    code: 'capability-removed',
    container,
    detail: `container "${container}" asked for ${shownList(gone)} and runs without`,
  });
  return { ...before, add: kept };
}

function withNeeded(
  before: Capabilities,
  needed: readonly string[],
  container: string,
  findings: Finding[],
): Capabilities {
  const rule = 'drop-capabilities';
  for (const name of needed.filter((each) => each !== allowed)) {
    findings.push({
      rule,
      outcome: 'conflict',
      code: 'file-capability',
      container,
      detail: `container "${container}" runs a program whose file carries ${name}, which cannot be executed without it`,
    });
  }
  const add = before.add ?? [];
  if (!needed.includes(allowed) || add.includes(allowed)) return before;
  findings.push({
    rule,
    outcome: 'changed',
    code: 'capability-kept',
    container,
    detail: `container "${container}" keeps ${allowed}: its program's file carries it and cannot be executed without it`,
  });
  return { ...before, add: [...add, allowed] };
}

function withAllDropped(
  before: Capabilities,
  container: string,
  findings: Finding[],
): Capabilities {
  const drop = before.drop ?? [];
  if (drop.includes('ALL')) return before;
  findings.push({
    rule: 'drop-capabilities',
    outcome: 'changed',
    code: 'capabilities-dropped',
    container,
    detail: `container "${container}" runs with all capabilities dropped`,
  });
  // Not by spreading: V8 keeps such a copy that is given a new key until the next full collection
  // (test/retention.test.ts).
  return Object.assign({}, before, { drop: [...drop, 'ALL'] });
}
