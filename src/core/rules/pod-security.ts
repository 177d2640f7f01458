/**
 * The pod asks for nothing else that Pod Security Standards `restricted` forbids. Nothing here can
 * be fixed without changing what the pod is for, so all of it is reported and nothing changed.
 *
 * Fields, and what is allowed:
 * - `spec.hostNetwork`, `hostPID`, `hostIPC`: unset, `false`
 * - `spec.volumes[*]`: the types of the table below
 * - `spec.securityContext.sysctls[*].name`: those of the table below
 * - `ports[*].hostPort` of every container: unset, 0
 * - `securityContext.procMount` of every container: unset, `Default`
 * - `seLinuxOptions` of the pod and every container: no `user`, no `role`, a `type` of the table
 *   below
 * - `appArmorProfile.type` of both, and its older annotation: unset, `RuntimeDefault`, `Localhost`
 * - `windowsOptions.hostProcess` of both: unset, `false`
 * - `host` of `httpGet` and `tcpSocket` in probes and hooks: unset, empty
 *
 * Source: pod-security-admission policy/check_{hostNamespaces,restrictedVolumes,sysctls,hostPorts,
 * procMount,seLinuxOptions,appArmorProfile,windowsHostProcess,hostProbesAndhostLifecycle}.go,
 * v1.34.
 *
 * Of a new ephemeral container only its security context is looked at.
 */
import { actionField, actionsOf, containersOf } from '../pod/containers.ts';
import { annotationPointer } from '../values/json-pointer.ts';
import type { Container, HostSecurity, Pod, Volume } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const podSecurity: Rule = {
  id: 'pod-security',
  level: 'restricted',
  title: 'Nothing of the host',
  why: 'The host’s namespaces, files and ports reach beyond the container, however hard it is.',
  scopes: anyScope,
  apply(pod, context, report) {
    const whole = context.subject.scope === 'pod';
    if (whole) {
      reportHostNamespaces(pod, report);
      reportVolumes(pod.spec.volumes ?? [], report);
      reportSysctls(pod, report);
      reportHostSecurity(pod.spec.securityContext, undefined, report);
    }
    for (const container of containersOf(pod, context.lists)) {
      if (!context.isTreated(container) || context.isSeed(container)) continue;
      if (whole) reportHostPorts(container, pod, report);
      reportSecurity(container, report);
      if (whole) reportHostProbes(container, report);
    }
    if (whole) reportAppArmorAnnotations(pod, context, report);
    return pod;
  },
};

function reportHostNamespaces({ spec }: Pod, report: Report): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field] === true) report.pod('host-namespace', `/spec/${field}`, { field });
  }
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

/** Volumes of ours come after those of the author. */
function reportVolumes(volumes: readonly Volume[], report: Report): void {
  let index = -1;
  for (const volume of volumes) {
    index++;
    const type = Object.keys(volume).find((key) => key !== 'name' && volume[key] != null);
    if (type === undefined || allowedVolumes.has(type)) continue;
    report.pod('volume-type', `/spec/volumes/${index}`, { volume: volume.name, type });
  }
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

function reportSysctls({ spec }: Pod, report: Report): void {
  let index = -1;
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    index++;
    if (safeSysctls.has(name)) continue;
    report.pod('unsafe-sysctl', `/spec/securityContext/sysctls/${index}`, { name });
  }
}

/**
 * On the host's network every port is one of the host: the API server fills in the same number
 * (defaults.go, v1.34).
 */
function reportHostPorts(container: Container, { spec }: Pod, report: Report): void {
  const numbers: number[] = [];
  let first = -1;
  let index = -1;
  for (const { containerPort, hostPort } of container.ports ?? []) {
    index++;
    const number = spec.hostNetwork === true && !hostPort ? containerPort : hostPort;
    if (number == null || number === 0) continue;
    if (first < 0) first = index;
    numbers.push(number);
  }
  if (first < 0) return;
  report.container(container, 'host-port', `/ports/${first}`, { ports: numbers });
}

function reportSecurity(container: Container, report: Report): void {
  const procMount = container.securityContext?.procMount;
  if (procMount && procMount !== 'Default') {
    report.container(container, 'proc-mount', '/securityContext/procMount', { procMount });
  }
  reportHostSecurity(container.securityContext, container, report);
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
function reportHostSecurity(
  given: HostSecurity | null | undefined,
  container: Container | undefined,
  report: Report,
): void {
  const { type, user, role } = given?.seLinuxOptions ?? {};
  const options: Record<string, string> = {};
  if (type && !allowedSeLinuxTypes.has(type)) options['type'] = type;
  if (user) options['user'] = user;
  if (role) options['role'] = role;
  if (Object.keys(options).length > 0) {
    const field = '/securityContext/seLinuxOptions';
    if (container) report.container(container, 'selinux-options', field, { options });
    else report.pod('selinux-options', `/spec${field}`, { options });
  }
  if (isAppArmorOff(given)) {
    const field = '/securityContext/appArmorProfile';
    const args = { annotated: undefined };
    if (container) report.container(container, 'app-armor', field, args);
    else report.pod('app-armor', `/spec${field}`, args);
  }
  if (given?.windowsOptions?.hostProcess === true) {
    const field = '/securityContext/windowsOptions';
    if (container) report.container(container, 'host-process', field);
    else report.pod('host-process', `/spec${field}`);
  }
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
function reportAppArmorAnnotations(pod: Pod, context: RuleContext, report: Report): void {
  const off = Object.entries(pod.metadata?.annotations ?? {}).filter(
    ([key, value]) =>
      key.startsWith(appArmorPrefix) &&
      value &&
      value !== 'runtime/default' &&
      !value.startsWith('localhost/'),
  );
  if (off.length === 0) return;
  const containers = new Map(containersOf(pod).map((each) => [each.name, each]));
  for (const [key] of off) {
    const name = key.slice(appArmorPrefix.length);
    const container = containers.get(name);
    if (isAppArmorOff(container?.securityContext)) continue;
    if (container !== undefined && !context.isTreated(container)) continue;
    const at = annotationPointer(key);
    if (container === undefined) report.pod('app-armor', at, { annotated: name });
    else report.ofPod(container, 'app-armor', at, { annotated: name });
  }
}

/** A request that the kubelet sends from the node, to wherever the pod's author says. */
function reportHostProbes(container: Container, report: Report): void {
  for (const [action, { httpGet, tcpSocket }] of actionsOf(container)) {
    const hosts = [httpGet?.host, tcpSocket?.host].filter((host): host is string => Boolean(host));
    if (hosts.length === 0) continue;
    report.container(container, 'host-probe', actionField(action), { hosts, action });
  }
}
