/**
 * The ephemeral container that looks at another container of its pod: which one, as which user, and
 * when there had better be none. Pure: the pod comes as the API server has it.
 */
import { filledTextOf, isObject } from '../values/json.ts';
import { failure, success } from '../values/result.ts';
import type { Result } from '../values/result.ts';
import type { Looked } from './look.ts';
import type { User } from './observation.ts';

/** Ephemeral containers of ours are named so; a second one gets a number. */
export const helperName = 'lithopod-learn';
/** Where the image of Lithopod has the program. */
const program = '/app/observe/lithopod-observe';

/**
 * The most memory that the program is measured to have, with room: 6 MiB for half a million files
 * (docs/adr/0009-a-static-program-looks.md). It counts against the pod's limit.
 */
export const helperMemory = 12 * 1024 * 1024;

export interface HelperOptions {
  readonly container?: string | undefined;
  readonly image: string;
  /** Look again and again for so long, such as `24h`. */
  readonly watch?: string | undefined;
  readonly every?: string | undefined;
  /** Although the pod has little memory. */
  readonly force?: boolean | undefined;
}

/** A container of a pod that can be looked at. */
export interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly looked: Looked;
  /** Ephemeral containers of ours that the pod has, in their order. */
  readonly helpers: readonly { readonly name: string; readonly target: string | undefined }[];
  /** What the pod and the container ask for, as the API has it. */
  readonly security: Readonly<Record<string, unknown>>;
  readonly podSecurity: Readonly<Record<string, unknown>>;
  /** When it began, RFC 3339. */
  readonly started: string | undefined;
  /** The runtime's id, without `containerd://`. */
  readonly id: string | undefined;
  /** As the runtime reports it: Kubernetes 1.31 with containerd 2 or CRI-O. */
  readonly user: User | undefined;
  readonly sharesProcesses: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** As which user the helper runs, and how the pod's kubelet and its admission are content. */
export type Identity = User | 'root' | 'own';

/**
 * Finds the container. Refused, each with a sentence: a pod of Windows, of gVisor or Kata, one that
 * does not run, a container that is not there or not running, several containers without a choice,
 * and a pod whose limits of memory are below four times what the helper may take.
 */
