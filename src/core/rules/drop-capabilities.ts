/**
 * All capabilities are dropped, and none but NET_BIND_SERVICE is added.
 *
 * Restricted fields: `securityContext.capabilities.drop` of every container must hold `ALL`, spelt so;
 * `capabilities.add` may hold `NET_BIND_SERVICE` only (pod-security-admission policy/check_capabilities_restricted.go).
 */
import { mapContainers, withSecurityContext } from '../containers.ts';
import type { Capabilities, Container } from '../pod.ts';
import type { Finding, Rule } from './rule.ts';

export const dropCapabilities: Rule = {
  id: 'drop-capabilities',
  level: 'restricted',
  title: 'All capabilities dropped',
  why: 'A program that runs as its own user needs none of the fourteen that a runtime gives by default.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapContainers(pod, context.lists, (container) =>
      context.isTreated(container) ? dropAll(container, findings) : container,
    );
    return { pod: after, findings };
  },
};

function dropAll(container: Container, findings: Finding[]): Container {
  const before = container.securityContext?.capabilities ?? {};
  const after = withAllDropped(
    withoutAdded(before, container.name, findings),
    container.name,
    findings,
  );
  return after === before ? container : withSecurityContext(container, { capabilities: after });
}

function withoutAdded(before: Capabilities, container: string, findings: Finding[]): Capabilities {
  const add = before.add ?? [];
  const kept = add.filter((name) => name === 'NET_BIND_SERVICE');
  if (kept.length === add.length) return before;
  const gone = add.filter((name) => name !== 'NET_BIND_SERVICE');
  findings.push({
    rule: 'drop-capabilities',
    outcome: 'changed',
    code: 'capability-removed',
    container,
    detail: `container "${container}" asked for ${gone.join(', ')} and runs without`,
  });
  return { ...before, add: kept };
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
  return { ...before, drop: [...drop, 'ALL'] };
}
