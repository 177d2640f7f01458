/**
 * What Pod Security Standards `restricted` forbids and no mutation can mend without changing what
 * the pod is for.
 *
 * Fields that are looked at, and never changed: `hostNetwork`, `hostPID`, `hostIPC`; the types of
 * `volumes`; `ports[].hostPort`; `procMount`; `sysctls`; `seLinuxOptions`; `appArmorProfile` and
 * its older annotation; `windowsOptions.hostProcess`; `host` in probes and hooks
 * (pod-security-admission policy/check_{hostNamespaces,
 * restrictedVolumes,hostPorts,procMount,sysctls,seLinuxOptions,appArmorProfile,windowsHostProcess,
 * hostProbesAndhostLifecycle}.go, as of v1.34). Of a new ephemeral container only its security
 * context is looked at.
 */
import { actionsOf, containersOf } from '../pod/containers.ts';
import { shown, shownList } from '../text.ts';
import type { Container, HostSecurity, Pod, Volume } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const podSecurity: Rule = {
  id: 'pod-security',
  level: 'restricted',
  title: 'Nothing of the host',
  why: 'The host’s namespaces, files and ports reach beyond the container, however hard it is.',
  apply(pod, context) {
    const containers = containersOf(pod, context.lists).filter((container) =>
      context.isTreated(container),
    );
    if (context.subject.scope !== 'pod') {
      return { pod, findings: containers.flatMap(securityViolations) };
    }
    const findings = [
      ...hostNamespaces(pod),
      ...volumeTypes(pod.spec.volumes ?? []),
      ...sysctls(pod),
      ...hostSecurityViolations(pod.spec.securityContext),
      ...containers.flatMap((container) => [
        ...hostPorts(container, pod),
        ...securityViolations(container),
        ...hostProbes(container),
      ]),
      ...appArmorAnnotations(pod),
    ];
    return { pod, findings };
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
      : [conflict('volume-type', `volume "${volume.name}" is of type ${shown(type)}`)];
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
    .map(({ name }) => conflict('unsafe-sysctl', `the pod sets the sysctl ${shown(name)}`));
}

/**
 * On the host's network every port is one of the host: the API server fills in the same number
 * (defaults.go, v1.34).
 */
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
          `container "${name}" asks for the host's port ${shownList(numbers)}`,
          name,
        ),
      ];
}

function securityViolations({ name, securityContext }: Container): readonly Finding[] {
  const procMount = securityContext?.procMount;
  return [
    ...(procMount && procMount !== 'Default'
      ? [
          conflict(
            'proc-mount',
            `container "${name}" asks for procMount: ${shown(procMount)}`,
            name,
          ),
        ]
      : []),
    ...hostSecurityViolations(securityContext, name),
  ];
}

const allowedSeLinuxTypes = new Set([
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);

/**
 * What the pod and each of its containers can set; `container` is absent for the pod's own fields.
 */
function hostSecurityViolations(
  given: HostSecurity | null | undefined,
  container?: string,
): readonly Finding[] {
  const who = container === undefined ? 'the pod' : `container "${container}"`;
  const faults: Finding[] = [];
  const { type, user, role } = given?.seLinuxOptions ?? {};
  const selinux = [
    ...(type && !allowedSeLinuxTypes.has(type) ? [`type: ${shown(type)}`] : []),
    ...(user ? [`user: ${shown(user)}`] : []),
    ...(role ? [`role: ${shown(role)}`] : []),
  ];
  if (selinux.length > 0) {
    const asked = selinux.join(', ');
    faults.push(conflict('selinux-options', `${who} asks for the SELinux ${asked}`, container));
  }
  if (isAppArmorOff(given)) {
    faults.push(conflict('app-armor', `${who} asks to run without AppArmor`, container));
  }
  if (given?.windowsOptions?.hostProcess === true) {
    faults.push(conflict('host-process', `${who} asks to be a process of its host`, container));
  }
  return faults;
}

function isAppArmorOff(given: HostSecurity | null | undefined): boolean {
  const profile = given?.appArmorProfile;
  return profile != null && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
}

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/**
 * The field's predecessor. The API server copies it into the field after mutation (kubernetes v1.34
 * strategy.go, applyAppArmorVersionSkew), so that a stored pod has both: one finding is enough.
 */
function appArmorAnnotations(pod: Pod): readonly Finding[] {
  const off = Object.entries(pod.metadata?.annotations ?? {}).filter(
    ([key, value]) =>
      key.startsWith(appArmorPrefix) &&
      value &&
      value !== 'runtime/default' &&
      !value.startsWith('localhost/'),
  );
  if (off.length === 0) return [];
  const containers = new Map(containersOf(pod).map((each) => [each.name, each]));
  return off.flatMap(([key]) => {
    const name = key.slice(appArmorPrefix.length);
    const container = containers.get(name);
    if (isAppArmorOff(container?.securityContext)) return [];
    const detail = `an annotation asks for container "${shown(name)}" to run without AppArmor`;
    return [conflict('app-armor', detail, container?.name)];
  });
}

/** A request that the kubelet sends from the node, to wherever the pod's author says. */
function hostProbes(container: Container): readonly Finding[] {
  const { name } = container;
  return actionsOf(container).flatMap(([field, { httpGet, tcpSocket }]) => {
    const hosts = [httpGet?.host, tcpSocket?.host].filter((host) => host);
    return hosts.length > 0
      ? [
          conflict(
            'host-probe',
            `container "${name}" names the host ${shownList(hosts)} in its ${field}`,
            name,
          ),
        ]
      : [];
  });
}
