/**
 * Pods as fast-check makes them: what the API accepts, and in all the spellings that it accepts.
 */
import fc from 'fast-check';
import { volumeName } from './names.ts';
import {
  capabilities,
  commands,
  images,
  mountPaths,
  names,
  volumeNames,
  volumeSources,
} from './vocabulary.ts';
import type { Policy, Subject } from '../../src/core/context/context.ts';
import type { Container, Pod, Volume, VolumeMount } from '../../src/core/pod/pod.ts';

/** A field that is there, null or missing. */
function maybe<T>(value: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 3 * weight, arbitrary: value },
  );
}

const from = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const user = from([0, 101, 999, 1000]);
const seccompProfile = from([
  { type: 'Unconfined' },
  { type: 'RuntimeDefault' },
  { type: 'Localhost', localhostProfile: 'p.json' },
]);

/** What the pod and each of its containers can ask of the host. */
const hostSecurity = {
  seLinuxOptions: maybe(
    fc.record({
      level: maybe(fc.constant('s0')),
      type: maybe(from(['container_t', 'container_init_t', 'spc_t', ''])),
      user: maybe(from(['system_u', ''])),
      role: maybe(from(['system_r', ''])),
    }),
  ),
  appArmorProfile: maybe(
    from([
      { type: 'RuntimeDefault' },
      { type: 'Localhost', localhostProfile: 'p' },
      { type: 'Unconfined' },
    ]),
  ),
  windowsOptions: maybe(
    fc.record({ hostProcess: maybe(fc.boolean()), runAsUserName: maybe(fc.constant('u')) }),
  ),
};

const securityContext = fc.record({
  privileged: maybe(fc.boolean()),
  readOnlyRootFilesystem: maybe(fc.boolean()),
  allowPrivilegeEscalation: maybe(fc.boolean()),
  runAsNonRoot: maybe(fc.boolean()),
  runAsUser: maybe(user),
  runAsGroup: maybe(user),
  procMount: maybe(from(['Default', 'Unmasked'])),
  capabilities: maybe(
    fc.record({
      add: maybe(fc.uniqueArray(from(capabilities), { maxLength: 3 })),
      drop: maybe(fc.uniqueArray(from(capabilities), { maxLength: 3 })),
    }),
  ),
  seccompProfile: maybe(seccompProfile),
  ...hostSecurity,
});

const mount: fc.Arbitrary<VolumeMount> = fc.record({
  name: from([...volumeNames, 'claim']),
  mountPath: from(mountPaths),
  readOnly: maybe(fc.boolean()),
  subPath: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: from(['app', 'conf', 'conf.d', '']) },
  ),
  mountPropagation: maybe(from(['Bidirectional', 'HostToContainer', 'None'])),
  recursiveReadOnly: maybe(from(['Disabled', 'IfPossible', 'Enabled'])),
});

const host = maybe(from(['', '10.0.0.1', 'metadata.example']));
/** A probe or a hook, whose one action is of any kind. */
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ exec: maybe(fc.record({ command: maybe(from(commands), 4) }), 4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ httpGet: maybe(fc.record({ host, port: fc.constant('web') }), 4) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ tcpSocket: maybe(fc.record({ host, port: fc.constant(80) }), 4) }),
  },
);

/** Keys whose value is undefined are missing keys, as in JSON. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, withoutUndefined(field)]),
  );
}

type Part = Omit<Container, 'name'>;

const container = fc
  .record({
    image: maybe(from(images), 6),
    imagePullPolicy: maybe(from(['Always', 'IfNotPresent'])),
    command: maybe(from([['nginx'], ['sh', '-c', 'exec bash'], ['web']])),
    args: maybe(
      from([
        ['-g', 'daemon off;'],
        ['touch', '/tmp/x'],
        ['--dir', '/tmp/in'],
        ['--dir=/srv/a,/srv/b/c', '--output=$(OUTPUT)'],
      ]),
    ),
    env: maybe(
      fc.array(
        fc.record({
          name: from(['DATA', 'OUTPUT', 'CACHE', 'HOME', 'READ_ONLY', 'OTHER']),
          value: from([
            ...['/data/sub', '/srv/x', '/srv/x/y', '/opt/app/conf', '/var', '/a:b', 'here', ''],
            ...['/claimed', '/var/run/x,/tmp,/etc/app', '$(OTHER)', '1', null, undefined],
          ]),
        }),
        { maxLength: 3 },
      ),
      3,
    ),
    envFrom: maybe(
      from([[], [{ prefix: 'DA', configMapRef: { name: 'x' } }], [{ secretRef: {} }]]),
    ),
    workingDir: maybe(from(['/bin', '/tmp'])),
    terminationMessagePath: maybe(
      from(['/dev/termination-log', '/usr/bin/tool', 'etc/passwd', '/message', '/var/cache/m']),
    ),
    resources: maybe(
      from([{}, { limits: { cpu: '1' } }, { requests: { cpu: '1' }, limits: { cpu: '1' } }]),
    ),
    ports: maybe(from([[], [{ containerPort: 80 }], [{ containerPort: 80, hostPort: 80 }]])),
    securityContext: maybe(securityContext, 2),
    volumeMounts: maybe(
      fc.uniqueArray(mount, { maxLength: 5, selector: ({ mountPath }) => mountPath }),
      2,
    ),
    volumeDevices: maybe(from([[], [{ name: 'block', devicePath: '/data' }]])),
    startupProbe: maybe(action),
    livenessProbe: maybe(action),
    readinessProbe: maybe(action),
    lifecycle: maybe(fc.record({ postStart: maybe(action), preStop: maybe(action) })),
    restartPolicy: maybe(fc.constant('Always')),
    futureField: maybe(fc.constant({ kept: [1, null, { deep: true }] })),
  })
  .map((part) => part as Part);

/** The field's predecessor, for containers that the pod may have or not. */
const appArmor = fc
  .uniqueArray(fc.tuple(from(names), from(['unconfined', 'runtime/default', 'localhost/p', ''])), {
    maxLength: 4,
    selector: ([name]) => name,
  })
  .map((list) =>
    Object.fromEntries(
      list.map(([name, value]) => [
        `container.apparmor.security.beta.kubernetes.io/${name}`,
        value,
      ]),
    ),
  );

