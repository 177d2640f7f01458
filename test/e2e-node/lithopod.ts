// Lithopod beside the cluster: a service of this process, registered by its address.

import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import { certs } from '../../src/cli/certs.ts';
import { startOurWebhook, type OurWebhook } from '../e2e/scenarios/our-webhook.ts';
import type { Cluster, Manifest } from './node/cluster.ts';
import { until } from './node/until.ts';

const MANIFESTS = join(import.meta.dirname, '../../manifests');

export interface Registered {
  readonly webhook: OurWebhook;
  /** Waits until the API server asks it about pods of this namespace. */
  readonly answers: (namespace: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Webhook {
  readonly clientConfig: { readonly service: { readonly path: string }; readonly caBundle: string };
}

/** Starts the webhook and gives the API server the MutatingWebhookConfiguration of manifests/, but for the address. */
export async function registerLithopod(cluster: Cluster): Promise<Registered> {
  const folder = await mkdtemp(join(cluster.premises.dir, 'lithopod-'));
  const tls = join(MANIFESTS, 'tls');
  await cp(MANIFESTS, folder, { recursive: true, filter: (path) => path !== tls });
  const { secretYaml } = await certs({
    service: 'lithopod',
    namespace: 'lithopod-system',
    hosts: ['127.0.0.1'],
    days: 1,
    now: new Date(),
  });
  await mkdir(join(folder, 'tls'));
  await writeFile(join(folder, 'tls/secret.yaml'), secretYaml, { mode: 0o600 });
  const webhook = await startOurWebhook(secretYaml, folder);
  await cluster.kubectl(['apply', '-f', '-'], await configuration(cluster, folder, webhook.port));
  return {
    webhook,
    stop: () => webhook.stop(),
    answers: (namespace) =>
      until('hardening', async () => {
        const create = ['-n', namespace, 'create', '--dry-run=server', '-o', 'json', '-f', '-'];
        const { stdout } = await cluster.tryKubectl(create, probe);
        return stdout.includes('"readOnlyRootFilesystem": true');
      }),
  };
}

const probe: Manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe' },
  spec: { containers: [{ name: 'main', image: 'nginx' }] },
};

async function configuration(cluster: Cluster, folder: string, port: number): Promise<Manifest> {
  const rendered = await cluster.kubectl(['kustomize', folder]);
  const found = parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest)
    .find(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const webhooks = (found?.['webhooks'] as readonly Webhook[]).map((webhook) => {
    const { service, caBundle } = webhook.clientConfig;
    const url = `https://127.0.0.1:${port}${service.path}`;
    return { ...webhook, clientConfig: { url, caBundle } };
  });
  return { ...found, webhooks };
}
