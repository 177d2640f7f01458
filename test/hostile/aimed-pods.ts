/**
 * Pods that somebody who reads the source made to cost the most: each aims at one loop, parser or
 * list of Lithopod's and fills the given number of bytes with it. What a generator makes that knows
 * the schema alone is in `shapes.ts`; these are what it would not come upon. A webhook is asked
 * before the API server validates, so a name or path may be anything that decodes as text.
 */
import { volumeName } from '../pods/names.ts';
import { maxContainers } from '../../src/core/pod/read-pod.ts';

type Json = Readonly<Record<string, unknown>>;

/** Makes a pod whose JSON has about `bytes` bytes. */
export type AimedPod = (bytes: number) => Json;

/** The API server reads no request above this size (apiserver v1.34 MaxRequestBodyBytes). */
export const largestPodBytes = 3 * 1024 * 1024;

/** As many items as fit, numbered from 0. */
function fill(bytes: number, item: (index: number) => Json): Json[] {
  const items: Json[] = [];
  for (let size = 0, index = 0; size < bytes; index++) {
    const next = item(index);
    size += JSON.stringify(next).length + 1;
    items.push(next);
  }
  return items;
}

/** As many containers as fit and are read at all. */
function containers(bytes: number, item: (index: number) => Json): Json[] {
  return fill(bytes, item).slice(0, maxContainers);
}

/** As many for one of two lists. */
function half(bytes: number, item: (index: number) => Json): Json[] {
  return fill(bytes, item).slice(0, maxContainers / 2);
}

function words(bytes: number, word: (index: number) => string): string[] {
  const all: string[] = [];
  for (let size = 0, index = 0; size < bytes; index++) {
    const next = word(index);
    size += next.length + 3;
    all.push(next);
  }
  return all;
}

/** As many fields as fit, each of the same value. */
function fields(bytes: number, key: (index: number) => string, value: string): Json {
  const all: Record<string, string> = {};
  for (let size = 0, index = 0; size < bytes; index++) {
    const next = key(index);
    size += next.length + value.length + 6;
    all[next] = value;
  }
  return all;
}

function text(bytes: number, piece: string): string {
  return piece.repeat(Math.ceil(bytes / piece.length));
}

function pod(spec: Json, annotations?: Json): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hostile', namespace: 'sun', ...(annotations && { annotations }) },
    spec: { containers: [], ...spec },
  };
}

function one(container: Json, spec: Json = {}): Json {
  return pod({ containers: [{ name: 'web', image: 'nginx:1.29', ...container }], ...spec });
}

/** What the API server fills into each container before it asks. */
const defaults = {
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
};

function listsOfContainers(): Readonly<Record<string, AimedPod>> {
  const many =
    (image: (index: number) => string, extra: Json = {}): AimedPod =>
    (bytes) =>
      pod({
        containers: containers(bytes, (index) => ({
          name: `c${index}`,
          image: image(index),
          ...extra,
        })),
      });
  return {
    'containers, as the API server fills them in': many(() => 'nginx:1.29', defaults),
    'containers of the image with the most paths': many(() => 'nextcloud:31', defaults),
    'containers that need seeding': many(() => 'tomcat:11', defaults),
    'containers that move as many paths as one list can': many(() => 'apache/kafka:4.1.0', {
      env: [
        { name: 'KAFKA_LOG_DIRS', value: Array.from({ length: 16 }, (_, i) => `/${i}`).join() },
      ],
    }),
    'databases whose volume an init container may prepare': (bytes) =>
      pod({
        securityContext: { runAsUser: 999 },
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }],
        initContainers: [
          {
            name: 'i',
            volumeMounts: fill(bytes / 2, (index) => ({ name: 'w', mountPath: `/${index}` })),
          },
        ],
        containers: half(bytes / 2, (index) => ({
          name: `c${index}`,
          image: 'postgres:17',
          volumeMounts: [{ name: 'v', mountPath: '/var/lib/postgresql/data' }],
        })),
      }),
    'containers with an image each': many((index) => `example.com/${index}/app:${index}`),
    'containers that came hardened at another level': (bytes) =>
      pod(
        { containers: containers(bytes, (index) => ({ name: `c${index}`, image: 'redis:8' })) },
        { 'lithopod.dev/hardened': '{}' },
      ),
    'init containers that mount where seeds do': (bytes) =>
      pod({
        initContainers: containers(bytes, (index) => ({
          name: `c${index}`,
          volumeMounts: [{ name: 'v', mountPath: '/mount' }],
        })),
      }),
    'init containers before others that need seeding': (bytes) =>
      pod({
        initContainers: half(bytes / 2, (index) => ({ name: `i${index}`, image: 'a' })),
        containers: half(bytes / 2, (index) => ({ name: `c${index}`, image: 'tomcat:11' })),
      }),
    'seeds that fill what others mount': seeds,
    'a stale annotation of AppArmor for each container': (bytes) => {
      const some = half(bytes / 4, (index) => ({ name: `c${index}`, image: 'a' }));
      const prefix = 'container.apparmor.security.beta.kubernetes.io/';
      return pod(
        { containers: some },
        fields((bytes * 3) / 4, (index) => `${prefix}x${index}`, 'unconfined'),
      );
    },
  };
}

