/**
 * Answers reviews of its own before the service is ready: V8 compiles the path of a review while it
 * runs, and the first pods of an API server would wait for that.
 *
 * They come over TLS to a server of their own, on a free loopback port, by the same code as all
 * others. It has metrics of its own, and a log that nobody reads.
 */
import { Agent, request } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { modes } from './routes.ts';
import { levels } from '../core/findings/finding.ts';
import type { Log } from '../telemetry/log.ts';
import type { TlsStore } from '../tls/store.ts';
import type { EndpointOptions } from './endpoint.ts';
import { makeMetrics } from './metrics.ts';
import { close, listen, makeReviewServer } from './server.ts';

/** Enough for the code of all modes and levels to be compiled once. */
const maxReviews = 240;
/** A pod that is restarted is not ready so much later at most. */
const maxMs = 500;

export type WarmUpOptions = Pick<EndpointOptions, 'catalogue' | 'policy'>;

/** Resolves when the path is warm, or the time is over. Rejects where a review has no answer. */
export async function warmUp(
  tls: Pick<TlsStore, 'current' | 'onChange'>,
  { catalogue, policy }: WarmUpOptions,
): Promise<void> {
  const server = makeReviewServer(tls, {
    ...{ catalogue, policy, log: silent, metrics: makeMetrics() },
    draining: () => false,
  });
  // It is our own certificate, for other names than this one.
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  try {
    await listen(server, { host: '127.0.0.1', port: 0 });
    const end = performance.now() + maxMs;
    for (let index = 0; index < maxReviews && performance.now() < end; index++) {
      await send(server, agent, index);
    }
  } finally {
    agent.destroy();
    await close(server, 0);
  }
}

function ignore(): void {
  // Nobody reads it.
}

const silent: Log = { error: ignore, warn: ignore, info: ignore, debug: ignore, review: ignore };

/** Most of them for what most namespaces ask for. */
const paths = [
  ...['enforce/immutable', 'enforce/restricted', 'enforce/immutable'].map(pathOf),
  ...modes.flatMap((mode) => levels.map((level) => pathOf(`${mode}/${level}`))),
];

function pathOf(route: string): string {
  return `/mutate/${route}`;
}

function send(server: Server, agent: Agent, index: number): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const text = JSON.stringify(reviewOf(index));
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, agent, method: 'POST' },
        path: paths[index % paths.length],
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
      },
      (response) => {
        response.resume();
        response.on('end', resolve);
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Pods as the API server sends them: with its defaults, and the token of a service account. */
function reviewOf(index: number): object {
  const images = ['nginx:1.29', 'registry.example/app:1', 'redis:8', 'httpd:2.4', 'postgres:18'];
  const main = Array.from({ length: 1 + (index % 3) }, (_, at) =>
    containerOf(`c-${at}`, images[(index + at) % images.length] ?? ''),
  );
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'web-7c9d-',
      labels: { app: 'web' },
      managedFields: [{ manager: 'controller', fieldsV1: { 'f:spec': { 'f:containers': {} } } }],
    },
    spec: {
      containers: main,
      ...(index % 4 === 0 && { initContainers: [containerOf('init', 'busybox:1')] }),
      volumes: [
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      serviceAccountName: 'default',
      securityContext: {},
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
  };
  const pods = { group: '', version: 'v1' };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: `warm-up-${index}`,
      kind: { ...pods, kind: 'Pod' },
      resource: { ...pods, resource: 'pods' },
      namespace: 'warm-up',
      operation: 'CREATE',
      userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
      object,
      oldObject: null,
      dryRun: true,
    },
  };
}

function containerOf(name: string, image: string): object {
  return {
    ...{ name, image, imagePullPolicy: 'IfNotPresent' },
    ports: [{ containerPort: 8080, protocol: 'TCP' }],
    resources: { requests: { cpu: '50m' }, limits: { memory: '64Mi' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    livenessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 10 },
    env: [{ name: 'MODE', value: 'production' }],
    volumeMounts: [
      {
        name: 'token',
        readOnly: true,
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
    ],
  };
}
