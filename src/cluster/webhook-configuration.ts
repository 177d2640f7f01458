/** The caBundle of a MutatingWebhookConfiguration: what is published there, and the publishing. */
import { z } from 'zod';

import { parseJson } from '../core/values/json.ts';
import { failure, success } from '../core/values/result.ts';
import { applyObject, get } from './request.ts';
import { unanswered, writeOutcome } from './secret.ts';
import type { WatchTarget } from './object-watch.ts';
import type { Connection } from './kubeconfig.ts';
import type { ClusterResult } from './request.ts';
import type { ClusterWrite } from './secret.ts';

const collection = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
/** Owns every caBundle, and nothing else. */
const fieldManager = 'lithopod-rotate';

export interface PublishedBundles {
  readonly version: string;
  readonly entries: readonly {
    readonly name: string;
    /** PEM; empty where it has none. */
    readonly bundle: string;
  }[];
}

const configuration = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  webhooks: z
    .array(
      z.looseObject({
        name: z.string(),
        clientConfig: z.looseObject({
          caBundle: z.string().nullish(),
          service: z.looseObject({ namespace: z.string() }).nullish(),
        }),
      }),
    )
    .nullish(),
});

/** A configuration as it is stored. */
export type StoredConfiguration = z.infer<typeof configuration>;

export function configurationTarget(name: string): WatchTarget {
  return { collection, name };
}

/** Undefined: there is none. */
export async function getConfiguration(
  connection: Connection,
  name: string,
): Promise<ClusterResult<StoredConfiguration | undefined>> {
  const what = `the MutatingWebhookConfiguration "${name}"`;
  const answer = await get(connection, {
    path: `${collection}/${encodeURIComponent(name)}`,
    what,
    resource: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    verb: 'get',
    namespace: '',
  });
  if (!answer.ok) {
    return answer.problems.some(({ kind }) => kind === 'not-found') ? success(undefined) : answer;
  }
  const parsed = configuration.safeParse(parseJson(answer.value));
  return parsed.success
    ? success(parsed.data)
    : failure({ kind: 'refused', message: `the answer for ${what} is none` });
}

/** Undefined: there is none. */
export async function getBundles(
  connection: Connection,
  name: string,
): Promise<ClusterResult<PublishedBundles | undefined>> {
  const read = await getConfiguration(connection, name);
  return read.ok ? success(read.value && bundlesOf(read.value)) : read;
}

/** What is published in a configuration. */
export function bundlesOf({ metadata, webhooks }: StoredConfiguration): PublishedBundles {
  return {
    version: metadata.resourceVersion,
    entries: (webhooks ?? []).map(({ name, clientConfig }) => ({
      name,
      bundle: Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
    })),
  };
}

/**
 * Puts the bundle into every entry by server-side apply, and nothing else: what is applied names
 * an entry and its caBundle alone. A conflict where the configuration is not the one that was
 * read, so that no entry comes back that somebody else has removed.
 */
export async function publishBundle(
  connection: Connection,
  name: string,
  bundle: string,
  { version, entries }: PublishedBundles,
): Promise<ClusterWrite> {
  const caBundle = Buffer.from(bundle).toString('base64');
  const query = new URLSearchParams({ fieldManager, force: 'true' });
  const at = `${collection}/${encodeURIComponent(name)}`;
  const answer = await applyObject(connection, at, query, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name, resourceVersion: version },
    webhooks: entries.map((entry) => ({ name: entry.name, clientConfig: { caBundle } })),
  });
  return answer.ok
    ? writeOutcome(answer.value, `the MutatingWebhookConfiguration "${name}"`)
    : unanswered(answer);
}

/** The namespaces of the Services that its entries ask; none where there is no configuration. */
export async function getServiceNamespaces(
  connection: Connection,
  name: string,
): Promise<ClusterResult<readonly string[]>> {
  const read = await getConfiguration(connection, name);
  if (!read.ok) return read;
  const entries = read.value?.webhooks ?? [];
  const namespaces = entries.flatMap(({ clientConfig }) => clientConfig.service?.namespace ?? []);
  return success([...new Set(namespaces)]);
}
