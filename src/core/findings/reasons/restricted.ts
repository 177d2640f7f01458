/** Reasons of what the level `restricted` asks for beyond `immutable`. */
import { shown, shownList } from '../../values/text.ts';
import { changed, conflict, skipped } from '../reason.ts';

const lowPorts = 'net.ipv4.ip_unprivileged_port_start';

interface Capability {
  readonly name: string;
}

export const restrictedReasons = {
  'escalation-disabled': changed(
    'Processes can no longer gain more privileges than their parent.',
    () => 'runs with allowPrivilegeEscalation: false',
  ),
  'escalation-overridden': changed(
    'The pod asked for privilege escalation and runs without it.',
    () => 'runs with allowPrivilegeEscalation: false',
    { warn: true },
  ),
  'escalation-kept': conflict(
    'An Exemption lets privileged mode or CAP_SYS_ADMIN through, and the API refuses allowPrivilegeEscalation: false beside either.',
    () =>
      'keeps allowPrivilegeEscalation: the API refuses false beside what an Exemption lets through',
    { unresolved: true },
  ),
  'capabilities-dropped': changed(
    'All capabilities are dropped.',
    () => 'runs with all capabilities dropped',
  ),
  'capability-removed': changed(
    'The container asked for a capability that the level does not allow, and runs without it.',
    ({ names }: { readonly names: readonly string[] }) =>
      `asked for ${shownList(names)} and runs without`,
    { warn: true },
  ),
  'capability-kept': changed(
    'The program’s file carries NET_BIND_SERVICE and cannot be executed without it, so it is not dropped.',
    ({ name }: Capability) =>
      `keeps ${name}: its program's file carries it and cannot be executed without it`,
  ),
  'file-capability': conflict(
    'The program’s file carries a capability that `restricted` forbids, and cannot be executed without it.',
    ({ name }: Capability) =>
      `runs a program whose file carries ${name}, which cannot be executed without it`,
    { warn: true, unresolved: true },
  ),
  'low-ports-opened': changed(
    'Ports below 1024 are open to non-root users in this pod’s network namespace.',
    ({ container, asRoot }: { readonly container: string; readonly asRoot: boolean }) =>
      `runs with ${lowPorts}=0, since container "${container}" ${
        asRoot
          ? 'may run as root, and has no capability to bind one below 1024'
          : 'needs a port below 1024'
      }`,
  ),
  'low-ports-kept': skipped(
    'The pod sets net.ipv4.ip_unprivileged_port_start itself; its value stays.',
    ({ value }: { readonly value: string }) => `sets ${lowPorts}=${shown(value)} itself`,
    { warn: true, unresolved: true },
  ),
  'low-ports-host-network': conflict(
    'The image needs a port below 1024 and the pod uses the host’s network: without capabilities it cannot bind.',
    () => `needs a port below 1024, which on the host's network takes NET_BIND_SERVICE`,
    { warn: true, unresolved: true },
  ),
  'seccomp-set': changed(
    'The container runtime’s default seccomp profile applies.',
    () => 'runs with the seccomp profile RuntimeDefault',
  ),
  'seccomp-overridden': changed(
    'The pod asked to run without seccomp and gets the runtime’s default.',
    () => 'asked to run without seccomp and runs with RuntimeDefault',
    { warn: true },
  ),
  'user-set': changed(
    'The container runs as the numeric non-root user that its profile names.',
    ({ user }: { readonly user: number }) => `runs as user ${user}, which its profile names`,
  ),
  'non-root-set': changed(
    'The container runs as a non-root user and says so.',
    () => 'runs with runAsNonRoot: true',
  ),
  'non-root-overridden': changed(
    'The pod allowed the root user and runs as a non-root one.',
    () => 'allowed the root user and runs with runAsNonRoot: true',
    { warn: true },
  ),
  'user-unknown': conflict(
    'Neither the pod nor the profile names a numeric non-root user.',
    () => 'may run as root: neither the pod nor its profile names a numeric user',
    { warn: true, unresolved: true },
  ),
  'root-requested': conflict(
    'The pod asks for the root user, and a user that it names is never replaced.',
    ({ inherited }: { readonly inherited: boolean }) =>
      `asks for runAsUser: 0${inherited ? '' : ', though none of its containers inherits it'}`,
    { warn: true, unresolved: true },
  ),
  'host-namespace': conflict(
    'The pod uses a namespace of its host, which `restricted` forbids.',
    ({ field }: { readonly field: string }) => `uses ${field}`,
    { warn: true, unresolved: true },
  ),
  'host-port': conflict(
    'A container asks for a port of its host, which `restricted` forbids.',
    ({ ports }: { readonly ports: readonly number[] }) =>
      `asks for the host's port ${shownList(ports)}`,
    { warn: true, unresolved: true },
  ),
  'volume-type': conflict(
    'The pod has a volume of a type that `restricted` forbids.',
    ({ volume, type }: { readonly volume: string; readonly type: string }) => ({
      sentence: `volume "${volume}" is of type ${shown(type)}`,
    }),
    { warn: true, unresolved: true },
  ),
  'proc-mount': conflict(
    'A container asks for an unmasked /proc, which `restricted` forbids.',
    ({ procMount }: { readonly procMount: string }) => `asks for procMount: ${shown(procMount)}`,
    { warn: true, unresolved: true },
  ),
  'unsafe-sysctl': conflict(
    'The pod sets a sysctl that `restricted` forbids.',
    ({ name }: { readonly name: string }) => `sets the sysctl ${shown(name)}`,
    { warn: true, unresolved: true },
  ),
  'selinux-options': conflict(
    'The pod sets an SELinux type, user or role that `restricted` forbids.',
    ({ options }: { readonly options: Readonly<Record<string, string>> }) => {
      const texts = Object.entries(options).map(([name, value]) => `${name}: ${shown(value)}`);
      return `asks for the SELinux ${texts.join(', ')}`;
    },
    { warn: true, unresolved: true },
  ),
  'app-armor': conflict(
    'The pod turns AppArmor off, which `restricted` forbids.',
    ({ annotated }: { readonly annotated: string | undefined }) =>
      annotated === undefined
        ? 'asks to run without AppArmor'
        : {
            sentence: `an annotation asks for container "${shown(annotated)}" to run without AppArmor`,
          },
    { warn: true, unresolved: true },
  ),
  'host-process': conflict(
    'The pod asks to run as a process of its Windows host, which `restricted` forbids.',
    () => 'asks to be a process of its host',
    { warn: true, unresolved: true },
  ),
  'host-probe': conflict(
    'A probe or hook sends its request to a named host, which `restricted` forbids since Kubernetes 1.34.',
    ({ hosts, action }: { readonly hosts: readonly string[]; readonly action: string }) =>
      `names the host ${shownList(hosts)} in its ${action}`,
    { warn: true, unresolved: true },
  ),
};
