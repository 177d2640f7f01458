/**
 * Surveys a cluster, or a namespace of it. Reads lists alone: pods, namespaces, ImageProfiles and
 * Exemptions, each a page after the other. Without a right to one of the last three it says what
 * is therefore not known.
 */
import { listObjectPages } from '../cluster/list-pages.ts';
import { get } from '../cluster/request.ts';
import { exemptionApiVersion } from '../core/exemptions/schema.ts';
import { profileApiVersion } from '../core/catalogue/parse/schema.ts';
import { isObject, parseJson } from '../core/values/json.ts';
import { success } from '../core/values/result.ts';
import { factsOf } from './facts.ts';
import { makePodIntake } from './pod-intake.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { Collection } from '../cluster/list-pages.ts';
import type { ClusterProblem, ClusterResult } from '../cluster/request.ts';
import type { Result } from '../core/values/result.ts';
import type { SurveyOptions } from './facts.ts';
import type { Survey } from './survey.ts';

const pageSize = 500;

/**
 * `namespace`: undefined for all. Refused where the pods cannot be read, or the namespace is not
 * there.
 */
export async function surveyCluster(
  connection: Connection,
  namespace: string | undefined,
  options: SurveyOptions,
): Promise<Result<Survey>> {
  const unread: string[] = [];
  const namespaces = await readNamespaces(connection, namespace);
  if (!namespaces.ok && isMissing(namespaces.problems)) return namespaces;
  const profiles = await listAll(connection, {
    path: `/apis/${profileApiVersion}/imageprofiles`,
    what: 'the ImageProfiles',
    resource: 'imageprofiles.lithopod.dev',
  });
  const exemptions = await listAll(connection, {
    path: `/apis/${exemptionApiVersion}/${below(namespace)}exemptions`,
    what: `the Exemptions${ofNamespace(namespace)}`,
    resource: 'exemptions.lithopod.dev',
    ...(namespace !== undefined && { namespace }),
  });
  const known = (
    read: ClusterResult<readonly unknown[]>,
    otherwise: string,
  ): readonly unknown[] => {
    if (read.ok) return read.value;
    // Of a kind that is not installed there are none.
    if (isMissing(read.problems)) return [];
    unread.push(...read.problems.map(({ message }) => `${message}: ${otherwise}`));
    return [];
  };
  const facts = factsOf(
    {
      namespaces: known(namespaces, 'why a pod is mutable is not known'),
      profiles: known(profiles, 'images have the profiles of the files and the built-in ones'),
      exemptions: known(exemptions, 'no pod counts as exempted'),
    },
    options,
  );
  if (!facts.ok) return facts;
  unread.push(...facts.value.unready);

  const intake = makePodIntake(facts.value.facts);
  const pods = {
    path: `/api/v1/${below(namespace)}pods`,
    what: `the pods${ofNamespace(namespace)}`,
    resource: 'pods',
    ...(namespace !== undefined && { namespace }),
  };
  for await (const page of listObjectPages(connection, pods, pageSize)) {
    if (!page.ok) return page;
    for (const item of page.value.items) intake.take(item);
  }
  return success(intake.survey({ ...(namespace !== undefined && { namespace }), unread }));
}

function below(namespace: string | undefined): string {
  return namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
}

function ofNamespace(namespace: string | undefined): string {
  return namespace === undefined ? ' of all namespaces' : ` of the namespace "${namespace}"`;
}

function isMissing(problems: readonly ClusterProblem[]): boolean {
  return problems.every(({ kind }) => kind === 'not-found');
}

async function readNamespaces(
  connection: Connection,
  namespace: string | undefined,
): Promise<ClusterResult<readonly unknown[]>> {
  if (namespace === undefined) {
    const all = { path: '/api/v1/namespaces', what: 'the namespaces', resource: 'namespaces' };
    return listAll(connection, all);
  }
  const read = await get(connection, {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}`,
    what: `namespace "${namespace}"`,
    resource: 'namespaces',
    verb: 'get',
    namespace,
  });
  return read.ok ? success([parseJson(read.value)]) : read;
}

async function listAll(
  connection: Connection,
  collection: Collection,
): Promise<ClusterResult<readonly unknown[]>> {
  const found: unknown[] = [];
  for await (const page of listObjectPages(connection, collection, pageSize)) {
    if (!page.ok) return page;
    for (const item of page.value.items) found.push(withoutManagers(item));
  }
  return success(found);
}

/** Half of an object is who wrote which field of it. */
function withoutManagers(item: unknown): unknown {
  if (!isObject(item) || !isObject(item['metadata'])) return item;
  return { ...item, metadata: { ...item['metadata'], managedFields: undefined } };
}
