/**
 * A program that listens below 1024 can do so without being root.
 *
 * Field: the pod's sysctl `net.ipv4.ip_unprivileged_port_start`, `0` where a profile says `lowPorts`, or where a container
 * that runs as its profile's user declares such a port (seen on a real node: `listen EACCES`). It is in the kubelet's safe set and allowed by Pod Security Standards. NET_BIND_SERVICE would do nothing: Kubernetes gives a
 * non-root user no ambient capabilities. With hostNetwork the API refuses the sysctl's effect on the node, so it is
 * never set; a value of the pod's author is kept.
 */
import { containersOf } from '../containers.ts';
import type { RuleContext } from '../context.ts';
import type { Container, Pod } from '../pod.ts';
import type { Finding, Rule, RuleResult } from './rule.ts';

const sysctl = 'net.ipv4.ip_unprivileged_port_start';

export const unprivilegedPorts: Rule = {
  id: 'unprivileged-ports',
  level: 'restricted',
  title: 'Low ports for non-root users',
  why: 'nginx and httpd listen on port 80, and run as a user who may not.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    const needing = containersOf(pod, ['initContainers', 'containers']).filter(
      (container) => !context.isSeed(container) && needsLowPort(container, pod, context),
    );
    return openPorts(
      pod,
      needing.map(({ name }) => name),
    );
  },
};

/**
 * Whether the container listens below 1024: its profile says so, or it declares such a port and runs as its profile's
 * user, who is not the root that its author may have counted on.
 */
function needsLowPort(container: Container, pod: Pod, context: RuleContext): boolean {
  const { lowPorts, user } = context.profileOf(container).profile;
  if (lowPorts || user === undefined) return lowPorts;
  const asked = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  if (asked != null && asked !== user.uid) return false;
  return (container.ports ?? []).some(({ containerPort }) => isLow(containerPort));
}

function isLow(port: number | null | undefined): boolean {
  return port != null && port > 0 && port < 1024;
}

function openPorts(pod: Pod, containers: readonly string[]): RuleResult {
  const rule = 'unprivileged-ports';
  const [first] = containers;
  if (first === undefined) return { pod, findings: [] };
  if (pod.spec.hostNetwork === true) {
    const findings = containers.map((container): Finding => ({
      rule,
      outcome: 'conflict',
      code: 'low-ports-host-network',
      container,
      detail: `container "${container}" needs a port below 1024, which the host's network does not give to a non-root user`,
    }));
    return { pod, findings };
  }
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  // The kubelet takes slashes for dots (kubernetes v1.34 pkg/kubelet/sysctl/util.go): beside such a one ours would be a second.
  const own = sysctls.find(({ name }) => name.replaceAll('/', '.') === sysctl);
  if (own !== undefined) return { pod, findings: own.value === '0' ? [] : [kept(own.value)] };
  const securityContext = {
    ...pod.spec.securityContext,
    sysctls: [...sysctls, { name: sysctl, value: '0' }],
  };
  return {
    pod: { ...pod, spec: { ...pod.spec, securityContext } },
    findings: [
      {
        rule,
        outcome: 'changed',
        code: 'low-ports-opened',
        detail: `the pod runs with ${sysctl}=0, since container "${first}" needs a port below 1024`,
      },
    ],
  };
}

function kept(value: string): Finding {
  return {
    rule: 'unprivileged-ports',
    outcome: 'skipped',
    code: 'low-ports-kept',
    detail: `the pod sets ${sysctl}=${value} itself`,
  };
}