/**
 * Each target mounts a seeded path as an earlier pass would have it, so that its seed is looked for
 * among them all.
 */
function seeds(bytes: number): Json {
  const path = '/usr/local/tomcat/webapps';
  const some = half(bytes / 3, (index) => ({
    name: `c${index}`,
    image: 'tomcat:11',
    volumeMounts: [{ name: volumeName(`c${index}`, path), mountPath: path, subPath: 'webapps' }],
  }));
  return pod({
    containers: some,
    initContainers: some.map((_, index) => ({
      name: `s${index}`,
      image: 'tomcat:11',
      command: ['cp', '-af', path, '/mount/'],
      volumeMounts: [{ name: `v${index}`, mountPath: '/mount' }],
    })),
    volumes: some.map(({ volumeMounts }) => ({
      name: (volumeMounts as readonly Json[])[0]?.['name'],
    })),
  });
}

function listsOfMounts(): Readonly<Record<string, AimedPod>> {
  const mounts =
    (path: (index: number) => string, extra: Json = {}): AimedPod =>
    (bytes) =>
      one({
        volumeMounts: fill(bytes, (index) => ({ name: 'v', mountPath: path(index), ...extra })),
      });
  return {
    volumes: (bytes) => one({}, { volumes: fill(bytes, (index) => ({ name: `v${index}` })) }),
    'mounts at one path of the profile': mounts(() => '/var/run', { readOnly: true }),
    'mounts of paths that must be cleaned': mounts((index) => `/./a/..//var/./run/../x${index}/`),
    'one mount of a path of nothing but dots': (bytes) =>
      one({ volumeMounts: [{ name: 'v', mountPath: text(bytes, '/.') }] }),
    'one mount of a path that goes up and down': (bytes) =>
      one({ volumeMounts: [{ name: 'v', mountPath: text(bytes, '/a/..') }] }),
    'mounts as deep as a path can be': mounts((index) => `${text(4000, '/a')}/${index}`),
    'mounts of the root of the node': (bytes) =>
      one(
        { volumeMounts: fill(bytes, (index) => ({ name: 'v', mountPath: `/${index}` })) },
        { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
      ),
    'mounts of many paths of the node': (bytes) =>
      one(
        {
          volumeMounts: fill(bytes, (index) => ({
            name: 'v',
            mountPath: `/${index}`,
            subPath: `${index}`,
          })),
        },
        { volumes: [{ name: 'v', hostPath: { path: '/etc' } }] },
      ),
    'mounts over one system directory': mounts(() => '/usr'),
    'mounts by our names': (bytes) =>
      one({
        volumeMounts: fill(bytes, (index) => ({
          name: `lithopod-${index}`,
          mountPath: '/var/run',
        })),
      }),
    'volumes that take every name we would choose': namesTaken,
  };
}

/** The names are a function of container and path, so whoever knows it can take them all. */
function namesTaken(bytes: number): Json {
  const path = '/var/run';
  const volumes = fill(bytes / 2, (salt) => ({
    name: volumeName('web', path, salt),
    hostPath: { path: '/' },
  }));
  return one(
    {
      volumeMounts: fill(bytes / 2, (index) => ({
        name: `lithopod-${index}`,
        mountPath: `/${index}`,
      })),
    },
    { volumes },
  );
}

function scripts(): Readonly<Record<string, AimedPod>> {
  const probe = (command: readonly string[], container: Json = {}): Json =>
    one({ startupProbe: { exec: { command } }, ...container });
  const script =
    (piece: string): AimedPod =>
    (bytes) =>
      probe(['sh', '-c', text(bytes, piece)]);
  /**
   * What a kernel would still execute: no argument has more than 128 KiB (linux binfmts.h,
   * MAX_ARG_STRLEN).
   */
  const runnable = 131_000;
  return {
    'a script of removals': script('rm /a;'),
    'a script of one removal with many files': (bytes) =>
      probe(['sh', '-c', `rm ${text(bytes - 3, '/a ')}`]),
    'a script of quotes': script(`"'`),
    'a script of open quotes and backslashes': script('"\\'),
    'a script of stars and slashes': script('/*'),
    'a script of operators': script('a;&|'),
    'a script of redirections': script('>a '),
    'a script of here-documents and removals': script('rm /a <<a;'),
    'a script of assignments': script('a=b '),
    'a script of wrappers': script('env exec '),
    'a script that others run': script(`eval "rm x" 'rm' find rm `),
    'scripts of removals, one for each container': (bytes) =>
      pod({
        containers: containers(bytes, (index) => ({
          name: `c${index}`,
          image: 'nginx:1.29',
          lifecycle: { postStart: { exec: { command: ['sh', '-c', 'rm /bin/sh'] } } },
        })),
      }),
    'a command of options': (bytes) => probe(['sh', ...words(bytes, () => '-o'), '-c', 'rm /a']),
    'removals of files beside as many mounts': (bytes) =>
      probe(['rm', ...words(bytes / 2, (index) => `/f${index}`)], {
        volumeMounts: fill(bytes / 2, (index) => ({ name: 'v', mountPath: `/m${index}` })),
      }),
    'a script that can run, of files beside many mounts': (bytes) =>
      probe(['sh', '-c', `rm ${words(runnable, (index) => `/f${index}`).join(' ')}`], {
        volumeMounts: fill(bytes - runnable, (index) => ({ name: 'v', mountPath: `/m${index}` })),
      }),
    'removals of maskable binaries that long commands name': (bytes) =>
      probe(['sh', '-c', 'rm /bin/bash /usr/bin/apt /usr/bin/touch /bin/sh'], {
        args: [text(bytes, 'xbashx')],
      }),
    'removals by relative paths below a long directory': (bytes) =>
      probe(['rm', ...words(bytes / 2, (index) => `f${index}`)], { workingDir: text(4000, '/a') }),
    'words for the conditions of variants': (bytes) =>
      one({ command: words(bytes / 2, () => '/*'), args: words(bytes / 2, () => '--=*"') }),
  };
}

function longTexts(): Readonly<Record<string, AimedPod>> {
  return {
    'images as long as a reference can be': (bytes) =>
      pod({
        containers: containers(bytes, (index) => ({
          name: `c${index}`,
          image: `${text(900, 'a--')}a/${index}`,
        })),
      }),
    'environment variables': (bytes) =>
      one({ env: fill(bytes, (index) => ({ name: `E${index}`, value: '/*"' })) }),
    'one long name beside mounts to be told of': (bytes) =>
      one({
        name: text(bytes / 3, 'a'),
        volumeMounts: fill((bytes * 2) / 3, (index) => ({
          ...{ name: 'v', mountPath: `/m${index}`, mountPropagation: 'Bidirectional' },
        })),
      }),
    'one long name beside volumes that take its names': namesOfOneTaken,
    'a long name for each of some containers': (bytes) =>
      pod({
        containers: Array.from({ length: 100 }, (_, index) => ({
          name: `${text(bytes / 100, 'a')}${index}`,
          image: 'tomcat:11',
        })),
      }),
    'the smallest objects there are': (bytes) =>
      one({}, { imagePullSecrets: fill(bytes, () => ({})) }),
    'one text of slashes, stars and quotes in every field': everywhere,
  };
}

/** Few of them: whoever makes them has to hash the name as often. */
function namesOfOneTaken(bytes: number): Json {
  const name = text(bytes / 2, 'a');
  const count = Math.min(bytes / 200, 1e7 / name.length);
  return one(
    { name },
    {
      volumes: Array.from({ length: count }, (_, salt) => ({
        name: volumeName(name, '/var/run', salt),
      })),
    },
  );
}

function everywhere(bytes: number): Json {
  const piece = text(bytes / 12, '/*"\'');
  return one(
    {
      image: piece,
      command: [piece],
      args: [piece],
      workingDir: piece,
      env: [{ name: piece, value: piece }],
      volumeMounts: [{ name: piece, mountPath: piece }],
      startupProbe: { exec: { command: ['rm', piece] } },
    },
    { volumes: [{ name: piece }] },
  );
}

/** The pods by name. */
export const aimedPods: Readonly<Record<string, AimedPod>> = {
  ...listsOfContainers(),
  ...listsOfMounts(),
  ...scripts(),
  ...longTexts(),
};
