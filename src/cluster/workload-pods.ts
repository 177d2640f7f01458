/** The pods of a workload: by its selector, and by who made them. */
import { z } from 'zod';
import { success } from '../core/values/result.ts';
import { controllerOf } from './owner.ts';
import { podStatusOf } from './pod-status.ts';
import type { PodReader } from './pod-reader.ts';
import type { ClusterResult } from './request.ts';
import type { WorkloadKind } from './workload-kinds.ts';

const expression = z.object({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).nullish(),
});
const labels = z.record(z.string(), z.string());
const selector = z.union([
  z.strictObject({
    matchLabels: labels.nullish(),
    matchExpressions: z.array(expression).nullish(),
  }),
  // That of a ReplicationController.
  labels.transform((matchLabels) => ({ matchLabels, matchExpressions: undefined })),
]);
const selecting = z.object({ spec: z.object({ selector }) });
const identified = z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) });

/**
 * The pods of the workload. Of a CronJob those of all its Jobs. Empty where it has no selector.
 * Refused where it or the pods cannot be read.
 */
export async function podsOfWorkload(
  reader: PodReader,
  namespace: string,
  kind: WorkloadKind,
  name: string,
): Promise<ClusterResult<readonly unknown[]>> {
  const read = await reader.readWorkload(namespace, kind, name);
  if (!read.ok) return read;
  const uid = uidOf(read.value);
  if (kind.kind === 'CronJob') return podsOfCronJob(reader, namespace, uid);
  const text = selectorText(read.value);
  if (text === undefined) return success([]);
  const pods = await reader.listPods(namespace, text);
  if (!pods.ok) return pods;
  return success(
    pods.value.items.filter((pod) => {
      const owner = controllerOf(pod);
      // A ReplicaSet is between a Deployment and its pods.
      return kind.kind === 'Deployment'
        ? owner?.kind === 'ReplicaSet' && owner.name.startsWith(`${name}-`)
        : owner?.uid === uid;
    }),
  );
}

async function podsOfCronJob(
  reader: PodReader,
  namespace: string,
  uid: string | undefined,
): Promise<ClusterResult<readonly unknown[]>> {
  const jobs = await reader.listJobs(namespace);
  if (!jobs.ok) return jobs;
  const uids = new Set(
    jobs.value.filter((job) => controllerOf(job)?.uid === uid).map((job) => uidOf(job)),
  );
  if (uids.size === 0) return success([]);
  const pods = await reader.listPods(namespace);
  if (!pods.ok) return pods;
  return success(pods.value.items.filter((pod) => uids.has(controllerOf(pod)?.uid)));
}

const dated = z.object({
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.string().catch(''),
    deletionTimestamp: z.string().optional().catch(undefined),
  }),
});

/**
 * The name of the pod that says most of what is wrong: one that stays rather than one that is being
 * deleted, then one that waits or was restarted most, then the newest. Undefined where there is
 * none.
 */
export function tellingPod(pods: readonly unknown[]): string | undefined {
  const ranked = pods.flatMap((pod) => {
    const read = dated.safeParse(pod);
    if (!read.success) return [];
    const { name, creationTimestamp, deletionTimestamp } = read.data.metadata;
    const runs = [...podStatusOf(pod).runs.values()];
    const restarts = runs.reduce((sum, run) => sum + run.restarts, 0);
    const waits = runs.some(({ state }) => state === 'waiting');
    const stays = deletionTimestamp === undefined;
    return [{ name, creationTimestamp, rank: [stays, waits, restarts].map(Number) }];
  });
  ranked.sort((a, b) => {
    const at = a.rank.findIndex((value, index) => value !== b.rank[index]);
    if (at >= 0) return (b.rank[at] ?? 0) - (a.rank[at] ?? 0);
    return a.creationTimestamp < b.creationTimestamp ? 1 : -1;
  });
  return ranked[0]?.name;
}

function uidOf(object: unknown): string | undefined {
  const read = identified.safeParse(object);
  return read.success ? read.data.metadata.uid : undefined;
}

/** The selector as the query of a list has it. An empty one would select every pod. */
function selectorText(object: unknown): string | undefined {
  const read = selecting.safeParse(object);
  if (!read.success) return undefined;
  const { matchLabels, matchExpressions } = read.data.spec.selector;
  const parts = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(matchExpressions ?? []).map(({ key, operator, values }) => {
      const list = `(${(values ?? []).join(',')})`;
      switch (operator) {
        case 'In':
          return `${key} in ${list}`;
        case 'NotIn':
          return `${key} notin ${list}`;
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
      }
    }),
  ];
  return parts.length === 0 ? undefined : parts.join(',');
}
