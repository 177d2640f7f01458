/**
 * Paths of a node that a container must not write to: the one table of the rule `host-paths` and
 * of the policies behind the label `lithopod.dev/require`
 * (manifests/61-policy-require-immutable.yaml).
 *
 * A hostPath is folded before it is compared: `/var/run` is `/run`, and `/bin`, `/sbin` and
 * `/lib*` are below `/usr`, as on every node with a merged /usr. On any other node both paths are
 * guarded too.
 */
import { followLink, isAtOrBelow, normalisePath, varLinks } from './paths.ts';
import type { Link } from './paths.ts';

/** A path of a node that is guarded. */
export interface NodePath {
  /** Folded. A `*` at its end matches any text within the segment. */
  readonly path: string;
  /**
   * `tree`: a mount at, above or below the path becomes read-only. `directory`: only a mount at or
   * above it does. A directory below it that no other entry names belongs to some application.
   */
  readonly guards: 'tree' | 'directory';
  readonly why: string;
}

const trees = (why: string, ...paths: readonly string[]): readonly NodePath[] =>
  paths.map((path) => ({ path, guards: 'tree', why }));

const directories = (why: string, ...paths: readonly string[]): readonly NodePath[] =>
  paths.map((path) => ({ path, guards: 'directory', why }));

/** Every guarded path, with the reason. */
export const nodePaths: readonly NodePath[] = [
  ...trees('the kernel and its start', '/boot'),
  ...trees('the kernel’s own settings, and every process with its root', '/proc'),
  ...trees('the kernel’s own settings, and its devices', '/sys'),
  ...trees('the kubelet’s pods, volumes and credentials', '/var/lib/kubelet'),
  ...trees(
    'the layers and the running roots of containers',
    '/run/containerd',
    '/run/containers',
    '/run/crio',
    '/run/docker',
    '/run/k3s',
    '/run/runc',
    '/var/lib/containerd',
    '/var/lib/containers',
    '/var/lib/docker',
    '/var/lib/k0s',
    '/var/lib/rancher',
    '/var/snap',
  ),
  ...trees('runs as root on the node, by name', '/opt/cni', '/etc/cni', '/var/spool/cron'),
  ...trees(
    'runs as root on the node',
    '/etc/acpi',
    '/etc/anacrontab',
    '/etc/apt',
    '/etc/bash*',
    '/etc/cron*',
    '/etc/default',
    '/etc/environment',
    '/etc/init*',
    '/etc/inittab',
    '/etc/ld.so*',
    '/etc/logrotate*',
    '/etc/modprobe.d',
    '/etc/modules*',
    '/etc/NetworkManager',
    '/etc/network',
    '/etc/profile*',
    '/etc/rc*',
    '/etc/sysconfig',
    '/etc/sysctl*',
    '/etc/systemd',
    '/etc/udev',
    '/etc/yum*',
    '/root/.bash*',
    '/root/.profile',
    '/usr/bin',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib/modules',
    '/usr/lib/systemd',
    '/usr/lib/udev',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/libexec',
    '/usr/local/bin',
    '/usr/local/lib',
    '/usr/local/sbin',
    '/usr/sbin',
    '/var/spool/anacron',
  ),
  ...trees(
    'whom and what the node trusts',
    '/etc/apparmor*',
    '/etc/ca-certificates*',
    '/etc/dbus-1',
    '/etc/group*',
    '/etc/gshadow*',
    '/etc/hosts*',
    '/etc/nsswitch.conf',
    '/etc/pam.*',
    '/etc/passwd*',
    '/etc/pki',
    '/etc/polkit-1',
    '/etc/security',
    '/etc/selinux',
    '/etc/shadow*',
    '/etc/ssh',
    '/etc/ssl',
    '/etc/subgid*',
    '/etc/subuid*',
    '/etc/sudo*',
    '/root/.ssh',
  ),
  ...trees(
    'how the cluster runs on the node',
    '/etc/containerd',
    '/etc/containers',
    '/etc/crictl.yaml',
    '/etc/crio',
    '/etc/docker',
    '/etc/kubernetes',
    '/etc/rancher',
    '/etc/k0s',
    '/root/.kube',
    '/root/.docker',
  ),
  ...directories(
    'the node’s own programs and settings',
    '/etc',
    '/root',
    '/usr',
    '/usr/lib',
    '/usr/lib32',
    '/usr/lib64',
    '/usr/libx32',
    '/usr/local',
  ),
];

/** Where agents of a node make sockets and maps: a mount at or below these is not changed. */
export const agentPaths: readonly string[] = [
  '/sys/fs/bpf',
  '/sys/fs/cgroup',
  '/var/lib/kubelet/device-plugins',
  '/var/lib/kubelet/plugins',
  '/var/lib/kubelet/plugins_registry',
  '/var/lib/kubelet/pod-resources',
];

/** Sockets and devices: a read-only mount stops neither connections nor writes to a device. */
export const socketPaths: readonly string[] = [
  '/dev',
  '/run/containerd',
  '/run/cri-dockerd.sock',
  '/run/crio',
  '/run/dbus',
  '/run/docker.sock',
  '/run/dockershim.sock',
  '/run/k3s/containerd',
  '/run/podman',
  '/run/systemd',
];

/** Symbolic links of common distributions, with their targets. */
export const nodeLinks: readonly Link[] = [
  ...varLinks,
  ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].map((directory): Link => [
    directory,
    `/usr${directory}`,
  ]),
];

/** The path of a node with the links of common distributions resolved. */
function foldNodePath(path: string): string {
  return followLink(normalisePath(path), nodeLinks);
}

/** What the tables say of a path. */
export interface NodePathVerdict {
  /** A container must not write there. */
  readonly guarded: boolean;
  /** The node has sockets or devices there, which a read-only mount does not protect. */
  readonly sockets: boolean;
}

/**
 * Looks a path of a node up in the tables, folded. It takes any text; relative ones count from
 * `/`.
 */
export function judgeNodePath(given: string): NodePathVerdict {
  const path = foldNodePath(given);
  return {
    guarded:
      !agentPaths.some((agent) => isAtOrBelow(path, agent)) &&
      nodePaths.some((entry) => isGuardedBy(path, entry)),
    sockets: socketPaths.some((socket) => isAtOrBelow(path, socket) || isAtOrBelow(socket, path)),
  };
}

function isGuardedBy(path: string, { path: guarded, guards }: NodePath): boolean {
  if (isAtOrBelow(guarded, path)) return true;
  return guards === 'tree' && isAtOrBelowPattern(path, guarded);
}

function isAtOrBelowPattern(path: string, pattern: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : isAtOrBelow(path, pattern);
}
