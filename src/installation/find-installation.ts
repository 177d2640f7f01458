/** What of an installation is in a cluster. */
import { discover, getObject, listObjects } from '../cluster/objects.ts';
import { getServiceNamespaces } from '../cluster/webhook-configuration.ts';
import { labelPrefix } from '../core/namespaces.ts';
import { failure, success } from '../core/values/result.ts';
import { isReservedNamespace } from './namespace-name.ts';
import { groupOf, hasOwnName, ownLabel, removalRank } from './own-objects.ts';
import type { FoundObject, Resource } from '../cluster/objects.ts';
import type { Connection } from '../cluster/kubeconfig.ts';
import type { Result } from '../core/values/result.ts';
import type { OwnKind } from './own-objects.ts';

/** A kind of Lithopod's own, with how many objects of it there are. */
export interface FoundDefinition {
  readonly definition: FoundObject;
  /** `imageprofile.lithopod.dev`; as its definition is named where it is not served. */
  readonly what: string;
  readonly count: number;
}

export interface LabelledNamespace {
  readonly namespace: FoundObject;
  readonly labels: readonly string[];
}

export interface FoundInstallation {
  /** In the order in which they are to go; neither the namespace nor definitions are among them. */
  readonly objects: readonly FoundObject[];
  readonly definitions: readonly FoundDefinition[];
  readonly labelled: readonly LabelledNamespace[];
  /** Undefined where there is none, or where it is Kubernetes' own. */
  readonly namespace: FoundObject | undefined;
  /** What is in the namespace and is not Lithopod's. */
  readonly strangers: readonly FoundObject[];
}

/** What the search knows. */
interface Search {
  readonly connection: Connection;
  readonly resources: readonly Resource[];
  readonly namespace: string;
}

/**
 * What Kubernetes and OpenShift put into every namespace, and what only tells of something else.
 */
const everywhere = new Set([
  'configmap/kube-root-ca.crt',
  'configmap/openshift-service-ca.crt',
  'serviceaccount/default',
  'serviceaccount/builder',
  'serviceaccount/deployer',
]);
const passingKinds = new Set(['Event', 'Lease', 'Endpoints', 'EndpointSlice']);

/**
 * Looks for everything of ours. Problems: what may not be read, a cluster that does not answer, and
 * a webhook configuration that belongs to another namespace than the given one.
 */
export async function findInstallation(
  connection: Connection,
  kinds: readonly OwnKind[],
  namespace: string,
): Promise<Result<FoundInstallation>> {
  const discovered = await discover(connection);
  if (!discovered.ok) return messages(discovered.problems);
  const search: Search = { connection, resources: discovered.value, namespace };
  const elsewhere = await otherNamespace(search, kinds);
  if (!elsewhere.ok) return elsewhere;

  const objects: FoundObject[] = [];
  let definitions: readonly FoundDefinition[] = [];
  const problems: { readonly message: string }[] = [];
  for (const each of kinds) {
    if (each.kind === 'Namespace') continue;
    const found = await findKind(search, each);
    if (!found.ok) problems.push(...found.problems);
    else if (each.kind !== 'CustomResourceDefinition') objects.push(...found.value);
    else {
      const counted = await countObjects(search, found.value);
      if (counted.ok) definitions = counted.value;
      else problems.push(...counted.problems);
    }
  }
  const namespaces = await findNamespaces(search);
  if (!namespaces.ok) problems.push(...namespaces.problems);
  const own = namespaces.ok ? namespaces.value.own : undefined;
  const strangers = own === undefined ? success([]) : await findStrangers(search, objects);
  if (!strangers.ok) problems.push(...strangers.problems);
  if (problems.length > 0 || !namespaces.ok || !strangers.ok) return messages(problems);
  return success({
    objects: objects.sort((a, b) => removalRank(a.resource.kind) - removalRank(b.resource.kind)),
    definitions,
    labelled: namespaces.value.labelled,
    namespace: own,
    strangers: strangers.value,
  });
}

/** Everything in the namespace that somebody made and that does not go by itself. */
async function listNamespace(
  connection: Connection,
  resources: readonly Resource[],
  namespace: string,
): Promise<Result<readonly FoundObject[]>> {
  const found: FoundObject[] = [];
  for (const resource of resources) {
    const { namespaced, verbs, plural, kind } = resource;
    if (!namespaced || plural.includes('/') || passingKinds.has(kind)) continue;
    if (!verbs.includes('list') || !verbs.includes('delete')) continue;
    const listed = await listObjects(connection, resource, { namespace });
    if (listed.ok) found.push(...listed.value);
    // An API of somebody else's server that is down keeps nobody from uninstalling; where it has
    // objects here, Kubernetes keeps the namespace until it is back.
    else if (listed.problems.some(({ kind }) => kind !== 'refused')) {
      return messages(listed.problems);
    }
  }
  return success(
    found.filter((each) => !each.owned && !everywhere.has(`${each.resource.name}/${each.name}`)),
  );
}

