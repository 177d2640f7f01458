// What the pods of the public manifests name and the API server looks up at their creation.

import { reasonOf, type Api } from './api.ts';
import type { Referents } from './corpus-pods.ts';

/**
 * Makes the service accounts in each namespace, and the classes once; what is there already stays.
 */
export async function makeReferents(
  api: Api,
  namespaces: readonly string[],
  { serviceAccounts, priorityClasses, runtimeClasses }: Referents,
): Promise<void> {
  const made = [
    ...namespaces.flatMap((namespace) =>
      serviceAccounts.map((name) => ({
        path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
        object: { metadata: { name } },
      })),
    ),
    ...priorityClasses.map((name, value) => ({
      path: '/apis/scheduling.k8s.io/v1/priorityclasses',
      object: { metadata: { name }, value },
    })),
    ...runtimeClasses.map((name) => ({
      path: '/apis/node.k8s.io/v1/runtimeclasses',
      object: { metadata: { name }, handler: 'any' },
    })),
  ];
  const answers = await Promise.all(made.map(({ path, object }) => api.call('POST', path, object)));
  for (const { status, body } of answers) {
    if (status !== 201 && status !== 409) throw new Error(`${status} ${reasonOf(body)}`);
  }
}
