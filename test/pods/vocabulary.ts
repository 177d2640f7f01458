/**
 * What generated pods are made of. Paths lie at, above, below and beside those of the test
 * profiles, also through links; names are such that ours could meet them.
 */
import { seedName, volumeName } from './names.ts';
import { maskFile, maskVolumeName } from '../../src/core/mounts/names.ts';

const long = 'a'.repeat(63);
/** Names of containers. */
export const names = [
  'app',
  'web',
  'lithopod',
  long,
  `${long.slice(0, 62)}b`,
  'a-0',
  seedName('app'),
];
/** Images with and without a test profile, and one that is no reference. */
export const images = [
  'web',
  'docker.io/library/web:1.27',
  'web:1.27-alpine',
  'web@sha256:' + 'b'.repeat(64),
  'seedy',
  'seedy:2@sha256:' + 'a'.repeat(64),
  'bare:1',
  'looped',
  'moving',
  'moving:1-users',
  'moving@sha256:' + 'c'.repeat(64),
  'plain:1',
  'example.com/unknown:1',
  'Not A Reference',
];

/** Paths of the test profiles' entries, and binaries that they may mask. */
const entryPaths = [
  '/var/cache/web',
  '/var/run',
  '/etc/web/conf.d',
  '/etc/app',
  '/opt/app/conf',
  '/tmp',
  '/dev/shm',
  '/var/lib/app',
  '/srv/app',
  '/run/app',
  '/data',
  '/var/lock/app',
  '/extra',
];
/** Where containers mount. */
export const mountPaths = [
  ...entryPaths,
  ...entryPaths.flatMap((path) => [
    `${path}/`,
    path.replace('/', '//'),
    `${path}/x`,
    `${path}/./y`,
  ]),
  ...entryPaths.map((path) => path.slice(0, path.lastIndexOf('/')) || '/'),
  '/run',
  '/run/',
  '/run/lock',
  '/run/lock/app/deep',
  '/var/run/app',
  '/var/run/lock/app',
  '/var/run/app/x',
  '/etc/web/templates',
  '/bin/bash',
  '/usr/bin',
  '/bin',
  '/mount',
  'relative',
  '/tmp/../tmp',
  '/var/run/secrets/kubernetes.io/serviceaccount',
];
/** Names of volumes, also such as we would choose. */
export const volumeNames = [
  'data',
  'conf',
  'web',
  maskVolumeName(),
  volumeName('app', '/tmp'),
  volumeName('app', '/etc/app'),
  volumeName('app', '/etc/app', 1),
  volumeName('web', '/var/run'),
  'zz',
];
/** What a volume can be. */
export const volumeSources: readonly object[] = [
  { emptyDir: {} },
  { emptyDir: null },
  {},
  { emptyDir: { medium: 'Memory' } },
  { emptyDir: { sizeLimit: '1Gi' } },
  { configMap: { name: 'c' } },
  { secret: { secretName: 's', optional: true } },
  { projected: { sources: [] } },
  { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
  {
    downwardAPI: {
      items: [{ path: maskFile, fieldRef: { fieldPath: 'metadata.name' } }],
      defaultMode: 0o444,
    },
  },
  { persistentVolumeClaim: { claimName: 'p' } },
  { persistentVolumeClaim: { claimName: 'p', readOnly: true } },
  { hostPath: { path: '/' } },
  { hostPath: { path: '/var/run' } },
  { hostPath: { path: '/etc//' } },
  { hostPath: { path: '/var/lib/kubelet/plugins' } },
  { hostPath: { path: '/data', type: 'DirectoryOrCreate' } },
  { csi: { driver: 'd', readOnly: true } },
  { image: { reference: 'r' } },
  { ephemeral: { volumeClaimTemplate: { spec: {} } } },
];
/** Capabilities in every spelling. */
export const capabilities = [
  'SYS_ADMIN',
  'CAP_SYS_ADMIN',
  'cap_sys_admin',
  'ALL',
  'all',
  'NET_BIND_SERVICE',
  'CHOWN',
  'DAC_READ_SEARCH',
  'sys_module',
  'CAP_SYS_RAWIO',
  'SYS_PTRACE',
  'ſYS_ADMIN',
  'NET_ADMIN',
];
/** What probes and hooks execute. */
export const commands = [
  ['rm', '/bin/bash'],
  ['rm', '-f', '/bin/touch', '/tmp/x'],
  ['/bin/rm', '--', '/etc/app/x'],
  ['sh', '-c', 'rm /usr/bin/touch && curl localhost'],
  ['bash', '-ec', 'rm -rf /var/cache/web/* /bin/ls; touch /tmp/ok'],
  ['sh', '-c', 'rm $FILE; rm /bin/ls'],
  ['cat', '/tmp/ready'],
  [],
];
