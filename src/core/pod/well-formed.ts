/**
 * Whether a value has the shape of a pod, as `read-pod.ts` describes it, asked in the quickest way.
 *
 * Every review asks it, and nearly all pods are well-formed: fields are read by name here, and
 * nothing is noted. The table in `read-pod.ts` takes five times as long; it says what is wrong
 * where something is. A law holds the two together.
 */
import type {
  Capabilities,
  Container,
  ContainerPort,
  EnvFromSource,
  EnvVar,
  ExecAction,
  HostSecurity,
  NetworkAction,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  ObjectMeta,
  Pod,
  PodSecurityContext,
  PodSpec,
  Probe,
  Resources,
  SecurityContext,
  SeLinuxOptions,
  Sysctl,
  Volume,
  VolumeDevice,
  VolumeMount,
} from './pod.ts';

/** An object of which nothing is known yet. */
type Unread<T> = Readonly<Partial<Record<keyof T, unknown>>>;

export function isWellFormed(value: unknown): value is Pod {
  if (!isObject<Pod>(value)) return false;
  return isSpec(value.spec) && isAbsentOr(value.metadata, isMetadata);
}

function isMetadata(value: unknown): boolean {
  return (
    isObject<ObjectMeta>(value) &&
    isText(value.name) &&
    isText(value.generateName) &&
    isText(value.namespace) &&
    isAbsentOr(value.annotations, isTextRecord)
  );
}

function isSpec(value: unknown): boolean {
  if (!isObject<PodSpec>(value)) return false;
  const { affinity, os } = value;
  return (
    isListOf(value.containers, isContainer) &&
    isAbsentOrList(value.initContainers, isContainer) &&
    isAbsentOrList(value.ephemeralContainers, isContainer) &&
    isAbsentOrList(value.volumes, isVolume) &&
    isAbsentOr(value.securityContext, isPodSecurityContext) &&
    isFlag(value.hostNetwork) &&
    isFlag(value.hostPID) &&
    isFlag(value.hostIPC) &&
    (os == null || (isObject<NonNullable<PodSpec['os']>>(os) && isText(os.name))) &&
    isAbsentOr(value.nodeSelector, isTextRecord) &&
    (affinity == null || isAffinity(affinity))
  );
}

function isVolume(value: unknown): boolean {
  return isObject<Pick<Volume, 'name'>>(value) && typeof value.name === 'string';
}

function isPodSecurityContext(value: unknown): boolean {
  return (
    isObject<PodSecurityContext>(value) &&
    isFlag(value.runAsNonRoot) &&
    isNumber(value.runAsUser) &&
    isNumber(value.runAsGroup) &&
    isNumber(value.fsGroup) &&
    isTyped(value.seccompProfile) &&
    isHostSecurity(value) &&
    isAbsentOrList(value.sysctls, isSysctl)
  );
}

function isSysctl(value: unknown): boolean {
  return (
    isObject<Sysctl>(value) && typeof value.name === 'string' && typeof value.value === 'string'
  );
}

function isHostSecurity({
  appArmorProfile,
  seLinuxOptions,
  windowsOptions,
}: Unread<HostSecurity>): boolean {
  return (
    isTyped(appArmorProfile) &&
    isAbsentOr(seLinuxOptions, isSeLinux) &&
    (windowsOptions == null ||
      (isObject<{ hostProcess: unknown }>(windowsOptions) && isFlag(windowsOptions.hostProcess)))
  );
}

function isSeLinux(value: unknown): boolean {
  return (
    isObject<SeLinuxOptions>(value) &&
    isText(value.type) &&
    isText(value.user) &&
    isText(value.role)
  );
}

function isContainer(value: unknown): boolean {
  return (
    isObject<Container>(value) &&
    typeof value.name === 'string' &&
    isText(value.image) &&
    isText(value.imagePullPolicy) &&
    isTexts(value.command) &&
    isTexts(value.args) &&
    isText(value.workingDir) &&
    isText(value.restartPolicy) &&
    isText(value.terminationMessagePath) &&
    isAbsentOrList(value.env, isVariable) &&
    isAbsentOrList(value.envFrom, isEnvFrom) &&
    isAbsentOrList(value.ports, isPort) &&
    isAbsentOr(value.resources, isResources) &&
    isAbsentOr(value.securityContext, isSecurityContext) &&
    isAbsentOrList(value.volumeMounts, isMount) &&
    isAbsentOrList(value.volumeDevices, isDevice) &&
    isAction(value.startupProbe) &&
    isAction(value.livenessProbe) &&
    isAction(value.readinessProbe) &&
    isAbsentOr(value.lifecycle, isLifecycle)
  );
}

function isVariable(value: unknown): boolean {
  return isObject<EnvVar>(value) && typeof value.name === 'string' && isText(value.value);
}

