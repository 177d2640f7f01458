// What scenarios do with pods.

import { ctr } from './node/containerd.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { until } from './node/until.ts';

/** A pod to create: one container `main` of `image`, with what `container` and `spec` add. */
export interface PodPlan {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly container?: Manifest;
  readonly spec?: Manifest;
}

/** How a container is, as the kubelet reports it. */
export interface ContainerState {
  readonly ready: boolean;
  readonly restarts: number;
  /** `running`, or the reason why it is not: `Error`, `CrashLoopBackOff`, `Completed`, … */
  readonly reason: string;
  /** The runtime's own name of it, without `containerd://`. */
  readonly id: string;
}

interface Status {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly containerID?: string;
  readonly state: Readonly<Record<string, { readonly reason?: string }>>;
}

/** The manifest of a plan, without its namespace. */
export function podOfPlan({ name, image, container, spec }: PodPlan): Manifest {
  const main = { name: 'main', image, imagePullPolicy: 'IfNotPresent', ...container };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [main], terminationGracePeriodSeconds: 1, ...spec },
  };
}

/**
 * Creates a pod; one by its name, which a try before this one left, is taken away. Images are there
 * already and cannot be pulled.
 */
export async function createPod(cluster: Cluster, plan: PodPlan): Promise<PodName> {
  return createManifest(cluster, plan, podOfPlan(plan));
}

/** The same, where the pod is written out already. */
export async function createManifest(
  cluster: Cluster,
  { namespace, name }: Pick<PodPlan, 'namespace' | 'name'>,
  pod: Manifest,
): Promise<PodName> {
  const create = ['-n', namespace, 'create', '-f', '-'];
  const { code, stderr } = await cluster.tryKubectl(create, pod);
  if (stderr.includes('(AlreadyExists)')) {
    await cluster.kubectl(['-n', namespace, 'delete', 'pod', name]);
    await cluster.kubectl(create, pod);
  } else if (code !== 0) throw new Error(`kubectl create: ${stderr}`);
  return { namespace, name };
}

/**
 * How one of its containers is, `main` unless named otherwise; `undefined` before the kubelet has
 * said so.
 */
export async function stateOf(
  cluster: Cluster,
  { namespace, name, container = 'main' }: PodName,
): Promise<ContainerState | undefined> {
  const { status } = (await cluster.get(`/api/v1/namespaces/${namespace}/pods/${name}`)) as {
    readonly status: Readonly<Record<string, readonly Status[] | undefined>>;
  };
  const statuses = [
    ...(status['containerStatuses'] ?? []),
    ...(status['initContainerStatuses'] ?? []),
    ...(status['ephemeralContainerStatuses'] ?? []),
  ];
  const found = statuses.find((each) => each.name === container);
  if (!found) return undefined;
  const [[state, { reason = state }] = ['unknown', {}]] = Object.entries(found.state);
  const id = (found.containerID ?? '').replace('containerd://', '');
  return { ready: found.ready, restarts: found.restartCount, reason, id };
}

/** Waits until it is ready; where it is not, the error tells what events and log say. */
export async function becomesReady(cluster: Cluster, pod: PodName): Promise<ContainerState> {
  return reaches(cluster, pod, 'ready container', ({ ready }) => ready);
}

/**
 * Waits until it has ended by a fault of its own, and answers what it wrote in this attempt and the
 * one before.
 */
export async function crashes(cluster: Cluster, pod: PodName): Promise<string> {
  // Between two attempts a container is seen in either state.
  const faults = ['Error', 'CrashLoopBackOff'];
  await reaches(cluster, pod, 'crash', ({ reason }) => faults.includes(reason));
  // It may have been started again meanwhile, and have written nothing yet.
  const before = await logOf(cluster, pod, ['--previous']);
  return before + (await logOf(cluster, pod));
}

/** Waits until a condition holds. */
export async function reaches(
  cluster: Cluster,
  pod: PodName,
  what: string,
  condition: (state: ContainerState) => boolean,
): Promise<ContainerState> {
  let last: ContainerState | undefined;
  await until(
    `${what} in ${pod.namespace}/${pod.name}`,
    async () => {
      last = await stateOf(cluster, pod);
      return last !== undefined && condition(last);
    },
    () => describe(cluster, pod),
  );
  return last!;
}

/** What the container has written, in the attempt that runs or ran last. */
export async function logOf(
  cluster: Cluster,
  { namespace, name, container = 'main' }: PodName,
  options: readonly string[] = [],
): Promise<string> {
  const logs = ['-n', namespace, 'logs', name, '-c', container, ...options];
  return (await cluster.tryKubectl(logs)).stdout;
}

/**
 * Kills the container behind the kubelet's back, as a crash would, and waits until it is ready
 * again.
 */
export async function restartContainer(cluster: Cluster, pod: PodName): Promise<ContainerState> {
  const { id, restarts } = await becomesReady(cluster, pod);
  const { code, stderr } = await ctr(cluster.premises, ['tasks', 'kill', '-s', 'SIGKILL', id]);
  if (code !== 0) throw new Error(`ctr tasks kill: ${stderr}`);
  return reaches(cluster, pod, 'restart', (state) => state.ready && state.restarts > restarts);
}

/** Creates an empty file, and answers what `touch` said where it could not. */
export async function touch(
  cluster: Cluster,
  pod: PodName,
  path: string,
): Promise<string | undefined> {
  const { code, stderr } = await cluster.exec(pod, ['touch', path]);
  return code === 0 ? undefined : stderr;
}

async function describe(cluster: Cluster, pod: PodName): Promise<string> {
  const { stdout } = await cluster.tryKubectl([
    ...['-n', pod.namespace, 'describe', 'pod', pod.name],
  ]);
  return `${stdout}\nIts log:\n${await logOf(cluster, pod)}`;
}
