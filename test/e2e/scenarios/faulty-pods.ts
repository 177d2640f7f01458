// Pods with a fault each that Pod Security `restricted` refuses, by the fields that its checks
// read.

/**
 * `check`: what remains after hardening, in Pod Security's words and order; without, hardening
 * mends the fault.
 */
export interface FaultyPod {
  readonly title: string;
  readonly check?: string;
  readonly pod: object;
  /** The first minor version of which the API server judges it so. */
  readonly since?: number;
}

/** Where Pod Security began to look at the hosts of probes and of lifecycle hooks. */
export const hostProbesSince = 34;

/** Non-root already, so that the one fault is the only one. */
const user = { runAsNonRoot: true, runAsUser: 1000 };

interface Parts {
  readonly container?: object;
  readonly init?: object;
  readonly spec?: object;
  readonly shared?: object;
  readonly annotations?: object;
}

function podOf({ container, init, spec, shared, annotations }: Parts): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', annotations },
    spec: {
      securityContext: { ...user, ...shared },
      ...(init && { initContainers: [{ name: 'init', image: 'example.com/init:1', ...init }] }),
      containers: [{ name: 'app', image: 'example.com/app:1', ...container }],
      ...spec,
    },
  };
}

function faulty(title: string, check: string | undefined, parts: Parts): FaultyPod {
  return { title, pod: podOf(parts), ...(check !== undefined && { check }) };
}

const since = (minor: number, pod: FaultyPod): FaultyPod => ({ ...pod, since: minor });
const appArmor = (name: string): string => `container.apparmor.security.beta.kubernetes.io/${name}`;
const host = { host: 'example.com', port: 80 };
const own = (fields: object): Parts => ({ container: { securityContext: fields } });

