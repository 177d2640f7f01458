/**
 * The pod as the rules work on it.
 *
 * Objects of the API come in as many shapes as there are authors, and a copy of one whose shape V8
 * has not met lately costs as much as everything else that a rule does. A copy that is given a new
 * key is worse: V8 keeps it until the next full collection (test/retention.test.ts). So the pod,
 * its containers and their security contexts are read once into objects that always have the same
 * fields in the same order: those that Lithopod reads. Rules spread it like any other object, and
 * the diff sees what they changed; the fields that nobody here reads stay in the object that the
 * view was made of.
 */
import { mapShared } from './containers.ts';
import type {
  Capabilities,
  Container,
  ObjectMeta,
  Pod,
  PodSecurityContext,
  PodSpec,
  SecurityContext,
} from './pod.ts';

/**
 * Where a view keeps what it was made of. A symbol: no key of the API's can be taken for it, and no
 * JSON shows it.
 */
const origin = Symbol('origin');

type View<T> = T & { readonly [origin]: T };

/** The view of a pod: equal in every field that Lithopod reads. */
export function toUniformPod(pod: Pod): Pod {
  const { metadata } = pod;
  const view: View<Pod> = {
    [origin]: pod,
    metadata: metadata == null ? metadata : viewMetadata(metadata),
    spec: viewSpec(pod.spec),
  };
  return view;
}

function viewMetadata(raw: ObjectMeta): ObjectMeta {
  const view: View<ObjectMeta> = {
    [origin]: raw,
    name: raw.name,
    generateName: raw.generateName,
    namespace: raw.namespace,
    annotations: raw.annotations,
  };
  return view;
}

function viewSpec(raw: PodSpec): PodSpec {
  const view: View<PodSpec> = {
    [origin]: raw,
    initContainers: viewAll(raw.initContainers),
    containers: viewAll(raw.containers) as readonly Container[],
    ephemeralContainers: viewAll(raw.ephemeralContainers),
    volumes: raw.volumes,
    securityContext:
      raw.securityContext == null ? raw.securityContext : viewPodSecurity(raw.securityContext),
    hostNetwork: raw.hostNetwork,
    hostPID: raw.hostPID,
    hostIPC: raw.hostIPC,
    os: raw.os,
    nodeSelector: raw.nodeSelector,
    affinity: raw.affinity,
  };
  return view;
}

function viewPodSecurity(raw: PodSecurityContext): PodSecurityContext {
  const view: View<PodSecurityContext> = {
    [origin]: raw,
    runAsNonRoot: raw.runAsNonRoot,
    runAsUser: raw.runAsUser,
    runAsGroup: raw.runAsGroup,
    fsGroup: raw.fsGroup,
    seccompProfile: raw.seccompProfile,
    sysctls: raw.sysctls,
    appArmorProfile: raw.appArmorProfile,
    seLinuxOptions: raw.seLinuxOptions,
    windowsOptions: raw.windowsOptions,
  };
  return view;
}

function viewAll(containers: readonly Container[] | null | undefined) {
  return containers == null ? containers : containers.map(viewContainer);
}

function viewContainer(raw: Container): Container {
  const { securityContext } = raw;
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
    securityContext: securityContext == null ? securityContext : viewSecurity(securityContext),
    volumeMounts: raw.volumeMounts,
    volumeDevices: raw.volumeDevices,
    startupProbe: raw.startupProbe,
    livenessProbe: raw.livenessProbe,
    readinessProbe: raw.readinessProbe,
    lifecycle: raw.lifecycle,
  };
  return view;
}

function viewSecurity(raw: SecurityContext): SecurityContext {
  const view: View<SecurityContext> = {
    [origin]: raw,
    privileged: raw.privileged,
    readOnlyRootFilesystem: raw.readOnlyRootFilesystem,
    allowPrivilegeEscalation: raw.allowPrivilegeEscalation,
    runAsNonRoot: raw.runAsNonRoot,
    runAsUser: raw.runAsUser,
    runAsGroup: raw.runAsGroup,
    procMount: raw.procMount,
    capabilities: raw.capabilities == null ? raw.capabilities : viewCapabilities(raw.capabilities),
    seccompProfile: raw.seccompProfile,
    appArmorProfile: raw.appArmorProfile,
    seLinuxOptions: raw.seLinuxOptions,
    windowsOptions: raw.windowsOptions,
  };
  return view;
}

function viewCapabilities(raw: Capabilities): Capabilities {
  const view: View<Capabilities> = { [origin]: raw, add: raw.add, drop: raw.drop };
  return view;
}

/**
 * What stands where `after` shall stand. A view that a rule made from a view has the fields which
 * nobody here reads as they were; anything else takes the place of the whole object, with these
 * fields too.
 */
export function diffBase(before: object, after: object): object {
  return origin in before && !(origin in after) ? (before as View<object>)[origin] : before;
}

/**
 * The whole object again: what the view was made of, with the fields that rules have changed since;
 * the same object where there are none. What is no view is given back as it is.
 */
export function toApiPod<T>(value: T): T {
  return whole(value) as T;
}

function whole(value: unknown): unknown {
  if (Array.isArray(value)) return mapShared(value as readonly unknown[], whole);
  if (typeof value !== 'object' || value === null || !(origin in value)) return value;
  const { [origin]: before, ...fields } = value as View<Fields>;
  let after: Record<string, unknown> | undefined;
  for (const [key, field] of Object.entries(fields)) {
    const changed = whole(field);
    if (isSame(changed, before[key])) continue;
    // Not by spreading: what is set below may be new to it.
    after ??= Object.fromEntries(Object.entries(before));
    if (changed === undefined) Reflect.deleteProperty(after, key);
    else after[key] = changed;
  }
  return after ?? before;
}

type Fields = Readonly<Record<string, unknown>>;

/** A list of views is a list of its own, though it may hold what the one before held. */
function isSame(after: unknown, before: unknown): boolean {
  if (after === before) return true;
  if (!Array.isArray(after) || !Array.isArray(before) || after.length !== before.length)
    return false;
  return after.every((element, index) => element === before[index]);
}
