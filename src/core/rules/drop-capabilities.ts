/**
 * All capabilities are dropped, and none but NET_BIND_SERVICE is added.
 *
 * Fields:
 * - `securityContext.capabilities.drop` of every container
 * - `securityContext.capabilities.add` of every container
 *
 * Allowed:
 * - `drop` holds `ALL`, in capitals
 * - `add` holds `NET_BIND_SERVICE` or nothing
 *
 * Source: pod-security-admission policy/check_capabilities_restricted.go, v1.34.
 *
 * A program whose file carries a capability cannot be executed where that one is missing from the
 * bounding set: exec fails with EPERM, whoever the user is (linux security/commoncap.c,
 * bprm_caps_from_vfs_caps). Where the profile names NET_BIND_SERVICE as such, it is added. Any
 * other one is a conflict.
 */
import { withSecurityContext, withAdd, withDrop } from '../pod/change.ts';
import { mapTreated } from '../pod/containers.ts';
import { addedField } from '../pod/capabilities.ts';
import type { RuleContext } from '../context/context.ts';
import type { Capabilities, Container } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

const allowed = 'NET_BIND_SERVICE';

export const dropCapabilities: Rule = {
  id: 'drop-capabilities',
  level: 'restricted',
  title: 'All capabilities dropped',
  why: 'A program that runs as its own user needs none of the fourteen that a runtime gives by default.',
  scopes: anyScope,
  apply: (pod, context, report) =>
    mapTreated(pod, context, (container) => dropAll(container, context, report)),
};

const field = '/securityContext/capabilities';

function dropAll(container: Container, context: RuleContext, report: Report): Container {
  const needed = context.isSeed(container)
    ? []
    : context.profileOf(container).profile.fileCapabilities;
  const before = container.securityContext?.capabilities ?? {};
  const narrowed = withoutAdded(before, container, report);
  const after = withAllDropped(withNeeded(narrowed, needed, container, report), container, report);
  return after === before ? container : withSecurityContext(container, { capabilities: after });
}

function withoutAdded(before: Capabilities, container: Container, report: Report): Capabilities {
  const add = before.add ?? [];
  const kept = add.filter((name) => name === allowed);
  if (kept.length === add.length) return before;
  const gone = add.filter((name) => name !== allowed);
  report.container(container, 'capability-removed', addedField(report.original(container), gone), {
    names: gone,
  });
  return withAdd(before, kept);
}

function withNeeded(
  before: Capabilities,
  needed: readonly string[],
  container: Container,
  report: Report,
): Capabilities {
  for (const name of needed.filter((each) => each !== allowed)) {
    report.container(container, 'file-capability', `${field}/add`, { name });
  }
  const add = before.add ?? [];
  if (!needed.includes(allowed) || add.includes(allowed)) return before;
  report.container(container, 'capability-kept', `${field}/add`, { name: allowed });
  return withAdd(before, [...add, allowed]);
}

function withAllDropped(before: Capabilities, container: Container, report: Report): Capabilities {
  const drop = before.drop ?? [];
  if (drop.includes('ALL')) return before;
  report.container(container, 'capabilities-dropped', `${field}/drop`);
  return withDrop(before, [...drop, 'ALL']);
}
