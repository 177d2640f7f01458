/**
 * Objects of any kind: found, deleted, and stripped of labels. Of an object only its metadata is
 * read: no value of a Secret comes here.
 */
import { z } from 'zod';
import { parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { listPages } from './list-pages.ts';
import { send, statusMessage, unauthorized } from './request.ts';
import type { ApiAnswer, ClusterProblem, ClusterResult } from './request.ts';
import type { Connection } from './kubeconfig.ts';

/** A kind as the API server serves it. */
export interface Resource {
  /** `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** `deployments`. */
  readonly plural: string;
  /** `deployment.apps`, as kubectl names it. */
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What is read of an object. */
export interface FoundObject {
  readonly resource: Resource;
  readonly name: string;
  /** Empty where its kind has none. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** Another object made it, and goes with it. */
  readonly owned: boolean;
}

/** Which objects of a kind are listed. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

const discovered = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().optional() }).nullish(),
      versions: z.array(
        z.object({
          version: z.string(),
          resources: z
            .array(
              z.object({
                resource: z.string(),
                responseKind: z.object({ kind: z.string() }).nullish(),
                scope: z.string(),
                singularResource: z.string().nullish(),
                verbs: z.array(z.string()),
              }),
            )
            .nullish(),
        }),
      ),
    }),
  ),
});

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
  finalizers: z.array(z.string()).nullish(),
  ownerReferences: z.array(z.unknown()).nullish(),
});
const object = z.object({ metadata });
const page = z.object({ items: z.array(object).nullish() });

type StoredMetadata = z.infer<typeof metadata>;

const asMetadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const asMetadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const asDiscovery = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const pageSize = 500;

/** Every kind that the API server serves, in the first version that it prefers for its group. */
export async function discover(
  connection: Connection,
): Promise<ClusterResult<readonly Resource[]>> {
  const found: Resource[] = [];
  for (const path of ['/api', '/apis']) {
    const answer = await send(connection, { method: 'GET', path, accept: asDiscovery });
    if (!answer.ok) return answer;
    if (answer.value.status !== 200) {
      return failure(problemOf(answer.value, connection, 'list', 'what it serves'));
    }
    const parsed = discovered.safeParse(parseJson(answer.value.body));
    if (!parsed.success) {
      return failure({
        kind: 'refused',
        message: `${connection.server}${path} answers in a form that is not known: Kubernetes 1.30 or later is needed`,
      });
    }
    for (const { metadata: group, versions } of parsed.data.items) {
      const known = new Set<string>();
      for (const { version, resources } of versions) {
        for (const each of resources ?? []) {
          if (known.has(each.resource)) continue;
          known.add(each.resource);
          found.push(resourceOf(group?.name ?? '', version, each));
        }
      }
    }
  }
  return success(found);
}

function resourceOf(
  group: string,
  version: string,
  each: {
    readonly resource: string;
    readonly responseKind?: { readonly kind: string } | null | undefined;
    readonly scope: string;
    readonly singularResource?: string | null | undefined;
    readonly verbs: readonly string[];
  },
): Resource {
  const kind = each.responseKind?.kind ?? '';
  const singular = each.singularResource ?? kind.toLowerCase();
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    plural: each.resource,
    name: group === '' ? singular : `${singular}.${group}`,
    namespaced: each.scope === 'Namespaced',
    verbs: each.verbs,
  };
}

/** All objects of a kind that are selected. */
export async function listObjects(
  connection: Connection,
  resource: Resource,
  { namespace, labelSelector }: Selection = {},
): Promise<ClusterResult<readonly FoundObject[]>> {
  const found: FoundObject[] = [];
  const pages = listPages(connection, {
    path: collectionPath(resource, namespace),
    pageSize,
    accept: asMetadataList,
    ...(labelSelector !== undefined && { query: { labelSelector } }),
  });
  for await (const each of pages) {
    if (!each.ok) return each;
    const { answer, value } = each.value;
    // The kind went away since it was discovered.
    if (answer.status === 404) return success(found);
    const read = page.safeParse(value);
    if (answer.status !== 200 || !read.success) {
      return failure(problemOf(answer, connection, 'list', fullName(resource)));
    }
    found.push(...(read.data.items ?? []).map((one) => foundOf(resource, one.metadata)));
  }
  return success(found);
}

/** Undefined where there is none of that name. */
export async function getObject(
  connection: Connection,
  resource: Resource,
  namespace: string,
  name: string,
): Promise<ClusterResult<FoundObject | undefined>> {
  const path = objectPath(resource, namespace, name);
  const answer = await send(connection, { method: 'GET', path, accept: asMetadata });
  if (!answer.ok) return answer;
  if (answer.value.status === 404) return success(undefined);
  const read = object.safeParse(parseJson(answer.value.body));
  if (answer.value.status !== 200 || !read.success) {
    return failure(problemOf(answer.value, connection, 'get', fullName(resource)));
  }
  return success(foundOf(resource, read.data.metadata));
}

/**
 * Deletes it; what it owns goes after it. True where it was there. With `dryRun` everything is
 * checked, and it stays.
 */
export async function deleteObject(
  connection: Connection,
  { resource, namespace, name }: FoundObject,
  dryRun: boolean,
): Promise<ClusterResult<boolean>> {
  const query = new URLSearchParams({ propagationPolicy: 'Background' });
  if (dryRun) query.set('dryRun', 'All');
  const path = `${objectPath(resource, namespace, name)}?${query.toString()}`;
  const answer = await send(connection, { method: 'DELETE', path, accept: asMetadata });
  if (!answer.ok) return answer;
  const { status } = answer.value;
  // 409: it is on its way out already.
  if (status === 200 || status === 202 || status === 409) return success(true);
  if (status === 404) return success(false);
  return failure(problemOf(answer.value, connection, 'delete', fullName(resource)));
}

/** Takes labels off. True where the object was there. */
export async function removeLabels(
  connection: Connection,
  { resource, namespace, name }: FoundObject,
  labels: readonly string[],
  dryRun: boolean,
): Promise<ClusterResult<boolean>> {
  const query = new URLSearchParams({ fieldManager: 'lithopod' });
  if (dryRun) query.set('dryRun', 'All');
  const change = { metadata: { labels: Object.fromEntries(labels.map((key) => [key, null])) } };
  const answer = await send(connection, {
    method: 'PATCH',
    path: `${objectPath(resource, namespace, name)}?${query.toString()}`,
    body: { type: 'application/merge-patch+json', text: JSON.stringify(change) },
    accept: asMetadata,
  });
  if (!answer.ok) return answer;
  if (answer.value.status === 200) return success(true);
  if (answer.value.status === 404) return success(false);
  return failure(problemOf(answer.value, connection, 'patch', fullName(resource)));
}

function foundOf(resource: Resource, stored: StoredMetadata): FoundObject {
  return {
    resource,
    name: stored.name,
    namespace: stored.namespace ?? '',
    labels: stored.labels ?? {},
    finalizers: stored.finalizers ?? [],
    owned: (stored.ownerReferences ?? []).length > 0,
  };
}

function collectionPath(
  { apiVersion, plural, namespaced }: Resource,
  namespace: string | undefined,
): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inside =
    namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${inside}/${plural}`;
}

function objectPath(resource: Resource, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** `deployments.apps`, as a Role names it. */
function fullName({ apiVersion, plural }: Resource): string {
  const [group = ''] = apiVersion.split('/');
  return apiVersion.includes('/') ? `${plural}.${group}` : plural;
}

function problemOf(
  { status, body }: ApiAnswer,
  connection: Connection,
  verb: string,
  resource: string,
): ClusterProblem {
  const reason = statusMessage(body);
  switch (status) {
    case 200:
      return {
        kind: 'refused',
        message: `cannot ${verb} ${resource}: the answer is not understood`,
      };
    case 401:
      return unauthorized(connection);
    case 403:
      return {
        kind: 'forbidden',
        message: `may not ${verb} ${resource}: a Role or ClusterRole has to allow the verb "${verb}" on "${resource}" (${reason})`,
      };
    default:
      return { kind: 'refused', message: `cannot ${verb} ${resource}: ${reason} (HTTP ${status})` };
  }
}
