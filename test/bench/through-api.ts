/**
 * Pods created a second through a real API server: with no webhook, with one that does nothing,
 * with one that answers with the same patch, and with Lithopod; and how long the first creations
 * take after Lithopod has started.
 */
import { join } from 'node:path';
import { until } from '../e2e/installation.ts';
import { startControlPlane } from '../e2e/control-plane/control-plane.ts';
import { openApi } from '../e2e/scenarios/api.ts';
import { getStatus, median, percentile, spawnTarget, untilAnswered } from './measure.ts';
import { bareWebhook } from './tables.ts';
import { ourTarget, prepareFolder } from './targets.ts';
import type { Api } from '../e2e/scenarios/api.ts';
import type { ControlPlane } from '../e2e/control-plane/control-plane.ts';
import type { ServerProcess } from '../e2e/control-plane/owned-process.ts';
import type { ColdStart, ThroughApi, ThroughApiRow } from './report.ts';
import type { Target } from './targets.ts';

export interface ThroughApiOptions {
  readonly folder: string;
  readonly port: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly progress: () => void;
}

interface Way {
  readonly webhook: string;
  readonly namespace: string;
}

const ways: readonly Way[] = [
  { webhook: 'none', namespace: 'bare' },
  { webhook: 'one that does nothing', namespace: 'null' },
  { webhook: bareWebhook, namespace: 'bare-patch' },
  { webhook: 'lithopod', namespace: 'lithopod' },
];
const clientCounts = [1, 16];

/**
 * Needs the programs of the end-to-end tests. All of it shares the machine's cores, clients too.
 */
export async function measureThroughApi(options: ThroughApiOptions): Promise<ThroughApi> {
  const { folder, port, rounds, seconds, progress } = options;
  const ca = await prepareFolder(folder);
  const ours = ourTarget(port, folder);
  const path = `${ours.url}/enforce/immutable`;
  const nothing = bareTarget('null webhook', port + 1, folder);
  const bare = bareTarget('bare webhook', port + 2, folder, path);
  const servers: ServerProcess[] = [];
  const plane = await startControlPlane({ serviceAccounts: true });
  try {
    let own = await spawnTarget(ours, folder);
    servers.push(own, await spawnTarget(nothing, folder), await spawnTarget(bare, folder));
    await untilAnswered(own, () => getStatus(`${ours.healthUrl}/readyz`));
    await install(plane, ca, [
      { name: 'lithopod', url: path },
      { name: 'bare-patch', url: bare.url },
      { name: 'null', url: nothing.url },
    ]);
    const rows: ThroughApiRow[] = [];
    for (const clients of clientCounts) {
      const apis = await Promise.all(Array.from({ length: clients }, () => openApi(plane)));
      try {
        await settle(apis[0]!);
        for (const way of ways) await createFor(way, apis, Math.min(seconds, 2));
        const runs = new Map<Way, Run[]>(ways.map((way) => [way, []]));
        for (let round = 0; round < rounds; round++) {
          for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
            runs.get(way)?.push(await createFor(way, apis, seconds));
            progress();
          }
        }
        for (const [way, each] of runs) rows.push(rowOf(way, clients, each));
      } finally {
        for (const api of apis) api.close();
      }
    }
    const cold: ColdStart[] = [];
    for (let round = 0; round < rounds; round++) {
      await own.stop();
      servers.splice(servers.indexOf(own), 1);
      own = await spawnTarget(ours, folder);
      servers.push(own);
      await untilAnswered(own, () => getStatus(`${ours.healthUrl}/readyz`));
      cold.push(await createCold(plane));
      progress();
    }
    return { rounds, seconds, rows, cold: medianOf(cold) };
  } finally {
    for (const server of servers) await server.stop();
    await plane.stop();
  }
}

function bareTarget(name: string, port: number, folder: string, patchOf?: string): Target {
  return {
    name,
    url: `https://127.0.0.1:${port}/`,
    command: [
      process.execPath,
      ...['--import', 'tsx', join(import.meta.dirname, 'null-webhook.ts')],
      ...[`${port}`, folder, ...(patchOf === undefined ? [] : [patchOf])],
    ],
    env: {},
  };
}

