/**
 * What a program prints once a privilege is gone that no directory gives back: it changes the
 * node's kernel, mounts, enters or makes namespaces, or filters the network. And what the node says
 * of its own file system, which no container's profile is about.
 */
import { pathsIn } from './paths-in.ts';
import type { Diagnosis } from './diagnosis.ts';

const denied =
  /read-only file ?system|permission denied|operation not permitted|must be (?:root|superuser)|not permitted|EROFS|EACCES|EPERM|no permissions?\b/i;

const elsewhere =
  'A pod that cannot do without it needs an Exemption, or a namespace that Lithopod does not harden.';

interface Privilege {
  readonly words: RegExp;
  /** Only together with an error; false where the words are one. */
  readonly withError: boolean;
  /** What the program does: the end of a sentence about it. */
  readonly does: string;
  readonly advice: string;
}

const kernelSetting = {
  does: 'changes a setting of the kernel, which /proc/sys does not let a container do that is not privileged',
  advice: `Set it on the node; some of net.* and kernel.shm* can be set in securityContext.sysctls of the pod. Or switch off the step that sets it. ${elsewhere}`,
} as const;

const mounting = {
  does: 'mounts a file system, which takes the capability SYS_ADMIN',
  advice: `No level leaves SYS_ADMIN to a container: let the pod mount it as a volume. ${elsewhere}`,
} as const;

const namespaces = {
  does: 'makes or enters a namespace, which takes the capability SYS_ADMIN or privileged: true',
  advice: `No level leaves them to a container: switch off the program’s own sandbox where it has one. ${elsewhere}`,
} as const;

