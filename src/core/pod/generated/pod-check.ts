/**
 * Whether a value is a pod; read-pod.ts says why one is not.
 *
 * Generated from ../fields.ts by `npm run generate`: do not edit.
 */

import type { Pod } from './pod-types.ts';
import { isObject } from '../../values/json.ts';
import { isListOf, isMapOfStrings, isString } from '../value-checks.ts';

export function isPod(given: unknown): given is Pod {
  if (!isObject(given)) return false;
  const { metadata, spec } = given;
  return (metadata == null || isObjectMeta(metadata)) && isPodSpec(spec);
}

function isObjectMeta(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name, generateName, namespace, labels, annotations } = given;
  return (
    (name == null || typeof name === 'string') &&
    (generateName == null || typeof generateName === 'string') &&
    (namespace == null || typeof namespace === 'string') &&
    (labels == null || isMapOfStrings(labels)) &&
    (annotations == null || isMapOfStrings(annotations))
  );
}

function isPodSpec(given: unknown): boolean {
  if (!isObject(given)) return false;
  const {
    initContainers,
    containers,
    ephemeralContainers,
    volumes,
    securityContext,
    serviceAccountName,
    hostNetwork,
    hostPID,
    hostIPC,
    os,
    nodeSelector,
    affinity,
  } = given;
  return (
    (initContainers == null || isListOf(initContainers, isContainer)) &&
    isListOf(containers, isContainer) &&
    (ephemeralContainers == null || isListOf(ephemeralContainers, isContainer)) &&
    (volumes == null || isListOf(volumes, isVolume)) &&
    (securityContext == null || isPodSecurityContext(securityContext)) &&
    (serviceAccountName == null || typeof serviceAccountName === 'string') &&
    (hostNetwork == null || typeof hostNetwork === 'boolean') &&
    (hostPID == null || typeof hostPID === 'boolean') &&
    (hostIPC == null || typeof hostIPC === 'boolean') &&
    (os == null || isPodOS(os)) &&
    (nodeSelector == null || isMapOfStrings(nodeSelector)) &&
    (affinity == null || isAffinity(affinity))
  );
}

function isContainer(given: unknown): boolean {
  if (!isObject(given)) return false;
  const {
    name,
    image,
    imagePullPolicy,
    command,
    args,
    workingDir,
    restartPolicy,
    terminationMessagePath,
    env,
    envFrom,
    ports,
    resources,
    securityContext,
    volumeMounts,
    volumeDevices,
    startupProbe,
    livenessProbe,
    readinessProbe,
    lifecycle,
  } = given;
  return (
    typeof name === 'string' &&
    (image == null || typeof image === 'string') &&
    (imagePullPolicy == null || typeof imagePullPolicy === 'string') &&
    (command == null || isListOf(command, isString)) &&
    (args == null || isListOf(args, isString)) &&
    (workingDir == null || typeof workingDir === 'string') &&
    (restartPolicy == null || typeof restartPolicy === 'string') &&
    (terminationMessagePath == null || typeof terminationMessagePath === 'string') &&
    (env == null || isListOf(env, isEnvVar)) &&
    (envFrom == null || isListOf(envFrom, isEnvFromSource)) &&
    (ports == null || isListOf(ports, isContainerPort)) &&
    (resources == null || isResourceRequirements(resources)) &&
    (securityContext == null || isSecurityContext(securityContext)) &&
    (volumeMounts == null || isListOf(volumeMounts, isVolumeMount)) &&
    (volumeDevices == null || isListOf(volumeDevices, isVolumeDevice)) &&
    (startupProbe == null || isProbe(startupProbe)) &&
    (livenessProbe == null || isProbe(livenessProbe)) &&
    (readinessProbe == null || isProbe(readinessProbe)) &&
    (lifecycle == null || isLifecycle(lifecycle))
  );
}

function isEnvVar(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name, value } = given;
  return typeof name === 'string' && (value == null || typeof value === 'string');
}

function isEnvFromSource(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { prefix } = given;
  return prefix == null || typeof prefix === 'string';
}

function isContainerPort(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { containerPort, hostPort } = given;
  return (
    (containerPort == null || typeof containerPort === 'number') &&
    (hostPort == null || typeof hostPort === 'number')
  );
}

function isResourceRequirements(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { limits, requests } = given;
  return (limits == null || isObject(limits)) && (requests == null || isObject(requests));
}

