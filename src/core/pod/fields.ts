/**
 * The one table of the fields of a pod that Lithopod reads. The types, the quick check and the
 * views that rules work on are generated from it; read-pod.ts finds malformed fields by it.
 *
 * To add a field that a rule reads:
 * 1. Add it to its part below, with the API's name and type: `npm run check:types` compares both.
 * 2. Make an object a `part`, named as in the API, or a `uniformPart` if rules copy it.
 * 3. Run `npm run generate`. The build and a test fail until then.
 * 4. Give it values in test/pods/arbitrary.ts, so that the laws test it, and run `npm test`.
 * The order of fields here is their order in the views, and so in a patch that adds an object.
 *
 * A field that is not named here is kept as the author wrote it.
 *
 * Source: k8s.io/api core/v1 types.go, v1.34.
 */
import { listOf, part, partWithSource, required, uniformPart } from './field-kinds.ts';

const objectMeta = uniformPart('ObjectMeta', {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  labels: 'map of strings',
  annotations: 'map of strings',
});

const capabilities = uniformPart('Capabilities', {
  add: listOf('string'),
  drop: listOf('string'),
});

const seccompProfile = part('SeccompProfile', { type: 'string' });

/** What a pod and a container can both set, and Lithopod only reads. */
const hostSecurity = {
  appArmorProfile: part('AppArmorProfile', { type: 'string' }),
  seLinuxOptions: part('SELinuxOptions', { type: 'string', user: 'string', role: 'string' }),
  windowsOptions: part('WindowsSecurityContextOptions', { hostProcess: 'boolean' }),
};

const securityContext = uniformPart('SecurityContext', {
  privileged: 'boolean',
  readOnlyRootFilesystem: 'boolean',
  allowPrivilegeEscalation: 'boolean',
  runAsNonRoot: 'boolean',
  runAsUser: 'number',
  runAsGroup: 'number',
  procMount: 'string',
  capabilities,
  seccompProfile,
  ...hostSecurity,
});

const volumeMount = part('VolumeMount', {
  name: required('string'),
  mountPath: required('string'),
  readOnly: 'boolean',
  subPath: 'string',
  subPathExpr: 'string',
  mountPropagation: 'string',
  recursiveReadOnly: 'string',
});

const volumeDevice = part('VolumeDevice', {
  name: required('string'),
  devicePath: required('string'),
});

/** A request to a host, or to the pod itself where no host is named. */
const networkAction = part('NetworkAction', { host: 'string' });

/** A probe or a lifecycle hook. */
const probe = part('Probe', {
  exec: part('ExecAction', { command: listOf('string') }),
  httpGet: networkAction,
  tcpSocket: networkAction,
});

const envVar = part('EnvVar', { name: required('string'), value: 'string' });

/** A ConfigMap or Secret, each key of which becomes a variable. */
const envFromSource = partWithSource('EnvFromSource', { prefix: 'string' });

const containerPort = part('ContainerPort', { containerPort: 'number', hostPort: 'number' });

const container = uniformPart('Container', {
  name: required('string'),
  image: 'string',
  imagePullPolicy: 'string',
  command: listOf('string'),
  args: listOf('string'),
  workingDir: 'string',
  /** Of an init container: `Always` makes it a sidecar. */
  restartPolicy: 'string',
  terminationMessagePath: 'string',
  env: listOf(envVar),
  envFrom: listOf(envFromSource),
  ports: listOf(containerPort),
  resources: part('ResourceRequirements', { limits: 'any object', requests: 'any object' }),
  securityContext,
  volumeMounts: listOf(volumeMount),
  volumeDevices: listOf(volumeDevice),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: part('Lifecycle', { postStart: probe, preStop: probe }),
});

const volume = partWithSource('Volume', { name: required('string') });

const sysctl = part('Sysctl', { name: required('string'), value: required('string') });

const podSecurityContext = uniformPart('PodSecurityContext', {
  runAsNonRoot: 'boolean',
  runAsUser: 'number',
  runAsGroup: 'number',
  fsGroup: 'number',
  seccompProfile,
  ...hostSecurity,
  sysctls: listOf(sysctl),
});

const nodeSelectorTerm = part('NodeSelectorTerm', {
  matchExpressions: listOf(
    part('NodeSelectorRequirement', {
      key: required('string'),
      operator: required('string'),
      values: listOf('string'),
    }),
  ),
});

const affinity = part('Affinity', {
  nodeAffinity: part('NodeAffinity', {
    requiredDuringSchedulingIgnoredDuringExecution: part('NodeSelector', {
      nodeSelectorTerms: listOf(nodeSelectorTerm),
    }),
  }),
});

const podSpec = uniformPart('PodSpec', {
  initContainers: listOf(container),
  containers: required(listOf(container)),
  ephemeralContainers: listOf(container),
  volumes: listOf(volume),
  securityContext: podSecurityContext,
  serviceAccountName: 'string',
  hostNetwork: 'boolean',
  hostPID: 'boolean',
  hostIPC: 'boolean',
  os: part('PodOS', { name: 'string' }),
  nodeSelector: 'map of strings',
  affinity,
});

/** The whole pod. */
export const pod = uniformPart('Pod', { metadata: objectMeta, spec: required(podSpec) });