/** After a start: the 1st to the 100th creation, and the 101st to the 300th. */
async function createCold(plane: ControlPlane): Promise<ColdStart> {
  const api = await openApi(plane);
  try {
    const bare = ways.find(({ webhook }) => webhook === bareWebhook);
    const ours = ways.find(({ webhook }) => webhook === 'lithopod');
    if (bare === undefined || ours === undefined) throw new Error('no way');
    // The client, the API server and the reference are warm.
    const reference = await createSome(bare, api, 300);
    const first = await createSome(ours, api, 100);
    const next = await createSome(ours, api, 200);
    return { reference, first, next };
  } finally {
    api.close();
  }
}

/** The median of so many creations, one after the other, in milliseconds. */
async function createSome(way: Way, api: Api, count: number): Promise<number> {
  const milliseconds: number[] = [];
  for (let index = 0; index < count; index++) {
    const before = performance.now();
    await api.createPod(way.namespace, podOf(`pod-${created++}`));
    milliseconds.push(performance.now() - before);
  }
  return percentile(milliseconds, 0.5);
}

function medianOf(runs: readonly ColdStart[]): ColdStart {
  const of = (part: keyof ColdStart): number =>
    Number(median(runs.map((run) => run[part])).toFixed(2));
  return { reference: of('reference'), first: of('first'), next: of('next') };
}

async function install(
  plane: ControlPlane,
  ca: string,
  hooks: readonly { readonly name: string; readonly url: string }[],
): Promise<void> {
  const api = await openApi(plane);
  for (const { namespace } of ways) {
    await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
    await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
      metadata: { name: 'default' },
    });
  }
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  for (const { name, url } of hooks) await api.create(path, registration(name, url, ca));
  api.close();
}

function registration(name: string, url: string, ca: string): object {
  return {
    metadata: { name },
    webhooks: [
      {
        name: `${name}.bench.example`,
        clientConfig: { url, caBundle: Buffer.from(ca).toString('base64') },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/** The API server learns of a webhook a moment after it was stored. */
async function settle(api: Api): Promise<void> {
  await until('hardening', async () => {
    const { status, body } = await api.createPod('lithopod', podOf('probe'), { dryRun: true });
    return status === 201 && JSON.stringify(body).includes('lithopod.dev/hardened');
  });
}

interface Run {
  readonly milliseconds: readonly number[];
  readonly seconds: number;
  readonly errors: number;
}

let created = 0;

/** Each client creates pods one after the other. */
async function createFor(way: Way, apis: readonly Api[], seconds: number): Promise<Run> {
  const milliseconds: number[] = [];
  let errors = 0;
  const start = performance.now();
  const end = start + seconds * 1000;
  const client = async (api: Api): Promise<void> => {
    while (performance.now() < end) {
      const before = performance.now();
      const { status } = await api.createPod(way.namespace, podOf(`pod-${created++}`));
      milliseconds.push(performance.now() - before);
      if (status !== 201) errors++;
    }
  };
  await Promise.all(apis.map(client));
  return { milliseconds, seconds: (performance.now() - start) / 1000, errors };
}

function podOf(name: string): object {
  return {
    metadata: { name, labels: { app: 'web' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.29',
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: '50m', memory: '64Mi' } },
        },
      ],
    },
  };
}

function rowOf({ webhook }: Way, clients: number, runs: readonly Run[]): ThroughApiRow {
  const share = (part: number): number =>
    Number(median(runs.map(({ milliseconds }) => percentile(milliseconds, part))).toFixed(2));
  return {
    webhook,
    clients,
    podsPerSecond: Math.round(
      median(runs.map(({ milliseconds, seconds }) => milliseconds.length / seconds)),
    ),
    p50: share(0.5),
    p99: share(0.99),
    errors: runs.reduce((sum, { errors }) => sum + errors, 0),
  };
}
