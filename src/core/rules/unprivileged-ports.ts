/**
 * A program that listens below 1024 can do so without being root, and without the capability that
 * root has for it.
 *
 * Fields:
 * - `spec.securityContext.sysctls`: `net.ipv4.ip_unprivileged_port_start`
 *
 * Allowed: a value of the author's. It is set to `0` where
 * - a profile says `lowPorts`
 * - a container declares such a port (seen on a real node: `listen EACCES`)
 * - a container may run as root: drop-capabilities takes NET_BIND_SERVICE from it, by which root
 *   binds whether its author declared the port or not
 *
 * Source: the kubelet's safe set of sysctls, which Pod Security Standards allow.
 *
 * Limits:
 * - With hostNetwork the API refuses the sysctl's effect on the node, so it is never set.
 * - Adding NET_BIND_SERVICE would do nothing for others: Kubernetes gives a non-root user no
 *   ambient capabilities.
 */
import { withPodSecurityContext } from '../pod/change.ts';
import { containersOf } from '../pod/containers.ts';
import type { RuleContext } from '../context/context.ts';
import type { Container, Pod } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

const sysctl = 'net.ipv4.ip_unprivileged_port_start';

export const unprivilegedPorts: Rule = {
  id: 'unprivileged-ports',
  level: 'restricted',
  title: 'Low ports for non-root users',
  why: 'nginx and httpd listen on port 80 and run as a user who may not; nor may root, once its capabilities are dropped.',
  scopes: podScope,
  apply(pod, context, report) {
    const containers = containersOf(pod, ['initContainers', 'containers']).filter(
      (container) => !context.isSeed(container) && context.isTreated(container),
    );
    const needing = containers.filter((container) => needsLowPort(container, context));
    if (needing.length > 0) return openPorts(pod, needing, report);
    // Nobody said that these need one: not worth a finding where it cannot be opened.
    if (pod.spec.hostNetwork === true || ownSysctl(pod) >= 0) return pod;
    const root = pod.spec.containers.find(
      (container) => context.isTreated(container) && mayBeRoot(container, pod, context),
    );
    return root === undefined ? pod : setSysctl(pod, root, true, report);
  },
};

function needsLowPort(container: Container, context: RuleContext): boolean {
  if (context.profileOf(container).profile.lowPorts) return true;
  return (container.ports ?? []).some(({ containerPort }) => isLow(containerPort));
}

function mayBeRoot(container: Container, pod: Pod, context: RuleContext): boolean {
  const [own, shared] = [container.securityContext, pod.spec.securityContext];
  const user =
    own?.runAsUser ?? shared?.runAsUser ?? context.profileOf(container).profile.user?.uid;
  if (user !== undefined) return user === 0;
  return (own?.runAsNonRoot ?? shared?.runAsNonRoot) !== true;
}

function isLow(port: number | null | undefined): boolean {
  return port != null && port > 0 && port < 1024;
}

const sysctlsField = '/spec/securityContext/sysctls';

function openPorts(pod: Pod, containers: readonly Container[], report: Report): Pod {
  const [first] = containers;
  if (first === undefined) return pod;
  if (pod.spec.hostNetwork === true) {
    for (const container of containers) {
      report.container(container, 'low-ports-host-network', portField(container));
    }
    return pod;
  }
  const index = ownSysctl(pod);
  if (index < 0) return setSysctl(pod, first, false, report);
  const value = pod.spec.securityContext?.sysctls?.[index]?.value ?? '';
  if (value !== '0') report.pod('low-ports-kept', `${sysctlsField}/${index}`, { value });
  return pod;
}

/** The port that the container declares; the container itself where its image needs one. */
function portField({ ports }: Container): string {
  const index = ports?.findIndex(({ containerPort }) => isLow(containerPort)) ?? -1;
  return index < 0 ? '' : `/ports/${index}`;
}

function setSysctl(pod: Pod, { name }: Container, asRoot: boolean, report: Report): Pod {
  report.pod('low-ports-opened', sysctlsField, { container: name, asRoot });
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return withPodSecurityContext(pod, { sysctls: [...sysctls, { name: sysctl, value: '0' }] });
}

/**
 * The index of the pod's own, or -1. The kubelet takes slashes for dots (kubernetes v1.34
 * pkg/kubelet/sysctl/util.go): beside one that is written so ours would be a second.
 */
function ownSysctl({ spec }: Pod): number {
  const sysctls = spec.securityContext?.sysctls ?? [];
  return sysctls.findIndex(({ name }) => name.replaceAll('/', '.') === sysctl);
}
