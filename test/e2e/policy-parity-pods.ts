// What the parity of rules and policy is tried on, one thing at a time in a container that is hard
// otherwise: the API server tells of one refusal only, so that two faults of a pod would hide each
// other.

import { escapeCapabilities } from '../../src/core/pod/capabilities.ts';
import { agentPaths, nodeLinks, nodePaths } from '../../src/core/mounts/node-paths.ts';
import type { Capabilities, Volume, VolumeMount } from '../../src/core/pod/pod.ts';
import { systemDirectories } from '../../src/core/mounts/system-directories.ts';

/** A container in which no rule that keeps the root finds anything. */
export const hardContainer = {
  name: 'main',
  image: 'nginx',
  securityContext: { readOnlyRootFilesystem: true },
};

const escapes = escapeCapabilities.map(({ name }) => name);

const added: readonly (readonly string[])[] = [
  ...escapes.flatMap((name) => [
    [name],
    [`CAP_${name}`],
    [name.toLowerCase()],
    [`Cap_${name.toLowerCase()}`],
    ['CHOWN', name],
    // Go's ToUpper makes ASCII letters of these.
    [name.replace('S', 'ſ')],
    [name.replace('I', 'ı')],
    [name.toLowerCase().replace('i', 'ı')],
    [`${name},CHOWN`],
    [`${name} `],
    [`${name}\n`],
    [`CAP_CAP_${name}`],
    [`${name}X`],
  ]),
  ...[[], [''], ['NET_ADMIN'], ['NET_RAW', 'BPF'], ['SYS-ADMIN'], ['CHOWN', ''], ['CAP_'], ['é']],
];

/** Names in every spelling, and ALL beside what may be dropped. */
export const aimedCapabilities: readonly Capabilities[] = [
  ...added.map((add) => ({ add })),
  ...['ALL', 'all', 'CAP_ALL'].flatMap((all) =>
    [
      [],
      ['ALL'],
      escapes,
      escapes.slice(0, -1),
      escapes.slice(1),
      ['ALL', ...escapes.slice(1)],
      escapes.map((name) => name.toLowerCase()),
      escapes.map((name) => `CAP_${name}`),
      [escapes.join(',')],
      [escapes[0]!.replace('S', 'ſ'), ...escapes.slice(1)],
      [...escapes, 'a,b'],
    ].map((drop) => ({ add: [all], drop })),
  ),
  { add: ['CHOWN'], drop: ['ALL'] },
  { add: ['SYS_ADMIN'], drop: ['SYS_ADMIN'] },
];

/**
 * Of each entry of the tables a path that it stands for, with those above, below and beside it.
 */
const entries = [...nodePaths.map(({ path }) => path), ...agentPaths].flatMap((path) => {
  const links = nodeLinks
    .filter(([, target]) => path.startsWith(target))
    .map(([link, target]) => link + path.slice(target.length));
  return [path, ...links].map((spelling) => spelling.replace('*', '.d'));
});
const paths = [
  ...new Set([
    ...entries.flatMap((path) => [
      path,
      `${path}/x`,
      `${path}x`,
      path.slice(0, path.lastIndexOf('/')) || '/',
    ]),
    // A test of the expressions alone tries more spellings.
    ...entries.filter(everyFifth).flatMap((path) => [path.replaceAll('/', '/.//'), path.slice(1)]),
    ...[
      '/data',
      '/var/log',
      '/home/x',
      '.',
      '//',
      '/etc/letsencrypt',
      '/usr/share/app',
      '/var/lock',
    ],
  ]),
];

function everyFifth(_: unknown, index: number): boolean {
  return index % 5 === 0;
}

const at = (mount: Partial<VolumeMount>): VolumeMount => ({
  name: 'node',
  mountPath: '/host',
  ...mount,
});

/**
 * The ways in which a mount can be read-only or not, beside a writable one, which each path is
 * tried with.
 */
const inTurn: readonly (readonly VolumeMount[])[] = [
  [at({ readOnly: true, recursiveReadOnly: 'IfPossible' })],
  [at({ readOnly: true })],
  [at({ readOnly: true, recursiveReadOnly: 'Disabled', mountPropagation: 'None' })],
  [at({ readOnly: true, recursiveReadOnly: 'Enabled', mountPropagation: 'None' })],
  [at({ readOnly: true, mountPropagation: 'HostToContainer' })],
  [at({ mountPropagation: 'HostToContainer' })],
  [at({ subPathExpr: 'x' })],
  [at({ subPath: 'x' })],
  [at({}), at({ mountPath: '/host/below', readOnly: true })],
];

interface AimedMounts {
  readonly path: string;
  readonly mounts: readonly VolumeMount[];
}

/** A node's path, and how it is mounted; also with its last part in the mount's subPath. */
export const aimedMounts: readonly AimedMounts[] = paths.flatMap((path, index) => {
  const cut = path.lastIndexOf('/');
  const subPath = path.slice(cut + 1);
  return [
    ...[[at({})], inTurn[index % inTurn.length]!].map((mounts) => ({ path, mounts })),
    ...(index % 2 === 0 && cut >= 0 && subPath !== ''
      ? [{ path: path.slice(0, cut) || '/', mounts: [at({ subPath })] }]
      : []),
  ];
});

/** Volumes for ephemeral containers, which have no subPath. */
export const nodeVolumes: readonly Volume[] = paths
  .filter((_, index) => index % 25 === 0)
  .map((path, index) => ({ name: `v${index}`, hostPath: { path } }));

export const aimedTerminationPaths: readonly string[] = [
  ...systemDirectories.flatMap((path) => [
    path,
    `${path}/x`,
    `${path}x`,
    path.slice(1),
    path.replace('/', '/.//'),
    `.${path}`,
    `/x${path}`,
    `/x/..${path}`,
  ]),
  ...['/dev/termination-log', '/dev/../x', '..', '/data/..', '/x/..x', '/..x/', '/x\n/../usr', '/'],
  ...['/message', 'message', '/var/run/x', '/opt/x', '/x\n/usr', '.'],
];