function isEnvFrom(value: unknown): boolean {
  return isObject<EnvFromSource>(value) && isText(value.prefix);
}

function isPort(value: unknown): boolean {
  return (
    isObject<ContainerPort>(value) && isNumber(value.containerPort) && isNumber(value.hostPort)
  );
}

function isResources(value: unknown): boolean {
  return (
    isObject<Resources>(value) &&
    isAbsentOr(value.limits, isAnyObject) &&
    isAbsentOr(value.requests, isAnyObject)
  );
}

function isSecurityContext(value: unknown): boolean {
  return (
    isObject<SecurityContext>(value) &&
    isFlag(value.privileged) &&
    isFlag(value.readOnlyRootFilesystem) &&
    isFlag(value.allowPrivilegeEscalation) &&
    isFlag(value.runAsNonRoot) &&
    isNumber(value.runAsUser) &&
    isNumber(value.runAsGroup) &&
    isText(value.procMount) &&
    isAbsentOr(value.capabilities, isCapabilities) &&
    isTyped(value.seccompProfile) &&
    isHostSecurity(value)
  );
}

function isCapabilities(value: unknown): boolean {
  return isObject<Capabilities>(value) && isTexts(value.add) && isTexts(value.drop);
}

function isMount(value: unknown): boolean {
  return (
    isObject<VolumeMount>(value) &&
    typeof value.name === 'string' &&
    typeof value.mountPath === 'string' &&
    isFlag(value.readOnly) &&
    isText(value.subPath) &&
    isText(value.subPathExpr) &&
    isText(value.mountPropagation) &&
    isText(value.recursiveReadOnly)
  );
}

function isDevice(value: unknown): boolean {
  return (
    isObject<VolumeDevice>(value) &&
    typeof value.name === 'string' &&
    typeof value.devicePath === 'string'
  );
}

function isLifecycle(value: unknown): boolean {
  return (
    isObject<NonNullable<Container['lifecycle']>>(value) &&
    isAction(value.postStart) &&
    isAction(value.preStop)
  );
}

/** Absent, or a probe or hook. */
function isAction(value: unknown): boolean {
  if (value == null) return true;
  return (
    isObject<Probe>(value) &&
    isAbsentOr(value.exec, isExec) &&
    isAbsentOr(value.httpGet, isNetworkAction) &&
    isAbsentOr(value.tcpSocket, isNetworkAction)
  );
}

function isExec(value: unknown): boolean {
  return isObject<ExecAction>(value) && isTexts(value.command);
}

function isNetworkAction(value: unknown): boolean {
  return isObject<NetworkAction>(value) && isText(value.host);
}

function isAffinity(value: unknown): boolean {
  if (!isObject<NonNullable<PodSpec['affinity']>>(value)) return false;
  const { nodeAffinity } = value;
  if (nodeAffinity == null) return true;
  if (!isObject<{ requiredDuringSchedulingIgnoredDuringExecution: unknown }>(nodeAffinity))
    return false;
  const required = nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (required == null) return true;
  return (
    isObject<{ nodeSelectorTerms: unknown }>(required) &&
    isAbsentOrList(required.nodeSelectorTerms, isTerm)
  );
}

function isTerm(value: unknown): boolean {
  return isObject<NodeSelectorTerm>(value) && isAbsentOrList(value.matchExpressions, isRequirement);
}

function isRequirement(value: unknown): boolean {
  return (
    isObject<NodeSelectorRequirement>(value) &&
    typeof value.key === 'string' &&
    typeof value.operator === 'string' &&
    isTexts(value.values)
  );
}

/** Absent, or an object whose `type` is a text. */
function isTyped(value: unknown): boolean {
  return value == null || (isObject<{ type: unknown }>(value) && isText(value.type));
}

function isTextRecord(value: unknown): boolean {
  if (!isObject<Record<string, unknown>>(value)) return false;
  for (const key of Object.keys(value))
    if (value[key] !== null && typeof value[key] !== 'string') return false;
  return true;
}

function isObject<T>(value: unknown): value is Unread<T> {
  return isAnyObject(value);
}

function isAnyObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return value == null || typeof value === 'string';
}

function isFlag(value: unknown): boolean {
  return value == null || typeof value === 'boolean';
}

function isNumber(value: unknown): boolean {
  return value == null || typeof value === 'number';
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isTexts(value: unknown): boolean {
  return value == null || isListOf(value, isString);
}

function isAbsentOr(value: unknown, check: (value: unknown) => boolean): boolean {
  return value == null || check(value);
}

function isAbsentOrList(value: unknown, each: (value: unknown) => boolean): boolean {
  return value == null || isListOf(value, each);
}

function isListOf(value: unknown, each: (value: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (const element of value as readonly unknown[]) if (!each(element)) return false;
  return true;
}
