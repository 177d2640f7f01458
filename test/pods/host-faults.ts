/**
 * What Pod Security Standards `restricted` forbids and hardening leaves to people, told
 * independently of src/core from the fields as the standard lists them. `<code> <container>`; the
 * container is empty for the pod.
 */
import type { Container, HostSecurity, Pod } from '../../src/core/pod/pod.ts';

const harmlessTypes = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const forbiddenVolumes = ['hostPath', 'gcePersistentDisk', 'nfs', 'iscsi', 'gitRepo'];
const forbiddenSysctls = ['kernel.msgmax', 'net.core.somaxconn'];
const annotation = 'container.apparmor.security.beta.kubernetes.io/';

/** The faults of the pod's own fields and of those containers. */
export function hostFaults(pod: Pod, containers: readonly Container[]): ReadonlySet<string> {
  const { spec, metadata } = pod;
  const faults = new Set<string>();
  const add = (code: string, found: boolean, container = ''): void => {
    if (found) faults.add(`${code} ${container}`);
  };
  add('host-namespace', [spec.hostNetwork, spec.hostPID, spec.hostIPC].includes(true));
  add(
    'volume-type',
    (spec.volumes ?? []).some((volume) => forbiddenVolumes.some((type) => volume[type] != null)),
  );
  add(
    'unsafe-sysctl',
    (spec.securityContext?.sysctls ?? []).some(({ name }) => forbiddenSysctls.includes(name)),
  );
  for (const code of securityFaults(spec.securityContext)) add(code, true);
  for (const container of containers) {
    const { name, ports, securityContext, lifecycle } = container;
    const procMount = securityContext?.procMount ?? 'Default';
    add('proc-mount', procMount !== 'Default', name);
    add(
      'host-port',
      (ports ?? []).some(({ hostPort }) => spec.hostNetwork === true || Boolean(hostPort)),
      name,
    );
    for (const code of securityFaults(securityContext)) add(code, true, name);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const actions = [startupProbe, livenessProbe, readinessProbe];
    add(
      'host-probe',
      [...actions, lifecycle?.postStart, lifecycle?.preStop].some(
        (action) => Boolean(action?.httpGet?.host) || Boolean(action?.tcpSocket?.host),
      ),
      name,
    );
    add('app-armor', metadata?.annotations?.[annotation + name] === 'unconfined', name);
  }
  return faults;
}

function securityFaults(given: HostSecurity | null | undefined): readonly string[] {
  const { type, user, role } = given?.seLinuxOptions ?? {};
  const selinux =
    Boolean(user) || Boolean(role) || (Boolean(type) && !harmlessTypes.includes(type!));
  return [
    ...(selinux ? ['selinux-options'] : []),
    ...(given?.appArmorProfile?.type === 'Unconfined' ? ['app-armor'] : []),
    ...(given?.windowsOptions?.hostProcess === true ? ['host-process'] : []),
  ];
}
