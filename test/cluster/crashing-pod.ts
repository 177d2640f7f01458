/** A hardened pod that crashes, as the API server would give it: with status, logs and events. */
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { harden } from '../../src/core/harden.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { status } from './api-server.ts';
import type { Pod } from '../../src/core/pod/pod.ts';
import type { Reply } from './api-server.ts';

const author = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u-1' },
  spec: {
    nodeName: 'node-1',
    initContainers: [{ name: 'prepare', image: 'busybox:1.37' }],
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.29',
        env: [{ name: 'PASSWORD', value: 'hunter2' }],
        startupProbe: { exec: { command: ['rm', '/bin/bash'] } },
      },
      { name: 'app', image: 'registry.test/shop/app:7' },
    ],
  },
};

const podStatus = {
  phase: 'Running',
  initContainerStatuses: [
    {
      name: 'prepare',
      restartCount: 0,
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    },
  ],
  containerStatuses: [
    {
      name: 'nginx',
      restartCount: 5,
      imageID: 'docker.io/library/nginx@sha256:abc',
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s restarting' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    },
    { name: 'app', restartCount: 0, state: { running: { startedAt: '2026-11-21T00:00:00Z' } } },
  ],
};

const events = [
  event('Warning', 'BackOff', 'Back-off restarting failed container', 'nginx', 7),
  event('Normal', 'Pulled', 'Container image already present', 'nginx', 1),
  event('Warning', 'FailedMount', 'configmap "x" not found', undefined, 1),
];

function event(
  type: string,
  reason: string,
  message: string,
  container: string | undefined,
  count: number,
): object {
  const fieldPath = container === undefined ? undefined : `spec.containers{${container}}`;
  return { type, reason, message, count, involvedObject: { fieldPath }, metadata: {} };
}

/** By container, and whether it is the run before. */
export type Logs = (container: string, previous: boolean) => Reply | undefined;

export const crashLogs: Logs = (container, previous) => {
  if (container === 'nginx' && previous) {
    return {
      body: "/docker-entrypoint.d/30-conf.sh: line 12: can't create /etc/nginx/conf.d/default.conf: Read-only file system\n",
    };
  }
  if (container === 'app') {
    return { body: 'panic: mkdir /var/lib/shop/wal: read-only file system\ntoken=hunter3\n' };
  }
  return { body: '' };
};

/**
 * Answers as the API server, for the pod `web` of the namespace `shop`; `without` paths are
 * forbidden.
 */
export async function answersOf(
  logs: Logs = crashLogs,
  without?: RegExp,
): Promise<(path: string, query: URLSearchParams) => Reply | undefined> {
  const pod = await hardenedPod();
  return (path, query) => {
    if (without?.test(path) === true) return status(403, 'User "dev" cannot do this');
    switch (path) {
      case '/api/v1/namespaces/shop/pods/web':
        return { body: { ...pod, status: podStatus } };
      case '/api/v1/namespaces/shop/pods/web/log':
        return logs(query.get('container') ?? '', query.get('previous') === 'true');
      case '/api/v1/namespaces/shop/events':
        return { body: { kind: 'EventList', items: events } };
      default:
        return undefined;
    }
  };
}

async function hardenedPod(): Promise<Pod> {
  const catalogue = await loadCatalogue();
  if (!catalogue.ok) throw new Error('the built-in catalogue does not load');
  return harden(author, catalogue.value, defaultPolicy).pod;
}
