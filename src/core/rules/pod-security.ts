/**
 * What Pod Security Standards `restricted` forbids and no mutation can mend without changing what the pod is for.
 *
 * Fields that are looked at, and never changed: `hostNetwork`, `hostPID`, `hostIPC`; the types of `volumes`;
 * `ports[].hostPort`; `procMount`; `sysctls` (pod-security-admission policy/check_{hostNamespaces,restrictedVolumes,
 * hostPorts,procMount,sysctls}.go). SELinux and AppArmor options are left to Pod Security Admission itself.
 */
import { containersOf } from '../containers.ts';
import type { Container, Pod, Volume } from '../pod.ts';
import type { Finding, Rule } from './rule.ts';

export const podSecurity: Rule = {
  id: 'pod-security',
  level: 'restricted',
  title: 'Nothing of the host',
  why: 'The host’s namespaces, files and ports reach beyond the container, however hard it is.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    return {
      pod,
      findings: [
        ...hostNamespaces(pod),
        ...volumeTypes(pod.spec.volumes ?? []),
        ...sysctls(pod),
        ...containersOf(pod).flatMap((container) => [
          ...hostPorts(container, pod),
          ...containerFaults(container),
        ]),
      ],
    };
  },
};

function conflict(code: Finding['code'], detail: string, container?: string): Finding {
  return {
    rule: 'pod-security',
    outcome: 'conflict',
    code,
    detail,
    ...(container !== undefined && { container }),
  };
}

function hostNamespaces({ spec }: Pod): readonly Finding[] {
  return (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((field) => spec[field] === true)
    .map((field) => conflict('host-namespace', `the pod uses ${field}`));
}

const allowedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

function volumeTypes(volumes: readonly Volume[]): readonly Finding[] {
  return volumes.flatMap((volume) => {
    const type = Object.keys(volume).find((key) => key !== 'name' && volume[key] != null);
    return type === undefined || allowedVolumes.has(type)
      ? []
      : [conflict('volume-type', `volume "${volume.name}" is of type ${type}`)];
  });
}

/** pod-security-admission policy/check_sysctls.go, as of v1.34. */
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);

function sysctls({ spec }: Pod): readonly Finding[] {
  return (spec.securityContext?.sysctls ?? [])
    .filter(({ name }) => !safeSysctls.has(name))
    .map(({ name }) => conflict('unsafe-sysctl', `the pod sets the sysctl ${name}`));
}

/** On the host's network every port is one of the host: the API server fills in the same number (defaults.go, v1.34). */
function hostPorts({ name, ports }: Container, { spec }: Pod): readonly Finding[] {
  const numbers = (ports ?? [])
    .map(({ containerPort, hostPort }) =>
      spec.hostNetwork === true && !hostPort ? containerPort : hostPort,
    )
    .filter((port) => port != null && port !== 0);
  return numbers.length === 0
    ? []
    : [
        conflict(
          'host-port',
          `container "${name}" asks for the host's port ${numbers.join(', ')}`,
          name,
        ),
      ];
}

function containerFaults({ name, securityContext }: Container): readonly Finding[] {
  const procMount = securityContext?.procMount;
  return procMount && procMount !== 'Default'
    ? [conflict('proc-mount', `container "${name}" asks for procMount: ${procMount}`, name)]
    : [];
}
