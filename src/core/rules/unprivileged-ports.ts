/**
 * A program that listens below 1024 can do so without being root, and without the capability that
 * root has for it.
 *
 * Field: the pod's sysctl `net.ipv4.ip_unprivileged_port_start`, `0` where a profile says
 * `lowPorts`, where a container declares such a port (seen on a real node: `listen EACCES`), and
 * where one may run as root: drop-capabilities takes NET_BIND_SERVICE from it, which root has by
 * default and binds by, whether its author declared the port or not. It is in the kubelet's safe
 * set and allowed by Pod Security Standards. Adding NET_BIND_SERVICE would do nothing for others:
 * Kubernetes gives a non-root user no ambient capabilities. With hostNetwork the API refuses the
 * sysctl's effect on the node, so it is never set; a value of the pod's author is kept.
 */
import { containersOf, withPodSecurityContext } from '../pod/containers.ts';
import { shown } from '../text.ts';
import type { RuleContext } from '../context/context.ts';
import type { Container, Pod, Sysctl } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule, RuleResult } from './rule.ts';

const sysctl = 'net.ipv4.ip_unprivileged_port_start';

export const unprivilegedPorts: Rule = {
  id: 'unprivileged-ports',
  level: 'restricted',
  title: 'Low ports for non-root users',
  why: 'nginx and httpd listen on port 80 and run as a user who may not; nor may root, once its capabilities are dropped.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    const containers = containersOf(pod, ['initContainers', 'containers']).filter(
      (container) => !context.isSeed(container),
    );
    const needing = containers.filter((container) => needsLowPort(container, context));
    if (needing.length > 0) return openPorts(pod, needing, 'needs a port below 1024');
    // Nobody said that these need one: not worth a finding where it cannot be opened.
    if (pod.spec.hostNetwork === true || ownSysctl(pod) !== undefined) return { pod, findings: [] };
    const root = pod.spec.containers.filter((container) => mayBeRoot(container, pod, context));
    return openPorts(pod, root, 'may run as root, and has no capability to bind one below 1024');
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

function openPorts(pod: Pod, containers: readonly Container[], why: string): RuleResult {
  const rule = 'unprivileged-ports';
  const [first] = containers;
  if (first === undefined) return { pod, findings: [] };
  if (pod.spec.hostNetwork === true) {
    const findings = containers.map(({ name }): Finding => ({
      rule,
      outcome: 'conflict',
      code: 'low-ports-host-network',
      container: name,
      detail: `container "${name}" needs a port below 1024, which on the host's network takes NET_BIND_SERVICE`,
    }));
    return { pod, findings };
  }
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  const own = ownSysctl(pod);
  if (own !== undefined) return { pod, findings: own.value === '0' ? [] : [kept(own.value)] };
  return {
    pod: withPodSecurityContext(pod, { sysctls: [...sysctls, { name: sysctl, value: '0' }] }),
    findings: [
      {
        rule,
        outcome: 'changed',
        code: 'low-ports-opened',
        detail: `the pod runs with ${sysctl}=0, since container "${first.name}" ${why}`,
      },
    ],
  };
}

/**
 * The pod's own. The kubelet takes slashes for dots (kubernetes v1.34 pkg/kubelet/sysctl/util.go):
 * beside one that is spelt so ours would be a second.
 */
function ownSysctl(pod: Pod): Sysctl | undefined {
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return sysctls.find(({ name }) => name.replaceAll('/', '.') === sysctl);
}

function kept(value: string): Finding {
  return {
    rule: 'unprivileged-ports',
    outcome: 'skipped',
    code: 'low-ports-kept',
    detail: `the pod sets ${sysctl}=${shown(value)} itself`,
  };
}
