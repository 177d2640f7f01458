/**
 * Copies of pod parts with something changed: the one place that makes them.
 *
 * Each request brings a new pod, so each review makes these copies. V8 keeps a copy that spreading
 * gave a key which its original had not, or a function in a field: it gets a hidden class of its
 * own, is promoted to old space, and each megabyte there brings the next full collection nearer,
 * which holds every request up. test/retention.test.ts measures it; a lint refuses spreads of
 * objects in rules, so that they come here.
 *
 * - Rules work on uniform pods (uniform-pod.ts): a pod, its spec, a container and their security
 *   contexts have all keys that Lithopod reads, so spreading them and replacing a key is safe.
 * - Mounts, capabilities, probes and annotations are as their author wrote them. What may be new to
 *   one of them is not given by spreading: by `Object.assign` to an empty object, or named first.
 */
import type {
  Capabilities,
  Container,
  ContainerList,
  EnvVar,
  Pod,
  PodSecurityContext,
  PodSpec,
  Probe,
  SecurityContext,
  Volume,
  VolumeMount,
} from './pod.ts';

export function withSpec(pod: Pod, spec: PodSpec): Pod {
  return { ...pod, spec };
}

export function withContainers(
  spec: PodSpec,
  list: ContainerList,
  containers: readonly Container[],
): PodSpec {
  return { ...spec, [list]: containers };
}

export function withVolumes(pod: Pod, volumes: readonly Volume[]): Pod {
  return { ...pod, spec: { ...pod.spec, volumes } };
}

/** The pod with the given fields of its security context set and its other fields kept. */
export function withPodSecurityContext(pod: Pod, fields: PodSecurityContext): Pod {
  const securityContext = { ...pod.spec.securityContext, ...fields };
  return { ...pod, spec: { ...pod.spec, securityContext } };
}

/** The pod with the annotation, whether it has one of that name or not. */
export function withAnnotationValue(pod: Pod, key: string, value: string): Pod {
  const annotations = { [key]: value, ...pod.metadata?.annotations, [key]: value };
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** The pod without the annotation, which it has. */
export function withoutAnnotation(pod: Pod, key: string): Pod {
  const annotations = without(pod.metadata?.annotations ?? {}, key);
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** The container with the given fields of its security context set and its other fields kept. */
export function withSecurityContext(container: Container, fields: SecurityContext): Container {
  return { ...container, securityContext: { ...container.securityContext, ...fields } };
}

export function withAdd(capabilities: Capabilities, add: readonly string[]): Capabilities {
  return Object.assign({}, capabilities, { add });
}

export function withDrop(capabilities: Capabilities, drop: readonly string[]): Capabilities {
  return Object.assign({}, capabilities, { drop });
}

export function withMounts(container: Container, volumeMounts: readonly VolumeMount[]): Container {
  return { ...container, volumeMounts };
}

/** The mount with the given fields set. */
export function withMountFields(mount: VolumeMount, fields: Partial<VolumeMount>): VolumeMount {
  return Object.assign({}, mount, fields);
}

export function withEnv(container: Container, env: readonly EnvVar[]): Container {
  return { ...container, env };
}

export function withTerminationMessagePath(
  container: Container,
  terminationMessagePath: string,
): Container {
  return { ...container, terminationMessagePath };
}

export function withoutResources(container: Container): Container {
  return { ...container, resources: undefined };
}

export function withStartupProbe(container: Container, startupProbe: Probe | undefined): Container {
  return { ...container, startupProbe };
}

/** The container with the hook, which it has, replaced; without it where there is none. */
export function withPostStart(container: Container, postStart: Probe | undefined): Container {
  const lifecycle = container.lifecycle ?? {};
  if (postStart !== undefined) return { ...container, lifecycle: { ...lifecycle, postStart } };
  const rest = without(lifecycle, 'postStart');
  return { ...container, lifecycle: Object.keys(rest).length === 0 ? undefined : rest };
}

/** The probe or hook, which executes something, with another command. */
export function withCommand(action: Probe, command: readonly string[]): Probe {
  return { ...action, exec: { ...action.exec, command } };
}

/** A container that is new to the pod: of the fields those that are there. */
export function newContainer({ name, ...fields }: Container): Container {
  const { image, command, resources, volumeMounts, imagePullPolicy, securityContext } = fields;
  return {
    name,
    ...(image != null && { image }),
    ...(command != null && { command }),
    ...(resources != null && { resources }),
    ...(volumeMounts != null && { volumeMounts }),
    ...(imagePullPolicy != null && { imagePullPolicy }),
    ...(securityContext != null && { securityContext }),
  };
}

/** A copy without one key. */
function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _removed, ...rest } = value;
  return rest;
}
