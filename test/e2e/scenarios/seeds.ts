// The pods of the documents that this project grew from, as their readers create them, and what
// must become of each.

import { volumeName } from '../../pods/names.ts';

/** A pod to create, and what the stored one must have beyond being immutable. */
export interface Seed {
  readonly name: string;
  readonly pod: (name: string) => PodManifest;
  /** Where its container may write: exactly these, whoever mounted them. */
  readonly writable: readonly string[];
  /** Names of volumes that stay the only ones at those paths: the author's own. */
  readonly ownVolumes?: readonly string[];
  /** Names of the volumes that are added beside them, for other paths. */
  readonly added?: readonly string[];
  /** Binaries that it can no longer execute. */
  readonly masked?: readonly string[];
  /** The client hears that what it asked for was not given. */
  readonly warning?: RegExp;
}

export interface PodManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly SeedContainer[];
    readonly [field: string]: unknown;
  };
}

interface SeedContainer {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

const readOnly = { securityContext: { readOnlyRootFilesystem: true } };

function seed(
  name: string,
  image: string,
  fields: object,
  expected: Omit<Seed, 'name' | 'pod'>,
  spec: object = {},
): Seed {
  return {
    name,
    ...expected,
    pod: (podName) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: podName, labels: { run: name } },
      spec: { containers: [{ name: 'main', image, resources: {}, ...fields }], ...spec },
    }),
  };
}

/** A startup probe that removes a binary: how exam guides make a container immutable. */
function removing(binary: string): object {
  return {
    startupProbe: {
      exec: { command: ['rm', binary] },
      initialDelaySeconds: 5,
      periodSeconds: 5,
    },
  };
}

/** Mounts of a new emptyDir each, and the volumes for them. */
function mounted(...paths: readonly (readonly [volume: string, path: string])[]): {
  readonly fields: object;
  readonly spec: object;
} {
  return {
    fields: { ...readOnly, volumeMounts: paths.map(([name, mountPath]) => ({ name, mountPath })) },
    spec: { volumes: paths.map(([name]) => ({ name, emptyDir: {} })) },
  };
}

const logsVolume = mounted(['logs-vol', '/usr/local/apache2/logs']);
const pidVolume = mounted(['pid', '/usr/local/apache2/logs/']);
const nginxVolumes = mounted(['cache-volume', '/var/cache/nginx'], ['runtime-volume', '/var/run']);
const appVolumes = mounted(['tmp', '/tmp'], ['var-run', '/var/run']);
const logAndRun = mounted(
  ['log-volume', '/usr/local/apache2/logs'],
  ['run-volume', '/usr/local/apache2/run'],
);

const nginx = { writable: ['/tmp', '/var/cache/nginx', '/var/run'] };
const httpd = { writable: ['/usr/local/apache2/logs'] };
const sleep = { command: ['sh', '-c', 'sleep 1d'] };

export const seeds: readonly Seed[] = [
  seed('nginx', 'nginx', {}, nginx),
  seed('httpd', 'httpd', {}, httpd),
  seed('nginx-rm-touch', 'nginx', removing('/bin/touch'), { ...nginx, masked: ['/bin/touch'] }),
  seed('nginx-rm-bash', 'nginx', removing('/bin/bash'), { ...nginx, masked: ['/bin/bash'] }),
  seed('httpd-rm-bash', 'httpd', removing('/bin/bash'), { ...httpd, masked: ['/bin/bash'] }),
  seed('httpd-rm-touch', 'httpd', removing('/bin/touch'), { ...httpd, masked: ['/bin/touch'] }),
  seed('httpd-ro', 'httpd', readOnly, httpd),
  seed(
    'httpd-ro-mounted',
    'httpd',
    logsVolume.fields,
    { ...httpd, ownVolumes: ['logs-vol'] },
    logsVolume.spec,
  ),
  seed(
    'httpd-ro-slash',
    'httpd',
    pidVolume.fields,
    { writable: ['/usr/local/apache2/logs/'], ownVolumes: ['pid'] },
    pidVolume.spec,
  ),
  seed('busybox', 'busybox:1.32.0', sleep, { writable: ['/tmp'] }),
  seed('busybox-ro', 'busybox:1.32.0', { ...sleep, ...readOnly }, { writable: ['/tmp'] }),
  seed('nginx-ro', 'nginx', readOnly, nginx),
  seed(
    'nginx-ro-mounted',
    'nginx',
    nginxVolumes.fields,
    {
      ...nginx,
      ownVolumes: ['cache-volume', 'runtime-volume'],
      added: [volumeName('main', '/tmp')],
    },
    nginxVolumes.spec,
  ),
  seed(
    'nginx-privileged',
    'nginx',
    { securityContext: { readOnlyRootFilesystem: true, privileged: true } },
    { ...nginx, warning: /"main".*privileged/ },
  ),
  seed('readonly-pod', 'your-image:tag', readOnly, { writable: ['/tmp'] }),
  seed(
    'readonly-pod-mounted',
    'your-image:tag',
    appVolumes.fields,
    { writable: ['/tmp', '/var/run'], ownVolumes: ['tmp', 'var-run'] },
    appVolumes.spec,
  ),
  seed(
    'non-privileged-pod',
    'your-image:tag',
    { securityContext: { privileged: false } },
    { writable: ['/tmp'] },
  ),
  seed(
    'non-root-pod',
    'your-image:tag',
    { securityContext: { runAsUser: 1000, runAsGroup: 3000 } },
    { writable: ['/tmp'] },
  ),
  seed(
    'triton',
    'httpd',
    logAndRun.fields,
    {
      writable: ['/usr/local/apache2/logs', '/usr/local/apache2/run'],
      ownVolumes: ['log-volume', 'run-volume'],
    },
    logAndRun.spec,
  ),
];

/** The Deployment of those documents, in the API version that servers still serve. */
export const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'app' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'app' } },
    template: {
      metadata: { labels: { app: 'app' } },
      spec: {
        containers: [
          {
            name: 'app',
            image: 'httpd:2.4',
            ...readOnly,
            volumeMounts: [{ mountPath: '/var/run', name: 'apache-run' }],
          },
        ],
        volumes: [{ name: 'apache-run', emptyDir: {} }],
      },
    },
  },
} as const;

/**
 * The pod with resources for every container: with requests alone it is Burstable, with both equal
 * Guaranteed.
 */
export function withResources(pod: PodManifest, resources: object): PodManifest {
  const containers = pod.spec.containers.map((container) => ({ ...container, resources }));
  return { ...pod, spec: { ...pod.spec, containers } };
}

/**
 * nginx that renders its configuration at start: its profile seeds a path, so it gets an init
 * container.
 */
export function templatingNginx(name: string, fields: object = {}): PodManifest {
  const { pod } = seed(
    'templating-nginx',
    'nginx:1.29',
    { volumeMounts: [{ name: 'templates', mountPath: '/etc/nginx/templates' }], ...fields },
    nginx,
    { volumes: [{ name: 'templates', configMap: { name: 'templates' } }] },
  );
  return pod(name);
}