/** Source: each program’s messages; the threads are named where the words are not plain. */
const privileges: readonly Privilege[] = [
  // procps, busybox (hwdsl2/docker-ipsec-vpn-server#9), kube-proxy, and a shell's redirection.
  { words: /\bsysctl\b|error setting key|\/proc\/sys\//i, withError: true, ...kernelSetting },
  {
    // systemd (robertdebock/docker-debian-systemd#2), Docker in Docker.
    words: /control group|\bcgroups?\b|D-?Bus connection/i,
    withError: true,
    does: 'changes control groups, which belong to the node',
    advice: `Run one program in place of an init system or a container engine. ${elsewhere}`,
  },
  {
    words:
      /\b(?:unshare|nsenter|setns|pivot_root|newuidmap|newgidmap)\b|\bclone\(|fork\/exec \/proc\/self\/exe|create new namespace|creating new namespace|new user namespace|reassociate to namespace|move to new namespace|\/proc\/(?:1|self)\/(?:ns\/|uid_map|gid_map|setgroups)|\buid_map\b/i,
    withError: true,
    ...namespaces,
  },
  { words: /\bbwrap: /, withError: true, ...namespaces },
  {
    words: /no usable sandbox|running as root without --no-sandbox/i,
    withError: false,
    ...namespaces,
  },
  {
    // util-linux, busybox, s6 (just-containers/s6-overlay#397), FUSE, Go. What a mount says of a
    // read-only file system is about the directory.
    words:
      /(?:^|\s|bin\/)(?:s6-)?u?mount(?:\.[a-z0-9]{1,16})?(?:\(\d{0,2}\))?: (?!.{0,400}read-only)|\b(?:unable|fail\w{0,3}|cannot|can't|could not|error)(?: to)? (?:re)?(?:un)?mount(?:ing)?\b(?!.{0,400}(?:read-only|rootfs))|^mount \/.{0,200}: operation not permitted|fusermount|\/dev\/fuse\b/i,
    withError: true,
    ...mounting,
  },
  {
    words: /must be superuser to (?:use )?(?:un)?mount|only root can (?:do that|use )/i,
    withError: false,
    ...mounting,
  },
  {
    words:
      /\b(?:ip6?tables|ebtables|arptables|nftables|ipset|nft|xtables)\b|nf_tables|could not process rule|\bRTNETLINK\b|\brtnetlink\b|\bnetlink\b|\bSIOC[A-Z]{3,16}|\/dev\/net\/tun|\bTUNSETIFF\b|\btc: /,
    withError: true,
    does: 'changes the network, which takes the capability NET_ADMIN',
    advice: `Add NET_ADMIN to securityContext.capabilities.add, which level immutable leaves and level restricted takes away. ${elsewhere}`,
  },
  {
    words:
      /\b(?:modprobe|insmod|rmmod|finit_module|kmod|losetup|swapo(?:n|ff)|sethostname|kexec|fanotify_init|perf_event_open)\b|read kernel buffer|\/dev\/(?:kmsg|mem|kvm|port|loop\d*|loop-control)\b|\bbpf(?:\(| syscall| map|: )|\bBPF\b|\bMEMLOCK\b/,
    withError: true,
    does: 'uses the node’s kernel or its devices',
    advice: `A container gets a device from a device plugin, and all others only with privileged: true, which every level takes away. ${elsewhere}`,
  },
  {
    // Elasticsearch's bootstrap check: an init container that sets it has no effect any more.
    words: /vm\.max_map_count \[\d{1,9}\] is too low/,
    withError: false,
    ...kernelSetting,
  },
  {
    words: /fuse: device not found/,
    withError: false,
    ...mounting,
  },
  {
    // OpenVPN, WireGuard: the device is one that the runtime does not give.
    words: /cannot open TUN\/TAP dev|\/dev\/net\/tun['"]?: no such file/i,
    withError: false,
    does: 'opens the device of a virtual network, which the node has to give to the container',
    advice: `A device plugin gives it, and NET_ADMIN is needed as well. ${elsewhere}`,
  },
  {
    words: /you must be root to change the host name/i,
    withError: false,
    does: 'changes the host name, which takes the capability SYS_ADMIN',
    advice: 'Set hostname in the pod.',
  },
  {
    // just-containers/s6-overlay#578
    words: /unable to gain root privileges|set-?uid bit (?:is )?(?:not set|set\?)/i,
    withError: false,
    does: 'becomes root by a set-user-id program, which level restricted and a user other than root prevent',
    advice:
      'The lines around it say whether it needs that: many programs go on as the user that they are.',
  },
];

/** The kubelet mounts volumes, and the runtime the container’s own file systems. */
const notOfContainer = /MountVolume\.|UnmountVolume\.|MountDevice|to rootfs at/;

/** Undefined for a line about something else. `line` is the evidence. */
export function privilegeTaken(text: string, line: string): Diagnosis | undefined {
  const hasError = denied.test(text);
  if (notOfContainer.test(text)) return undefined;
  const found = privileges.find(
    ({ words, withError }) => (!withError || hasError) && words.test(text),
  );
  if (found === undefined) return undefined;
  return {
    cause: 'privilege',
    line,
    detail: `The program ${found.does}. No mount makes up for it.`,
    advice: found.advice,
  };
}

/** Below these the kernel, not the image, says what may be written. */
const kernelTrees = /^\/(?:proc|sys)\//;

/** A write to the kernel's own file systems. */
export function kernelFile(path: string, line: string): Diagnosis | undefined {
  if (!kernelTrees.test(path)) return undefined;
  return {
    cause: 'privilege',
    path,
    line,
    detail: `${path} is the kernel’s: writing there ${path.startsWith('/sys/') ? 'changes the node' : kernelSetting.does}. No mount makes up for it.`,
    advice: kernelSetting.advice,
  };
}

/**
 * What the kubelet or the runtime says before the container runs: kubernetes v1.34
 * pkg/kubelet/events/event.go, containerd's CRI plugin (kubeovn/kube-ovn#4468), Docker
 * (tektoncd/results#65).
 */
const ofNode =
  /failed to generate spec|error while creating mount source path|failed to (?:create|start) (?:shim|sandbox|pod sandbox)|MountVolume\.|failed to mkdir "|failed to mkdir log|Error response from daemon: .{0,200}\bmkdir |\bkubelet\b.{0,80}\bError: .{0,400}\bmkdir |FailedMount|CreateContainerConfigError|hostPath type check failed/;
const readOnly = /read-only file ?system/i;

/** Undefined for a line that is not about the node's own file system. */
export function nodeFileSystem(text: string, line: string): Diagnosis | undefined {
  if (!readOnly.test(text) || !ofNode.test(text) || /probe failed/i.test(text)) return undefined;
  const path = pathsIn(text.slice(0, text.toLowerCase().indexOf('read-only'))).at(-1)?.path;
  return {
    cause: 'node',
    line,
    detail: `The node could not make ${path ?? 'a directory'} on its own file system, which is read-only: no profile changes that.`,
    advice:
      'Point the hostPath at a directory that the node has and may write, or use another kind of volume.',
  };
}
