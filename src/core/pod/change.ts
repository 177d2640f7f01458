/**
 * Copies parts of a pod with something changed. No other file does.
 *
 * Each request brings a new pod, so each review makes these copies. Where a spread adds a key that
 * the original had not, or a function in a field, V8 gives the copy a hidden class of its own and
 * promotes it to old space. Each megabyte there brings the next full collection nearer, which
 * delays every request. test/retention.test.ts measures it, and a lint refuses spreads of objects
 * in rules.
 *
 * - Rules work on uniform pods (uniform-pod.ts): a pod, its spec, a container and their security
 *   contexts have all keys that Lithopod reads. So it is safe to spread them and replace a key.
 * - Mounts, capabilities, probes and annotations are as their author wrote them. A key that may be
 *   new to one of them is not added by a spread, but by `Object.assign` to an empty object, or it
 *   is named first.
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

/** The pod with another spec. */
export function withSpec(pod: Pod, spec: PodSpec): Pod {
  return { ...pod, spec };
}

/** The spec with another list of containers in the place of `list`. */
export function withContainers(
  spec: PodSpec,
  list: ContainerList,
  containers: readonly Container[],
): PodSpec {
  return { ...spec, [list]: containers };
}

/** The pod with another list of volumes. */
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

/** The pod without the annotation, which it must have. */
export function withoutAnnotation(pod: Pod, key: string): Pod {
  const annotations = without(pod.metadata?.annotations ?? {}, key);
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

/** The container with the given fields of its security context set and its other fields kept. */
export function withSecurityContext(container: Container, fields: SecurityContext): Container {
  return { ...container, securityContext: { ...container.securityContext, ...fields } };
}

/** The capabilities with another list of those that are added. */
export function withAdd(capabilities: Capabilities, add: readonly string[]): Capabilities {
  return Object.assign({}, capabilities, { add });
}

/** The capabilities with another list of those that are dropped. */
export function withDrop(capabilities: Capabilities, drop: readonly string[]): Capabilities {
  return Object.assign({}, capabilities, { drop });
}

/** The container with another list of mounts. */
export function withMounts(container: Container, volumeMounts: readonly VolumeMount[]): Container {
  return { ...container, volumeMounts };
}

/** The mount with the given fields set. */
export function withMountFields(mount: VolumeMount, fields: Partial<VolumeMount>): VolumeMount {
  return Object.assign({}, mount, fields);
}

/** The container with another list of variables. */
export function withEnv(container: Container, env: readonly EnvVar[]): Container {
  return { ...container, env };
}

/** The container with another path of its termination message. */
export function withTerminationMessagePath(
  container: Container,
  terminationMessagePath: string,
): Container {
  return { ...container, terminationMessagePath };
}

/** The container without requests and limits. */
export function withoutResources(container: Container): Container {
  return { ...container, resources: undefined };
}

/** The container with another startup probe, or with none. */
export function withStartupProbe(container: Container, startupProbe: Probe | undefined): Container {
  return { ...container, startupProbe };
}

/** The container, which must have the hook, with `postStart` in its place, or without any. */
export function withPostStart(container: Container, postStart: Probe | undefined): Container {
  const lifecycle = container.lifecycle ?? {};
  if (postStart !== undefined) return { ...container, lifecycle: { ...lifecycle, postStart } };
  const rest = without(lifecycle, 'postStart');
  return { ...container, lifecycle: Object.keys(rest).length === 0 ? undefined : rest };
}

/** The probe or hook, which must have `exec`, with another command. */
export function withCommand(action: Probe, command: readonly string[]): Probe {
  return { ...action, exec: { ...action.exec, command } };
}

/** A container to add to the pod: has only those of the fields that are set. */
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