const annotations = fc.oneof(
  fc.constant({}),
  appArmor,
  fc.constant({ 'lithopod.dev/hardened': '{"app":{"rules":["everything"]}}' }),
  fc.constant({ 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': 'data,zz' }),
  fc.constant({ 'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes': '' }),
  // So full that one or both of ours no longer fit.
  from([80, 300, 600, 1200, 262_144 - 1]).map((room) => ({ n: 'x'.repeat(262_144 - room) })),
  from([80, 300, 600]).map((room) => ({
    n: 'x'.repeat(130_000),
    'lithopod.dev/hardened': 'é'.repeat((132_000 - room) / 2),
  })),
);

interface Parts {
  readonly init: readonly Part[] | null | undefined;
  readonly main: readonly Part[];
  readonly debug: readonly Part[] | null | undefined;
  readonly names: readonly string[];
  readonly volumes: readonly Volume[] | null | undefined;
  readonly spec: object;
  readonly metadata: object | null | undefined;
}

/** Every mount names a volume or the claim, as the API demands. */
function assemble({ init, main, debug, names: [...free], volumes, spec, metadata }: Parts): Pod {
  const known = new Set([...(volumes ?? []).map(({ name }) => name), 'claim']);
  const named = (part: Part): Container => ({
    name: free.pop() ?? 'none-left',
    ...part,
    ...(part.volumeMounts && {
      volumeMounts: part.volumeMounts.filter(
        ({ name, mountPath }) =>
          known.has(name) &&
          !part.volumeDevices?.some(({ devicePath }) => devicePath === mountPath),
      ),
    }),
  });
  return withoutUndefined({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: {
      ...spec,
      initContainers: init?.map(named) ?? init,
      containers: main.map(named),
      ephemeralContainers: debug?.map(named) ?? debug,
      volumes,
    },
  }) as Pod;
}

/** Any pod. Its claim templates are those of `subjects`. */
export const pods: fc.Arbitrary<Pod> = fc
  .record<Parts>({
    init: maybe(fc.array(container, { maxLength: 2 })),
    main: fc.array(container, { minLength: 1, maxLength: 2 }),
    debug: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      fc.array(container, { maxLength: 1 }),
    ),
    names: fc.shuffledSubarray(names, { minLength: 5 }),
    volumes: maybe(
      fc
        .uniqueArray(fc.tuple(from(volumeNames), from(volumeSources)), {
          maxLength: 7,
          selector: ([name]) => name,
        })
        .map((list) => list.map(([name, source]): Volume => ({ name, ...source }))),
      3,
    ),
    metadata: maybe(
      fc.record({
        name: fc.constant('p'),
        annotations: maybe(annotations),
        labels: maybe(fc.constant({ a: 'b' })),
      }),
      2,
    ),
    spec: fc.record({
      hostNetwork: maybe(fc.boolean()),
      hostPID: maybe(fc.boolean()),
      hostIPC: maybe(fc.boolean()),
      securityContext: maybe(
        fc.record({
          runAsNonRoot: maybe(fc.boolean()),
          runAsUser: maybe(user),
          fsGroup: maybe(user),
          seccompProfile: maybe(seccompProfile),
          sysctls: maybe(
            from([
              [],
              [{ name: 'kernel.msgmax', value: '1' }],
              [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '80' }],
              [
                { name: 'net.core.somaxconn', value: '1024' },
                { name: 'net.ipv4.tcp_syncookies', value: '1' },
                { name: 'kernel.shm_rmid_forced', value: '1' },
              ],
            ]),
          ),
          ...hostSecurity,
        }),
      ),
      tolerations: maybe(fc.constant([{ operator: 'Exists' }])),
    }),
  })
  .map((parts) => assemble(parts));

export const policies: fc.Arbitrary<Policy> = fc.record({
  level: from(['immutable', 'restricted'] as const),
  unprofiled: from(['default', 'default', 'skip'] as const),
  masking: from(['probes', 'always'] as const),
});

/** A whole pod, with a claim template that now and then has the name of one of our volumes. */
export const subjects: fc.Arbitrary<Subject> = fc.record({
  scope: fc.constant('pod'),
  claims: from([['claim'], ['claim', volumeName('app', '/tmp'), volumeName('app', '/etc/app')]]),
  existing: fc.constant([]),
});
