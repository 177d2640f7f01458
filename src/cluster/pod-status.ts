/** The status of a pod and its containers, as the kubelet reports it. */
import { z } from 'zod';

export interface ContainerRun {
  readonly state: 'running' | 'waiting' | 'terminated' | 'unknown';
  /** `CrashLoopBackOff`, `Error`, `OOMKilled`… */
  readonly reason?: string;
  /** From the kubelet or the runtime, or the container's own termination message. */
  readonly message?: string;
  readonly restarts: number;
  /** Of the current run if it has ended, else of the run before. */
  readonly lastExit?: {
    readonly code: number;
    readonly reason?: string;
    readonly message?: string;
  };
  /** With its digest, as the runtime reports it. */
  readonly imageId?: string;
}

export interface PodStatus {
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
  readonly node?: string;
  readonly uid: string;
  /** By the name of the container. */
  readonly runs: ReadonlyMap<string, ContainerRun>;
}

const text = z.string().optional().catch(undefined);
const terminated = z.object({ exitCode: z.number(), reason: text, message: text });
const state = z
  .object({
    running: z.object({}).nullish(),
    waiting: z.object({ reason: text, message: text }).nullish(),
    terminated: terminated.nullish(),
  })
  .nullish()
  .catch(undefined);
const containerStatus = z.object({
  name: z.string(),
  restartCount: z.number().catch(0),
  imageID: text,
  state,
  lastState: state,
});
type ApiStatus = z.output<typeof containerStatus>;

const statuses = z.array(containerStatus).nullish().catch(undefined);
const pod = z.object({
  metadata: z.object({ uid: z.string().catch('') }).catch({ uid: '' }),
  spec: z.object({ nodeName: text }).catch({ nodeName: undefined }),
  status: z
    .object({
      phase: z.string().catch('Unknown'),
      reason: text,
      message: text,
      initContainerStatuses: statuses,
      containerStatuses: statuses,
      ephemeralContainerStatuses: statuses,
    })
    .catch({ phase: 'Unknown', reason: undefined, message: undefined }),
});

/** Reads the status of a pod. Accepts any value; a field of another shape counts as absent. */
export function podStatusOf(object: unknown): PodStatus {
  const { metadata, spec, status } = pod.parse(object);
  const { phase, reason, message } = status;
  const containers = [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ];
  return {
    phase,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(spec.nodeName !== undefined && { node: spec.nodeName }),
    uid: metadata.uid,
    runs: new Map(containers.map((each) => [each.name, runOf(each)])),
  };
}

function runOf({ restartCount, imageID, state, lastState }: ApiStatus): ContainerRun {
  const ended = state?.terminated ?? lastState?.terminated;
  const why = state?.waiting ?? state?.terminated;
  return {
    state: stateName(state),
    ...(why?.reason !== undefined && { reason: why.reason }),
    ...(why?.message !== undefined && { message: why.message }),
    restarts: restartCount,
    ...(ended != null && {
      lastExit: {
        code: ended.exitCode,
        ...(ended.reason !== undefined && { reason: ended.reason }),
        ...(ended.message !== undefined && { message: ended.message }),
      },
    }),
    ...(imageID !== undefined && imageID !== '' && { imageId: imageID }),
  };
}

function stateName(state: ApiStatus['state']): ContainerRun['state'] {
  if (state?.running != null) return 'running';
  if (state?.waiting != null) return 'waiting';
  return state?.terminated == null ? 'unknown' : 'terminated';
}
