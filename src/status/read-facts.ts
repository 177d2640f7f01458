/** Reads what `lithopod status` reports. What may not be read is said of its own part. */
import { z } from 'zod';
import type { Connection } from '../cluster/kubeconfig.ts';
import { listObjectPages } from '../cluster/list-pages.ts';
import type { Collection } from '../cluster/list-pages.ts';
import type { ClusterResult } from '../cluster/request.ts';
import { getSecret } from '../cluster/secret.ts';
import { bundlesOf, getConfiguration } from '../cluster/webhook-configuration.ts';
import { labelPrefix, neverSelectedNamespaces } from '../core/namespaces.ts';
import { isObject } from '../core/values/json.ts';
import { success } from '../core/values/result.ts';
import type { JsonObject } from '../core/values/json.ts';
import type {
  ConditionFact,
  DeploymentFact,
  ExemptionFact,
  Facts,
  Known,
  NamespaceFact,
  PodFacts,
  WebhookConfiguration,
} from './facts.ts';
import { makePodCounter } from './pods.ts';
import { webhookDifferences } from './webhook-difference.ts';

export interface ReadOptions {
  readonly namespace: string;
  /** The entries of the configuration that `install` prints. */
  readonly webhooks: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
}

/** Reads everything, one after the other. */
export async function readFacts(connection: Connection, options: ReadOptions): Promise<Facts> {
  const { namespace } = options;
  const namespaces = await readNamespaces(connection);
  const exemptions = await readExemptions(connection);
  return {
    namespace,
    certificate: await readCertificate(connection, namespace),
    webhook: await readWebhook(connection, options),
    deployments: await readDeployments(connection, namespace),
    profiles: await readProfiles(connection),
    exemptions,
    namespaces,
    pods: await readPods(connection, namespaces, exemptions, namespace),
  };
}

/** A page is one text, smaller than the longest answer that is read: pods have some ten KiB. */
const pageSize = 200;

/** Calls `take` with each object of a collection. */
async function forEachObject(
  connection: Connection,
  collection: Collection,
  take: (object: JsonObject) => void,
): Promise<ClusterResult<undefined>> {
  for await (const page of listObjectPages(connection, collection, pageSize)) {
    if (!page.ok) return page;
    for (const item of page.value.items) if (isObject(item)) take(item);
  }
  return success(undefined);
}

function unknown<T>(result: ClusterResult<T> & { readonly ok: false }): { unknown: string } {
  return { unknown: result.problems.map(({ message }) => message).join('; ') };
}

async function readCertificate(
  connection: Connection,
  namespace: string,
): Promise<Known<string | undefined>> {
  const secret = await getSecret(connection, { namespace, name: 'lithopod-tls' });
  if (!secret.ok) return unknown(secret);
  const encoded = secret.value?.data['tls.crt'];
  return { value: encoded && Buffer.from(encoded, 'base64').toString() };
}

async function readWebhook(
  connection: Connection,
  { webhooks }: ReadOptions,
): Promise<Known<WebhookConfiguration | undefined>> {
  const read = await getConfiguration(connection, 'lithopod');
  if (!read.ok) return unknown(read);
  if (read.value === undefined) return { value: undefined };
  const { entries } = bundlesOf(read.value);
  return {
    value: { entries, differences: webhookDifferences(webhooks, read.value.webhooks ?? []) },
  };
}

const deployment = z.object({
  metadata: z.object({ name: z.string(), generation: z.number().default(0) }),
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      readyReplicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      replicas: z.number().default(0),
    })
    .prefault({}),
});

async function readDeployments(
  connection: Connection,
  namespace: string,
): Promise<Known<readonly DeploymentFact[]>> {
  const found: DeploymentFact[] = [];
  const listed = await forEachObject(
    connection,
    {
      path: `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`,
      what: `the Deployments of ${namespace}`,
      resource: 'deployments.apps',
    },
    (object) => {
      const parsed = deployment.safeParse(object);
      if (!parsed.success || !/^lithopod(-rotate)?$/.test(parsed.data.metadata.name)) return;
      const { metadata, spec, status } = parsed.data;
      found.push({
        name: metadata.name,
        ready: status.readyReplicas,
        wanted: spec.replicas,
        isRolledOut:
          status.observedGeneration >= metadata.generation &&
          status.updatedReplicas >= spec.replicas &&
          status.replicas <= status.updatedReplicas,
      });
    },
  );
  return listed.ok ? { value: found } : unknown(listed);
}

