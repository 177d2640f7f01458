/**
 * Reads from a cluster what `explain` needs: a pod, its logs and events, its namespace and the
 * object with its template. Nothing here writes.
 */
import { failure, success } from '../core/values/result.ts';
import { eventsOf } from './events.ts';
import { listObjectPages } from './list-pages.ts';
import { getLog, podPath } from './pod-path.ts';
import { get } from './request.ts';
import type { Collection } from './list-pages.ts';
import type { PodEvent } from './events.ts';
import type { Connection } from './kubeconfig.ts';
import type { TemplateSource } from './owner.ts';
import type { WorkloadKind } from './workload-kinds.ts';
import type { ClusterProblem, ClusterResult, Target } from './request.ts';

/** An interface, so that tests can pass in a fake where no kubelet runs. */
export interface PodReader {
  /** The object as the API server stores it. */
  readonly readPod: (namespace: string, name: string) => Promise<ClusterResult<unknown>>;
  /**
   * The last lines of a container's log, with `previous` those of the run before the current one.
   * Empty where there was no such run.
   */
  readonly readLog: (
    namespace: string,
    pod: string,
    container: string,
    previous: boolean,
  ) => Promise<ClusterResult<string>>;
  /** Oldest first. */
  readonly listEvents: (
    namespace: string,
    pod: string,
    uid: string,
  ) => Promise<ClusterResult<readonly PodEvent[]>>;
  /** The object that has the template of the pod. */
  readonly readTemplateSource: (
    namespace: string,
    source: TemplateSource,
  ) => Promise<ClusterResult<unknown>>;
  readonly readNamespace: (name: string) => Promise<ClusterResult<unknown>>;
  /** A workload as the API server stores it. */
  readonly readWorkload: (
    namespace: string,
    kind: WorkloadKind,
    name: string,
  ) => Promise<ClusterResult<unknown>>;
  /** The pods of the namespace, or those that the selector selects. */
  readonly listPods: (namespace: string, labelSelector?: string) => Promise<ClusterResult<PodList>>;
  readonly listJobs: (namespace: string) => Promise<ClusterResult<readonly unknown[]>>;
}

export interface PodList {
  readonly items: readonly unknown[];
  /** False where there are more than {@link maxPods}: the rest was not read. */
  readonly complete: boolean;
}

/** A page of pods that are as large as the API server allows would be refused by request.ts. */
const podsPerPage = 100;
const maxPods = 5_000;

const logLines = 1000;
/**
 * The kubelet reads so many bytes from the first of the last lines on, so a smaller limit would
 * cut off the end of the log.
 */
const logBytes = 4 * 1024 * 1024;
const maxEvents = 500;

/** A reader that asks the API server of the connection. */
export function openPodReader(connection: Connection): PodReader {
  const inNamespace = (namespace: string): string =>
    `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  return {
    async readPod(namespace, name) {
      const target: Target = {
        path: podPath(namespace, name),
        what: `pod "${name}"`,
        resource: 'pods',
        verb: 'get',
        namespace,
      };
      return parsed(await get(connection, target), target);
    },
    async readLog(namespace, pod, container, previous) {
      const log = await getLog(connection, namespace, pod, {
        container,
        tailLines: String(logLines),
        limitBytes: String(logBytes),
        ...(previous && { previous: 'true' }),
      });
      return !log.ok && log.problems.some(neverRan) ? success('') : log;
    },
    async listEvents(namespace, pod, uid) {
      const query = new URLSearchParams({
        fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${pod},involvedObject.uid=${uid}`,
        limit: String(maxEvents),
      });
      const target: Target = {
        path: `${inNamespace(namespace)}/events?${query.toString()}`,
        what: `the events of pod "${pod}"`,
        resource: 'events',
        verb: 'list',
        namespace,
      };
      const list = parsed(await get(connection, target), target);
      return list.ok ? success(eventsOf(list.value)) : list;
    },
    async readTemplateSource(namespace, { api, plural, name, owner }) {
      const [, group] = /^apis\/(\w+)\//.exec(api) ?? [];
      const target: Target = {
        path: `/${api}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`,
        what: `the template of ${owner.kind} "${owner.name}"`,
        resource: group === undefined ? plural : `${plural}.${group}`,
        verb: 'get',
        namespace,
      };
      return parsed(await get(connection, target), target);
    },
    async readNamespace(name) {
      const target: Target = {
        path: inNamespace(name),
        what: `namespace "${name}"`,
        resource: 'namespaces',
        verb: 'get',
        namespace: name,
      };
      return parsed(await get(connection, target), target);
    },
    async readWorkload(namespace, { kind, api, plural, resource }, name) {
      const target: Target = {
        path: `/${api}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`,
        what: `${kind.toLowerCase()} "${name}"`,
        resource,
        verb: 'get',
        namespace,
      };
      return parsed(await get(connection, target), target);
    },
    async listPods(namespace, labelSelector) {
      return listAll(connection, {
        path: `${inNamespace(namespace)}/pods`,
        what: `the pods of the namespace "${namespace}"`,
        resource: 'pods',
        namespace,
        ...(labelSelector !== undefined && { query: { labelSelector } }),
      });
    },
    async listJobs(namespace) {
      const jobs = await listAll(connection, {
        path: `/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`,
        what: `the jobs of the namespace "${namespace}"`,
        resource: 'jobs.batch',
        namespace,
      });
      return jobs.ok ? success(jobs.value.items) : jobs;
    },
  };
}

async function listAll(
  connection: Connection,
  collection: Collection,
): Promise<ClusterResult<PodList>> {
  const items: unknown[] = [];
  for await (const page of listObjectPages(connection, collection, podsPerPage)) {
    if (!page.ok) return page;
    for (const item of page.value.items) items.push(item);
    if (items.length >= maxPods) return success({ items, complete: page.value.isLast });
  }
  return success({ items, complete: true });
}

/**
 * Whether there is no log because the container did not run (kubernetes v1.34
 * pkg/kubelet/kubelet_pods.go validateContainerLogStatus).
 */
function neverRan({ kind, message }: ClusterProblem): boolean {
  if (kind !== 'refused') return false;
  const previous = message.indexOf('previous terminated container ');
  return (
    message.includes('is waiting to start') ||
    message.includes('is not available') ||
    (previous >= 0 && message.includes(' not found', previous))
  );
}

function parsed(body: ClusterResult<string>, { what }: Target): ClusterResult<unknown> {
  if (!body.ok) return body;
  try {
    return success(JSON.parse(body.value) as unknown);
  } catch {
    return failure<ClusterProblem>({
      kind: 'refused',
      message: `${what} cannot be read: the answer is not JSON`,
    });
  }
}
