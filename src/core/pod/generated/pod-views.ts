/**
 * Views with the fields that Lithopod reads (uniform-pod.ts).
 *
 * Generated from ../fields.ts by `npm run generate`: do not edit.
 */

import type {
  Capabilities,
  Container,
  ObjectMeta,
  Pod,
  PodSecurityContext,
  PodSpec,
  SecurityContext,
} from './pod-types.ts';
import { origin } from '../uniform-pod.ts';
import type { View } from '../uniform-pod.ts';

export function toUniformPod(raw: Pod): Pod {
  const view: View<Pod> = {
    [origin]: raw,
    metadata: raw.metadata == null ? raw.metadata : toUniformObjectMeta(raw.metadata),
    spec: toUniformPodSpec(raw.spec),
  };
  return view;
}

function toUniformObjectMeta(raw: ObjectMeta): ObjectMeta {
  const view: View<ObjectMeta> = {
    [origin]: raw,
    name: raw.name,
    generateName: raw.generateName,
    namespace: raw.namespace,
    labels: raw.labels,
    annotations: raw.annotations,
  };
  return view;
}

function toUniformPodSpec(raw: PodSpec): PodSpec {
  const view: View<PodSpec> = {
    [origin]: raw,
    initContainers:
      raw.initContainers == null ? raw.initContainers : raw.initContainers.map(toUniformContainer),
    containers: raw.containers.map(toUniformContainer),
    ephemeralContainers:
      raw.ephemeralContainers == null
        ? raw.ephemeralContainers
        : raw.ephemeralContainers.map(toUniformContainer),
    volumes: raw.volumes,
    securityContext:
      raw.securityContext == null
        ? raw.securityContext
        : toUniformPodSecurityContext(raw.securityContext),
    serviceAccountName: raw.serviceAccountName,
    hostNetwork: raw.hostNetwork,
    hostPID: raw.hostPID,
    hostIPC: raw.hostIPC,
    os: raw.os,
    nodeSelector: raw.nodeSelector,
    affinity: raw.affinity,
  };
  return view;
}

function toUniformContainer(raw: Container): Container {
  const view: View<Container> = {
    [origin]: raw,
    name: raw.name,
    image: raw.image,
    imagePullPolicy: raw.imagePullPolicy,
    command: raw.command,
    args: raw.args,
    workingDir: raw.workingDir,
    restartPolicy: raw.restartPolicy,
    terminationMessagePath: raw.terminationMessagePath,
    env: raw.env,
    envFrom: raw.envFrom,
    ports: raw.ports,
    resources: raw.resources,
    securityContext:
      raw.securityContext == null
        ? raw.securityContext
        : toUniformSecurityContext(raw.securityContext),
    volumeMounts: raw.volumeMounts,
    volumeDevices: raw.volumeDevices,
    startupProbe: raw.startupProbe,
    livenessProbe: raw.livenessProbe,
    readinessProbe: raw.readinessProbe,
    lifecycle: raw.lifecycle,
  };
  return view;
}

function toUniformSecurityContext(raw: SecurityContext): SecurityContext {
  const view: View<SecurityContext> = {
    [origin]: raw,
    privileged: raw.privileged,
    readOnlyRootFilesystem: raw.readOnlyRootFilesystem,
    allowPrivilegeEscalation: raw.allowPrivilegeEscalation,
    runAsNonRoot: raw.runAsNonRoot,
    runAsUser: raw.runAsUser,
    runAsGroup: raw.runAsGroup,
    procMount: raw.procMount,
    capabilities:
      raw.capabilities == null ? raw.capabilities : toUniformCapabilities(raw.capabilities),
    seccompProfile: raw.seccompProfile,
    appArmorProfile: raw.appArmorProfile,
    seLinuxOptions: raw.seLinuxOptions,
    windowsOptions: raw.windowsOptions,
  };
  return view;
}

function toUniformCapabilities(raw: Capabilities): Capabilities {
  const view: View<Capabilities> = {
    [origin]: raw,
    add: raw.add,
    drop: raw.drop,
  };
  return view;
}

function toUniformPodSecurityContext(raw: PodSecurityContext): PodSecurityContext {
  const view: View<PodSecurityContext> = {
    [origin]: raw,
    runAsNonRoot: raw.runAsNonRoot,
    runAsUser: raw.runAsUser,
    runAsGroup: raw.runAsGroup,
    fsGroup: raw.fsGroup,
    seccompProfile: raw.seccompProfile,
    appArmorProfile: raw.appArmorProfile,
    seLinuxOptions: raw.seLinuxOptions,
    windowsOptions: raw.windowsOptions,
    sysctls: raw.sysctls,
  };
  return view;
}