const conditioned = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.looseObject({ expires: z.string().default('') }).default({ expires: '' }),
  status: z
    .object({
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string(),
            message: z.string(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

async function readConditioned(
  connection: Connection,
  collection: Collection,
): Promise<Known<readonly ExemptionFact[]>> {
  const found: ExemptionFact[] = [];
  const listed = await forEachObject(connection, collection, (object) => {
    const parsed = conditioned.safeParse(object);
    if (!parsed.success) return;
    const { metadata, spec, status } = parsed.data;
    const of = (type: string) => status.conditions.find((each) => each.type === type);
    const ready = of('Ready');
    found.push({
      name:
        metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
      ready: ready === undefined ? undefined : ready.status === 'True',
      reason: ready?.reason ?? '',
      message: ready?.message ?? '',
      neverMatched: of('Matched')?.status === 'False',
      expires: spec.expires,
    });
  });
  if (listed.ok) return { value: found };
  // The kind is not installed: there are none.
  const isAbsent = listed.problems.every(({ kind }) => kind === 'not-found');
  return isAbsent ? { value: [] } : unknown(listed);
}

function readProfiles(connection: Connection): Promise<Known<readonly ConditionFact[]>> {
  return readConditioned(connection, {
    path: '/apis/lithopod.dev/v1alpha1/imageprofiles',
    what: 'the ImageProfiles',
    resource: 'imageprofiles.lithopod.dev',
  });
}

function readExemptions(connection: Connection): Promise<Known<readonly ExemptionFact[]>> {
  return readConditioned(connection, {
    path: '/apis/lithopod.dev/v1alpha1/exemptions',
    what: 'the Exemptions',
    resource: 'exemptions.lithopod.dev',
  });
}

const labelled = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
});

async function readNamespaces(connection: Connection): Promise<Known<readonly NamespaceFact[]>> {
  const found: NamespaceFact[] = [];
  const collection = { path: '/api/v1/namespaces', what: 'the namespaces', resource: 'namespaces' };
  const listed = await forEachObject(connection, collection, (object) => {
    const parsed = labelled.safeParse(object);
    if (!parsed.success) return;
    const { name, labels } = parsed.data.metadata;
    const ours = Object.entries(labels)
      .filter(([key]) => key.startsWith(labelPrefix))
      .map(([key, value]) => [key.slice(labelPrefix.length), value] as const);
    if (ours.length > 0) found.push({ name, labels: new Map(ours) });
  });
  return listed.ok ? { value: found } : unknown(listed);
}

async function readPods(
  connection: Connection,
  namespaces: Known<readonly NamespaceFact[]>,
  exemptions: Known<readonly ExemptionFact[]>,
  own: string,
): Promise<Known<PodFacts>> {
  if ('unknown' in namespaces) return namespaces;
  const inForce = new Set(
    'value' in exemptions
      ? exemptions.value
          .filter(({ reason, ready }) => ready === undefined || reason !== 'Ended')
          .map(({ name }) => name)
      : [],
  );
  const counter = await makePodCounter({ inForce, exemptionsKnown: 'value' in exemptions });
  for (const { name, labels } of namespaces.value) {
    if (!labels.has('enforce') || name === own || neverSelectedNamespaces.has(name)) continue;
    const listed = await forEachObject(
      connection,
      {
        path: `/api/v1/namespaces/${encodeURIComponent(name)}/pods`,
        what: `the pods of ${name}`,
        resource: 'pods',
        query: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
      },
      counter.take,
    );
    if (!listed.ok) return unknown(listed);
  }
  return { value: counter.facts() };
}