/** Everything that the cluster's part of an installation names belongs to one namespace. */
async function otherNamespace(
  { connection, namespace }: Search,
  kinds: readonly OwnKind[],
): Promise<Result<undefined>> {
  const names = kinds.find(({ kind }) => kind === 'MutatingWebhookConfiguration')?.names ?? [];
  for (const name of names) {
    const asked = await getServiceNamespaces(connection, name);
    // Who may not read it hears so when it is looked for as all others are.
    if (!asked.ok && asked.problems.every(({ kind }) => kind === 'forbidden')) continue;
    if (!asked.ok) return messages(asked.problems);
    const other = asked.value.find((each) => each !== namespace);
    if (other === undefined) continue;
    return failure({
      message: `the webhook configuration "${name}" asks a Service in the namespace "${other}", so that is where Lithopod is: use --namespace ${other}`,
    });
  }
  return success(undefined);
}

async function findKind(
  { connection, resources, namespace }: Search,
  { group, kind, names }: OwnKind,
): Promise<Result<readonly FoundObject[]>> {
  const resource = resources.find(
    (each) => each.kind === kind && groupOf(each) === group && !each.plural.includes('/'),
  );
  // Of a kind that is not served, such as cert-manager's, there is nothing.
  if (resource === undefined) return success([]);
  const labelSelector = `${ownLabel.key}=${ownLabel.value}`;
  const listed = await listObjects(connection, resource, { namespace, labelSelector });
  if (!listed.ok) return messages(listed.problems);
  const found = listed.value.filter(({ name }) => names.has(name) || hasOwnName(name));
  for (const name of names) {
    if (found.some((each) => each.name === name)) continue;
    const one = await getObject(connection, resource, namespace, name);
    if (!one.ok) return messages(one.problems);
    if (one.value !== undefined) found.push(one.value);
  }
  return success(found);
}

async function countObjects(
  { connection, resources }: Search,
  definitions: readonly FoundObject[],
): Promise<Result<readonly FoundDefinition[]>> {
  const counted: FoundDefinition[] = [];
  for (const definition of definitions) {
    const resource = resources.find(
      (each) => `${each.plural}.${groupOf(each)}` === definition.name,
    );
    const listed =
      resource === undefined ? success([]) : await listObjects(connection, resource, {});
    if (!listed.ok) return messages(listed.problems);
    const what = resource?.name ?? definition.name;
    counted.push({ definition, what, count: listed.value.length });
  }
  return success(counted);
}

async function findNamespaces({ connection, resources, namespace }: Search): Promise<
  Result<{
    readonly own: FoundObject | undefined;
    readonly labelled: readonly LabelledNamespace[];
  }>
> {
  const resource = resources.find((each) => each.name === 'namespace');
  if (resource === undefined) return failure({ message: 'the cluster serves no namespaces' });
  const listed = await listObjects(connection, resource);
  if (!listed.ok) return messages(listed.problems);
  const labelled = listed.value.flatMap((each) => {
    const labels = Object.keys(each.labels).filter((key) => key.startsWith(labelPrefix));
    return labels.length === 0 ? [] : [{ namespace: each, labels }];
  });
  const own = isReservedNamespace(namespace)
    ? undefined
    : listed.value.find(({ name }) => name === namespace);
  return success({ own, labelled });
}

async function findStrangers(
  { connection, resources, namespace }: Search,
  ours: readonly FoundObject[],
): Promise<Result<readonly FoundObject[]>> {
  const listed = await listNamespace(connection, resources, namespace);
  if (!listed.ok) return listed;
  const isOurs = (each: FoundObject): boolean =>
    ours.some(({ resource, name }) => resource.kind === each.resource.kind && name === each.name) ||
    each.labels[ownLabel.key] === ownLabel.value ||
    hasOwnName(each.name);
  return success(listed.value.filter((each) => !isOurs(each)));
}

function messages(problems: readonly { readonly message: string }[]): Result<never> {
  const distinct = new Set(problems.map(({ message }) => message));
  return failure(...[...distinct].map((message) => ({ message })));
}