export function targetOf(pod: unknown, options: HelperOptions): Result<Target> {
  const { metadata, spec, status } = partsOf(pod);
  const name = filledTextOf(metadata['name']) ?? '';
  const problem = (message: string): Result<Target> =>
    failure({ message: `pod "${name}" ${message}` });
  const unsupported = unsupportedReason(spec, status);
  if (unsupported !== undefined) return problem(unsupported);
  const containers = listOf(spec['containers']);
  const names = containers.map((each) => filledTextOf(each['name']) ?? '');
  if (options.container === undefined && names.length > 1)
    return problem(`has several containers: choose one by -c: ${names.join(', ')}.`);
  const chosen = options.container ?? names[0] ?? '';
  const all = [...containers, ...listOf(spec['initContainers']).filter(isSidecar)];
  const container = all.find((each) => each['name'] === chosen);
  if (container === undefined)
    return problem(`has no running container "${chosen}": there are ${names.join(', ')}.`);
  const own = statusOf(status, chosen);
  if (own === undefined || !isObject(fieldOf(own, 'state')['running']))
    return problem(`has the container "${chosen}", which does not run: nothing can be seen of it.`);
  const limit = memoryLimit(spec);
  if (limit !== undefined && limit < 4 * helperMemory && options.force !== true)
    return problem(
      `may have ${limit >> 20} MiB of memory, and the program that looks counts against them with up to ${helperMemory >> 20} MiB: it might be the pod's end. --force does it all the same.`,
    );
  return success({
    namespace: filledTextOf(metadata['namespace']) ?? 'default',
    ...{ pod: name, container: chosen, looked: lookedOf(container, own) },
    helpers: listOf(spec['ephemeralContainers']).flatMap((each) => {
      const helper = filledTextOf(each['name']) ?? '';
      const target = filledTextOf(each['targetContainerName']);
      return helper === helperName || helper.startsWith(`${helperName}-`)
        ? [{ name: helper, target }]
        : [];
    }),
    security: fieldOf(container, 'securityContext'),
    podSecurity: fieldOf(spec, 'securityContext'),
    started: filledTextOf(fieldOf(fieldOf(own, 'state'), 'running')['startedAt']),
    id: filledTextOf(own['containerID'])?.replace(/^[\w.-]{1,40}:\/\//, ''),
    user: userOf(fieldOf(fieldOf(own, 'user'), 'linux')),
    sharesProcesses: spec['shareProcessNamespace'] === true || spec['hostPID'] === true,
  });
}

/**
 * As whom to look first. The kernel wants the user and the group of the process; root may become
 * anybody where it has the capabilities SETUID and SETGID, which containers have by default.
 */
export function firstIdentity({ user, security, podSecurity }: Target): Identity {
  const uid = numberOf(security['runAsUser']) ?? numberOf(podSecurity['runAsUser']);
  const gid = numberOf(security['runAsGroup']) ?? numberOf(podSecurity['runAsGroup']);
  if (user !== undefined) return user.uid === 0 ? 'root' : user;
  if (uid !== undefined && uid !== 0) return { uid, gid: gid ?? uid };
  if (uid === 0) return 'root';
  const isNonRoot = security['runAsNonRoot'] ?? podSecurity['runAsNonRoot'];
  return isNonRoot === true ? 'own' : 'root';
}

/**
 * The ephemeral container, as it is added to the pod. It has the security context of its target, so
 * that what admits that one admits it too, and its root is read-only.
 */
export function helperFor(target: Target, identity: Identity, options: HelperOptions): object {
  const { helpers, security, container, id, sharesProcesses } = target;
  const number = helpers.length + 1;
  const user = userFields(identity);
  return {
    name: number === 1 ? helperName : `${helperName}-${number}`,
    image: options.image,
    imagePullPolicy: 'IfNotPresent',
    command: [program],
    args: [
      ...(id !== undefined && sharesProcesses ? [`--container=${id}`] : []),
      ...(options.watch === undefined ? [] : [`--watch=${options.watch}`]),
      ...(options.every === undefined ? [] : [`--every=${options.every}`]),
    ],
    targetContainerName: container,
    securityContext: {
      ...withoutUser(security),
      ...user,
      readOnlyRootFilesystem: true,
    },
  };
}

function withoutUser(security: Json): object {
  const isKept = ([name]: readonly [string, unknown]): boolean =>
    name !== 'runAsUser' && name !== 'runAsGroup';
  return Object.fromEntries(Object.entries(security).filter(isKept));
}

function userFields(identity: Identity): object {
  if (identity === 'own') return { runAsNonRoot: true };
  if (identity === 'root') return { runAsUser: 0, runAsGroup: 0 };
  return { runAsUser: identity.uid, runAsGroup: identity.gid };
}

function partsOf(pod: unknown): { metadata: Json; spec: Json; status: Json } {
  const whole = isObject(pod) ? pod : {};
  return {
    metadata: fieldOf(whole, 'metadata'),
    spec: fieldOf(whole, 'spec'),
    status: fieldOf(whole, 'status'),
  };
}

function unsupportedReason(spec: Json, status: Json): string | undefined {
  const os = fieldOf(spec, 'os')['name'] ?? fieldOf(spec, 'nodeSelector')['kubernetes.io/os'];
  if (os === 'windows') return 'runs on Windows, where no root file system can be looked at so.';
  const runtime = filledTextOf(spec['runtimeClassName']);
  if (runtime !== undefined && /gvisor|runsc|kata|firecracker/i.test(runtime))
    return `runs in a sandbox (runtimeClassName ${runtime}), whose kernel shows no other container: use lithopod learn IMAGE.`;
  const phase = filledTextOf(status['phase']);
  return phase === 'Running' ? undefined : `is ${phase ?? 'not running'}: only what runs is seen.`;
}

function isSidecar(container: Json): boolean {
  return container['restartPolicy'] === 'Always';
}

function statusOf(status: Json, name: string): Json | undefined {
  const all = [...listOf(status['containerStatuses']), ...listOf(status['initContainerStatuses'])];
  return all.find((each) => each['name'] === name);
}

function lookedOf(container: Json, status: Json): Looked {
  const imageId = filledTextOf(status['imageID']) ?? '';
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(imageId) ?? [];
  const [, runtime] = /^([\w.-]{1,40}):\/\//.exec(filledTextOf(status['containerID']) ?? '') ?? [];
  const mountPaths = listOf(container['volumeMounts']).flatMap((mount) => {
    const path = filledTextOf(mount['mountPath']);
    return path === undefined ? [] : [path];
  });
  return { image: filledTextOf(container['image']), digest, runtime, mountPaths };
}

function userOf(linux: Json): User | undefined {
  const uid = numberOf(linux['uid']);
  const gid = numberOf(linux['gid']);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** The pod's limit: its own, or the sum where every container has one; sidecars stay. */
function memoryLimit(spec: Json): number | undefined {
  const own = bytesOf(limitOf(spec));
  if (own !== undefined) return own;
  const all = [
    ...listOf(spec['containers']),
    ...listOf(spec['initContainers']).filter((each) => isSidecar(each)),
  ];
  let sum = 0;
  for (const container of all) {
    const bytes = bytesOf(limitOf(container));
    if (bytes === undefined) return undefined;
    sum += bytes;
  }
  return all.length === 0 ? undefined : sum;
}

function limitOf(part: Json): unknown {
  return fieldOf(fieldOf(part, 'resources'), 'limits')['memory'];
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of the API in bytes. */
export function bytesOf(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') return quantity;
  if (typeof quantity !== 'string' || quantity.length > 40) return undefined;
  const [, digits = '', unit = ''] =
    /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([A-Za-z]{0,2})$/.exec(quantity) ?? [];
  const factor = units[unit];
  const bytes = Number(digits) * (factor ?? NaN);
  return digits === '' || !Number.isFinite(bytes) ? undefined : bytes;
}

function fieldOf(parent: Json, name: string): Json {
  const value = parent[name];
  return isObject(value) ? value : {};
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
