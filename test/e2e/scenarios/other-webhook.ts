// Somebody else's mutating webhook: what service meshes and agents do to pods.

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { makeInMemoryTls } from '../../../src/tls/in-memory.ts';
import type { StoredContainer, StoredPod } from './stored-pod.ts';

/**
 * What it does to a pod: `sidecar` adds a container, `native-sidecar` an init container that stays,
 * before all others, `decorate` a label, an annotation and an env to every container.
 */
export type Deed = 'sidecar' | 'native-sidecar' | 'decorate';

export interface OtherWebhook {
  readonly url: (deed: Deed) => string;
  readonly caBundle: string;
  /** How often it was asked since the last look. */
  readonly calls: () => number;
  readonly stop: () => Promise<void>;
}

interface PatchOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** Starts it on a free port of this machine. */
export async function startOtherWebhook(): Promise<OtherWebhook> {
  const store = await makeInMemoryTls({ now: new Date() });
  const { certificate, key } = store.current();
  let calls = 0;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    calls++;
    void text(request).then((body) => {
      const {
        apiVersion,
        kind,
        request: asked,
      } = JSON.parse(body) as {
        apiVersion: string;
        kind: string;
        request: { uid: string; object: StoredPod };
      };
      const deed = new URL(request.url ?? '', 'https://localhost').pathname.slice(1) as Deed;
      const patch = Buffer.from(JSON.stringify(deeds[deed](asked.object))).toString('base64');
      const answer = { uid: asked.uid, allowed: true, patchType: 'JSONPatch', patch };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ apiVersion, kind, response: answer }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (deed) => `https://127.0.0.1:${port}/${deed}`,
    caBundle: Buffer.from(store.ca).toString('base64'),
    calls: () => {
      const seen = calls;
      calls = 0;
      return seen;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const deeds: Readonly<Record<Deed, (pod: StoredPod) => readonly PatchOperation[]>> = {
  sidecar: ({ spec }) =>
    isProxied(spec.containers) ? [] : [{ op: 'add', path: '/spec/containers/-', value: proxy }],
  'native-sidecar': ({ spec: { initContainers = [] } }) => {
    if (isProxied(initContainers)) return [];
    const value = [{ ...proxy, restartPolicy: 'Always' }, ...initContainers];
    return [{ op: 'add', path: '/spec/initContainers', value }];
  },
  decorate,
};

const proxy = { name: 'proxy', image: 'nginx', securityContext: { privileged: true } };

function isProxied(containers: readonly StoredContainer[]): boolean {
  return containers.some(({ name }) => name === proxy.name);
}

function decorate({ metadata, spec }: StoredPod): readonly PatchOperation[] {
  return [
    { op: 'add', path: '/metadata/labels', value: { ...metadata.labels, decorated: 'yes' } },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { ...metadata.annotations, 'example.com/decorated': 'yes' },
    },
    ...spec.containers.flatMap((container, index) => withEnv('containers', container, index)),
    ...(spec.initContainers ?? []).flatMap((container, index) =>
      withEnv('initContainers', container, index),
    ),
  ];
}

function withEnv(
  list: 'containers' | 'initContainers',
  { env = [] }: StoredContainer,
  index: number,
): readonly PatchOperation[] {
  if (env.some(({ name }) => name === 'DECORATED')) return [];
  const value = [...env, { name: 'DECORATED', value: 'yes' }];
  return [{ op: 'add', path: `/spec/${list}/${index}/env`, value }];
}
