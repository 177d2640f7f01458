/** Ephemeral containers of a pod: added, waited for, and their whole log read. */
import { failure, success } from '../core/values/result.ts';
import { getLog, podPath } from './pod-path.ts';
import { send, statusMessage, unauthorized } from './request.ts';
import type { Connection } from './kubeconfig.ts';
import type { ClusterErrorKind, ClusterProblem, ClusterResult } from './request.ts';

/**
 * Adds the container to the pod, as kubectl debug does. The kind of a problem is `forbidden` where
 * a right is missing, and `refused` where an admission plugin or webhook does not let it in.
 */
export async function addEphemeralContainer(
  connection: Connection,
  namespace: string,
  pod: string,
  container: object,
): Promise<ClusterResult<void>> {
  const answer = await send(connection, {
    method: 'PATCH',
    path: `${podPath(namespace, pod)}/ephemeralcontainers`,
    body: {
      type: 'application/strategic-merge-patch+json',
      text: JSON.stringify({ spec: { ephemeralContainers: [container] } }),
    },
  });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status === 200) return success(undefined);
  if (status === 401) return failure(unauthorized(connection));
  return failure(addProblem(status, statusMessage(body), namespace, pod));
}

function addProblem(
  status: number,
  reason: string,
  namespace: string,
  pod: string,
): ClusterProblem {
  // What admission refuses is forbidden too, and names no right of the user.
  const isRight =
    status === 403 && reason.includes('cannot patch resource "pods/ephemeralcontainers"');
  if (isRight) {
    return {
      kind: 'forbidden',
      message: `may not add an ephemeral container to pod "${pod}": a Role of the namespace "${namespace}" has to allow the verb "patch" on "pods/ephemeralcontainers" (${reason}). --exec needs "pods/exec" in its place`,
    };
  }
  const kind: ClusterErrorKind = status === 404 ? 'not-found' : 'refused';
  return {
    kind,
    message: `no ephemeral container could be added to pod "${pod}": ${reason} (HTTP ${status})`,
  };
}

/** The whole log of a container. Refused where it is larger than request.ts reads. */
export async function readWholeLog(
  connection: Connection,
  namespace: string,
  pod: string,
  container: string,
): Promise<ClusterResult<string>> {
  return getLog(connection, namespace, pod, { container });
}
