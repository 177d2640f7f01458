/** Where a pod and the logs of its containers are. */
import { get } from './request.ts';
import type { Connection } from './kubeconfig.ts';
import type { ClusterResult } from './request.ts';

/** The path of the pod in the API. */
export function podPath(namespace: string, pod: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`;
}

/** The log of a container, as the query asks for it. */
export function getLog(
  connection: Connection,
  namespace: string,
  pod: string,
  query: Readonly<Record<string, string>> & { readonly container: string },
): Promise<ClusterResult<string>> {
  return get(connection, {
    path: `${podPath(namespace, pod)}/log?${new URLSearchParams(query).toString()}`,
    what: `the log of container "${query.container}"`,
    resource: 'pods/log',
    verb: 'get',
    namespace,
  });
}