export const faultyPods: readonly FaultyPod[] = [
  faulty('privileged', undefined, own({ privileged: true })),
  faulty('escalation', undefined, own({ allowPrivilegeEscalation: true })),
  faulty('an added capability', undefined, own({ capabilities: { add: ['NET_RAW'] } })),
  faulty(
    'capabilities dropped in small letters',
    undefined,
    own({ capabilities: { drop: ['all'] } }),
  ),
  faulty('a capability with its prefix', undefined, own({ capabilities: { add: ['CAP_CHOWN'] } })),
  faulty('Unconfined in a container', undefined, own({ seccompProfile: { type: 'Unconfined' } })),
  faulty('Unconfined in the pod', undefined, {
    shared: { seccompProfile: { type: 'Unconfined' } },
  }),
  faulty('Unconfined in the pod and not in its container', undefined, {
    shared: { seccompProfile: { type: 'Unconfined' } },
    ...own({ seccompProfile: { type: 'RuntimeDefault' } }),
  }),
  faulty('root allowed in a container', undefined, own({ runAsNonRoot: false })),
  faulty('root allowed in the pod', undefined, { shared: { runAsNonRoot: false } }),
  faulty('root allowed in the pod and not in its container', undefined, {
    shared: { runAsNonRoot: false },
    ...own({ runAsNonRoot: true }),
  }),
  faulty('root in the pod and not in its container', 'runAsUser=0', {
    shared: { runAsUser: 0 },
    ...own({ runAsUser: 1000 }),
  }),
  faulty('root in a container', 'runAsUser=0', own({ runAsUser: 0 })),
  faulty('root in an init container', 'runAsUser=0', {
    init: { securityContext: { runAsUser: 0 } },
  }),
  faulty('no user', 'runAsNonRoot != true', {
    shared: { runAsNonRoot: undefined, runAsUser: undefined },
  }),
  faulty('no user and root allowed', 'runAsNonRoot != true', {
    shared: { runAsNonRoot: false, runAsUser: undefined },
  }),
  faulty('no user in one of two', 'runAsNonRoot != true', {
    shared: { runAsNonRoot: false, runAsUser: undefined },
    init: { securityContext: user },
  }),
  faulty('hostPID', 'host namespaces', { spec: { hostPID: true } }),
  faulty('hostIPC', 'host namespaces', { spec: { hostIPC: true } }),
  faulty('hostNetwork', 'host namespaces', { spec: { hostNetwork: true } }),
  faulty('a port on the network of the host', 'host namespaces, hostPort', {
    spec: { hostNetwork: true },
    container: { ports: [{ containerPort: 80 }] },
  }),
  faulty('a host process in the pod', 'host namespaces, hostProcess', {
    spec: { hostNetwork: true },
    shared: { windowsOptions: { hostProcess: true } },
  }),
  faulty('a host process in a container', 'host namespaces, hostProcess', {
    spec: { hostNetwork: true },
    ...own({ windowsOptions: { hostProcess: true } }),
  }),
  faulty('a host port', 'hostPort', {
    container: { ports: [{ containerPort: 80, hostPort: 80 }] },
  }),
  faulty('a host port of an init container', 'hostPort', {
    init: { ports: [{ containerPort: 80, hostPort: 80 }] },
  }),
  ...volumes(
    { hostPath: { path: '/' } },
    { nfs: { server: 'a', path: '/' } },
    { gitRepo: { repository: 'a' } },
  ),
  faulty('an own filesystem', undefined, {
    spec: { volumes: [{ name: 'volume', image: { reference: 'example.com/files:1' } }] },
  }),
  faulty('a sysctl', 'forbidden sysctls', {
    shared: { sysctls: [{ name: 'kernel.msgmax', value: '65536' }] },
  }),
  faulty('an allowed sysctl spelt with slashes', 'forbidden sysctls', {
    shared: { sysctls: [{ name: 'net/ipv4/tcp_syncookies', value: '1' }] },
  }),
  // Before, the API server drops the field.
  since(
    33,
    faulty('an unmasked /proc', 'procMount', {
      ...own({ procMount: 'Unmasked' }),
      spec: { hostUsers: false },
    }),
  ),
  faulty('an SELinux type in the pod', 'seLinuxOptions', {
    shared: { seLinuxOptions: { type: 'spc_t' } },
  }),
  faulty('an SELinux user', 'seLinuxOptions', own({ seLinuxOptions: { user: 'system_u' } })),
  faulty('an SELinux role in an init container', 'seLinuxOptions', {
    init: { securityContext: { seLinuxOptions: { role: 'system_r' } } },
  }),
  ...['container_t', 'container_init_t', 'container_kvm_t', ''].map(ofSelinuxType),
  since(31, ofSelinuxType('container_engine_t')),
  faulty('no AppArmor in the pod', 'forbidden AppArmor profile', {
    shared: { appArmorProfile: { type: 'Unconfined' } },
  }),
  faulty('no AppArmor in a container', 'forbidden AppArmor profile', {
    ...own({ appArmorProfile: { type: 'Unconfined' } }),
  }),
  faulty('no AppArmor in an annotation', 'forbidden AppArmor profile', {
    annotations: { [appArmor('app')]: 'unconfined' },
  }),
  faulty('no AppArmor in an annotation for an init container', 'forbidden AppArmor profile', {
    init: {},
    annotations: { [appArmor('init')]: 'unconfined' },
  }),
  ...['runtime/default', 'localhost/mine'].map((value) =>
    faulty(`AppArmor ${value} in an annotation`, undefined, {
      annotations: { [appArmor('app')]: value },
    }),
  ),
  faulty(
    'AppArmor of the runtime',
    undefined,
    own({ appArmorProfile: { type: 'RuntimeDefault' } }),
  ),
  ...[
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      ['httpGet', 'tcpSocket'].map((handler) =>
        faulty(`a host in ${probe}.${handler}`, 'probe or lifecycle host', {
          container: { [probe]: { [handler]: host } },
        }),
      ),
    ),
    ...['postStart', 'preStop'].map((hook) =>
      faulty(`a host in ${hook}`, 'probe or lifecycle host', {
        container: { lifecycle: { [hook]: { httpGet: host } } },
      }),
    ),
    faulty('a host in a probe of a sidecar', 'probe or lifecycle host', {
      init: { restartPolicy: 'Always', livenessProbe: { tcpSocket: host } },
    }),
  ].map((pod) => since(hostProbesSince, pod)),
  faulty('a probe without a host', undefined, {
    container: { livenessProbe: { httpGet: { host: '', port: 80 } } },
  }),
];

function ofSelinuxType(type: string): FaultyPod {
  const options = own({ seLinuxOptions: { type, level: 's0' } });
  return faulty(`the SELinux type "${type}"`, undefined, options);
}

function volumes(...sources: readonly object[]): readonly FaultyPod[] {
  return sources.map((source) =>
    faulty(`a volume of type ${Object.keys(source)[0]!}`, 'restricted volume types', {
      spec: { volumes: [{ name: 'volume', ...source }] },
    }),
  );
}
