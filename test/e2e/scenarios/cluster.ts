// One control plane with Lithopod installed, for all scenarios of a run: starting one takes longer
// than most of them.

import { parseAllDocuments } from 'yaml';

import type { CommandResult } from '../control-plane/owned-process.ts';
import { prepareInstallation, until, type Installation } from '../installation.ts';
import { openApi, type Api } from './api.ts';
import { startOurWebhook, type OurWebhook } from './our-webhook.ts';
import { seeds } from './seeds.ts';
import { weaknesses, type StoredPod } from './stored-pod.ts';

export interface Cluster {
  readonly installation: Installation;
  readonly api: Api;
  readonly webhook: OurWebhook;
  /** Runs kubectl, with an object on its stdin; rejects unless its exit code is 0. */
  readonly kubectl: (args: readonly string[], input?: unknown) => Promise<CommandResult>;
  /** Makes a namespace with a service account `default`, which in a cluster a controller makes. */
  readonly namespace: (name: string, labels?: Readonly<Record<string, string>>) => Promise<string>;
  /** Registers the webhooks of manifests/ again, and waits until they answer. */
  readonly register: () => Promise<void>;
  /** Removes them, and waits until the API server no longer asks them. */
  readonly unregister: () => Promise<void>;
}

/** Made, with each seed's pods in it, before Lithopod was: what they look like without. */
export const controlNamespace = 'control';

let shared: Promise<Cluster> | undefined;
let stop = (): Promise<void> => Promise.resolve();

/** The cluster of this process, started when first asked for and stopped after the last test. */
export function sharedCluster(): Promise<Cluster> {
  return (shared ??= start());
}

after('stop the shared cluster', () => stop());

async function start(): Promise<Cluster> {
  const installation = await prepareInstallation({ serviceAccounts: true, auditLog: true });
  stop = () => installation.stop();
  const { secretYaml } = await installation.makeSecret(['127.0.0.1']);
  const api = await openApi(installation.plane);
  const webhook = await startOurWebhook(secretYaml, installation.plane.dir);
  stop = async () => {
    api.close();
    await installation.stop();
    await webhook.stop();
  };

  const namespace: Cluster['namespace'] = async (name, labels = {}) => {
    await api.create('/api/v1/namespaces', { metadata: { name, labels } });
    await api.create(`/api/v1/namespaces/${name}/serviceaccounts`, {
      metadata: { name: 'default' },
    });
    return name;
  };
  const kubectl: Cluster['kubectl'] = async (args, input) => {
    const result = await installation.kubectl(args, input);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
    return result;
  };

  await namespace(controlNamespace);
  for (const { name, pod } of seeds) {
    await api.create(`/api/v1/namespaces/${controlNamespace}/pods`, pod(name));
  }

  const objects = await installedObjects(installation, webhook.port);
  await kubectl(['apply', '-f', '-'], list(objects));
  const webhooks = objects.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
  await namespace('probe', { 'lithopod.dev/enforce': 'immutable' });
  const isHardened = async (): Promise<boolean> => {
    const probe = seeds[0]!.pod('probe');
    const { status, body } = await api.createPod('probe', probe, { dryRun: true });
    return status === 201 && weaknesses(body as StoredPod).length === 0;
  };
  await until('hardening', isHardened);
  return {
    installation,
    api,
    webhook,
    kubectl,
    namespace,
    register: async () => {
      await kubectl(['apply', '-f', '-'], list(webhooks));
      await until('hardening', isHardened);
    },
    unregister: async () => {
      await kubectl(['delete', 'mutatingwebhookconfiguration', 'lithopod']);
      await until('end of hardening', async () => !(await isHardened()));
    },
  };
}

interface Rendered {
  readonly kind: string;
  readonly webhooks?: readonly {
    readonly clientConfig: {
      readonly service: { readonly path: string };
      readonly caBundle: string;
    };
  }[];
}

/**
 * Everything that `kubectl apply -k` installs, but for one thing: the API server reaches the
 * webhook at an address of this machine instead of through its Service, which has no pod here. The
 * caBundle is the installation's own.
 */
export async function installedObjects(
  installation: Installation,
  port: number,
  folder = installation.folder,
): Promise<readonly Rendered[]> {
  const { stdout } = await installation.kubectl(['kustomize', folder]);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Rendered)
    .map((object) =>
      object.webhooks === undefined
        ? object
        : {
            ...object,
            webhooks: object.webhooks.map((webhook) => {
              const { service, caBundle } = webhook.clientConfig;
              const url = `https://127.0.0.1:${port}${service.path}`;
              return { ...webhook, clientConfig: { url, caBundle } };
            }),
          },
    ) as readonly Rendered[];
}

/** One object of many, as kubectl takes them. */
export function list(items: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'List', items };
}
