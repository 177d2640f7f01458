/**
 * No container holds SYS_ADMIN.
 *
 * Restricted fields: `securityContext.capabilities.add` of every container: SYS_ADMIN in any spelling is taken out.
 * With `ALL` in it, SYS_ADMIN stands in `capabilities.drop`, spelt so: containerd puts CAP_ before what it finds and
 * folds case, so `CAP_SYS_ADMIN` in `drop` would have no effect there, while `add` is cleaned of every spelling that
 * any runtime may understand (containerd v2.1 internal/cri/opts/spec_linux_opts.go, cri-o and dockerd strip CAP_).
 */
import { mapContainers, withSecurityContext } from '../containers.ts';
import type { Capabilities, Container } from '../pod.ts';
import type { Finding, Rule } from './rule.ts';

export const noRemount: Rule = {
  id: 'no-remount',
  level: 'immutable',
  title: 'No capability to remount the root filesystem',
  why: 'With SYS_ADMIN, `mount -o remount,rw /` succeeds on a read-only root.',
  apply(pod, context) {
    const findings: Finding[] = [];
    const after = mapContainers(pod, context.lists, (container) =>
      context.isTreated(container) ? withoutSysAdmin(container, findings) : container,
    );
    return { pod: after, findings };
  },
};

function withoutSysAdmin(container: Container, findings: Finding[]): Container {
  const before = container.securityContext?.capabilities;
  if (!before?.add || before.add.length === 0) return container;
  const after = dropByName(
    removeFromAdd(before, container.name, findings),
    container.name,
    findings,
  );
  return after === before ? container : withSecurityContext(container, { capabilities: after });
}

function removeFromAdd(
  capabilities: Capabilities,
  container: string,
  findings: Finding[],
): Capabilities {
  const add = capabilities.add ?? [];
  const kept = add.filter((name) => capabilityName(name) !== 'SYS_ADMIN');
  if (kept.length === add.length) return capabilities;
  findings.push({
    rule: 'no-remount',
    outcome: 'changed',
    code: 'sys-admin-removed',
    container,
    detail: `container "${container}" asked for the capability SYS_ADMIN and runs without it`,
  });
  return { ...capabilities, add: kept };
}

function dropByName(
  capabilities: Capabilities,
  container: string,
  findings: Finding[],
): Capabilities {
  const drop = capabilities.drop ?? [];
  const addsAll = (capabilities.add ?? []).some((name) => capabilityName(name) === 'ALL');
  if (!addsAll || drop.some((name) => name.toUpperCase() === 'SYS_ADMIN')) return capabilities;
  findings.push({
    rule: 'no-remount',
    outcome: 'changed',
    code: 'sys-admin-dropped',
    container,
    detail: `container "${container}" asked for all capabilities and runs without SYS_ADMIN`,
  });
  return { ...capabilities, drop: [...drop, 'SYS_ADMIN'] };
}

/** The name as the kernel knows it, without its prefix. */
export function capabilityName(text: string): string {
  const upper = text.toUpperCase();
  return upper.startsWith('CAP_') ? upper.slice('CAP_'.length) : upper;
}