function isSecurityContext(given: unknown): boolean {
  if (!isObject(given)) return false;
  const {
    privileged,
    readOnlyRootFilesystem,
    allowPrivilegeEscalation,
    runAsNonRoot,
    runAsUser,
    runAsGroup,
    procMount,
    capabilities,
    seccompProfile,
    appArmorProfile,
    seLinuxOptions,
    windowsOptions,
  } = given;
  return (
    (privileged == null || typeof privileged === 'boolean') &&
    (readOnlyRootFilesystem == null || typeof readOnlyRootFilesystem === 'boolean') &&
    (allowPrivilegeEscalation == null || typeof allowPrivilegeEscalation === 'boolean') &&
    (runAsNonRoot == null || typeof runAsNonRoot === 'boolean') &&
    (runAsUser == null || typeof runAsUser === 'number') &&
    (runAsGroup == null || typeof runAsGroup === 'number') &&
    (procMount == null || typeof procMount === 'string') &&
    (capabilities == null || isCapabilities(capabilities)) &&
    (seccompProfile == null || isSeccompProfile(seccompProfile)) &&
    (appArmorProfile == null || isAppArmorProfile(appArmorProfile)) &&
    (seLinuxOptions == null || isSELinuxOptions(seLinuxOptions)) &&
    (windowsOptions == null || isWindowsSecurityContextOptions(windowsOptions))
  );
}

function isCapabilities(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { add, drop } = given;
  return (add == null || isListOf(add, isString)) && (drop == null || isListOf(drop, isString));
}

function isSeccompProfile(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { type } = given;
  return type == null || typeof type === 'string';
}

function isAppArmorProfile(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { type } = given;
  return type == null || typeof type === 'string';
}

function isSELinuxOptions(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { type, user, role } = given;
  return (
    (type == null || typeof type === 'string') &&
    (user == null || typeof user === 'string') &&
    (role == null || typeof role === 'string')
  );
}

function isWindowsSecurityContextOptions(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { hostProcess } = given;
  return hostProcess == null || typeof hostProcess === 'boolean';
}

function isVolumeMount(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name, mountPath, readOnly, subPath, subPathExpr, mountPropagation, recursiveReadOnly } =
    given;
  return (
    typeof name === 'string' &&
    typeof mountPath === 'string' &&
    (readOnly == null || typeof readOnly === 'boolean') &&
    (subPath == null || typeof subPath === 'string') &&
    (subPathExpr == null || typeof subPathExpr === 'string') &&
    (mountPropagation == null || typeof mountPropagation === 'string') &&
    (recursiveReadOnly == null || typeof recursiveReadOnly === 'string')
  );
}

function isVolumeDevice(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name, devicePath } = given;
  return typeof name === 'string' && typeof devicePath === 'string';
}

function isProbe(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { exec, httpGet, tcpSocket } = given;
  return (
    (exec == null || isExecAction(exec)) &&
    (httpGet == null || isNetworkAction(httpGet)) &&
    (tcpSocket == null || isNetworkAction(tcpSocket))
  );
}

function isExecAction(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { command } = given;
  return command == null || isListOf(command, isString);
}

function isNetworkAction(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { host } = given;
  return host == null || typeof host === 'string';
}

function isLifecycle(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { postStart, preStop } = given;
  return (postStart == null || isProbe(postStart)) && (preStop == null || isProbe(preStop));
}

function isVolume(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name } = given;
  return typeof name === 'string';
}

function isPodSecurityContext(given: unknown): boolean {
  if (!isObject(given)) return false;
  const {
    runAsNonRoot,
    runAsUser,
    runAsGroup,
    fsGroup,
    seccompProfile,
    appArmorProfile,
    seLinuxOptions,
    windowsOptions,
    sysctls,
  } = given;
  return (
    (runAsNonRoot == null || typeof runAsNonRoot === 'boolean') &&
    (runAsUser == null || typeof runAsUser === 'number') &&
    (runAsGroup == null || typeof runAsGroup === 'number') &&
    (fsGroup == null || typeof fsGroup === 'number') &&
    (seccompProfile == null || isSeccompProfile(seccompProfile)) &&
    (appArmorProfile == null || isAppArmorProfile(appArmorProfile)) &&
    (seLinuxOptions == null || isSELinuxOptions(seLinuxOptions)) &&
    (windowsOptions == null || isWindowsSecurityContextOptions(windowsOptions)) &&
    (sysctls == null || isListOf(sysctls, isSysctl))
  );
}

function isSysctl(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name, value } = given;
  return typeof name === 'string' && typeof value === 'string';
}

function isPodOS(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { name } = given;
  return name == null || typeof name === 'string';
}

function isAffinity(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { nodeAffinity } = given;
  return nodeAffinity == null || isNodeAffinity(nodeAffinity);
}

function isNodeAffinity(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { requiredDuringSchedulingIgnoredDuringExecution } = given;
  return (
    requiredDuringSchedulingIgnoredDuringExecution == null ||
    isNodeSelector(requiredDuringSchedulingIgnoredDuringExecution)
  );
}

function isNodeSelector(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { nodeSelectorTerms } = given;
  return nodeSelectorTerms == null || isListOf(nodeSelectorTerms, isNodeSelectorTerm);
}

function isNodeSelectorTerm(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { matchExpressions } = given;
  return matchExpressions == null || isListOf(matchExpressions, isNodeSelectorRequirement);
}

function isNodeSelectorRequirement(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { key, operator, values } = given;
  return (
    typeof key === 'string' &&
    typeof operator === 'string' &&
    (values == null || isListOf(values, isString))
  );
}
