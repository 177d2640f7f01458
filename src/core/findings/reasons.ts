/**
 * Every reason that a finding can give: a closed vocabulary, because codes are metric labels and
 * anchors in docs/reasons.md, which is generated from this table.
 */

interface Reason {
  /** One sentence for people who look the code up. */
  readonly summary: string;
  /**
   * The pod's author asked for something weaker, or the pod will not behave as its author expects:
   * told to the client as a warning even where pods are changed silently otherwise.
   */
  readonly warn: boolean;
  /**
   * The final pod still shows it, so a second pass reports it again. The rule does not hold for
   * that container, and the annotation on the pod leaves it out.
   */
  readonly lasting: boolean;
}

function reason(summary: string, flags: Partial<Pick<Reason, 'warn' | 'lasting'>> = {}): Reason {
  return { summary, warn: flags.warn ?? false, lasting: flags.lasting ?? false };
}

const told = { warn: true };
const open = { warn: true, lasting: true };

export const reasons = {
  'windows-pod': reason(
    'A Windows pod: its root cannot be read-only and the API refuses the Linux fields.',
    open,
  ),
  'mirror-pod': reason(
    'The mirror of a static pod: the kubelet runs the file on its node, not this object.',
    open,
  ),
  'invalid-name': reason(
    'A container or volume has a name that the API server refuses: nothing else of the pod was looked at.',
    open,
  ),
  'privileged-removed': reason(
    'The container asked for privileged mode and runs without it.',
    told,
  ),
  'propagation-narrowed': reason(
    'Bidirectional mount propagation needs privileged mode and became HostToContainer.',
    told,
  ),
  'escape-capability-removed': reason(
    'A capability with which a container changes its own root or its node, or a name that is none, was taken out.',
    told,
  ),
  'escape-capability-dropped': reason(
    'All capabilities were added, so those that reach the root or the node are dropped by name.',
    told,
  ),
  'capability-beyond-baseline': reason(
    'A capability that Pod Security `baseline` forbids stays: it reaches neither the root nor the node’s files.',
  ),
  'host-path-read-only': reason(
    'A hostPath shows what the node executes, trusts or runs containers from, and became read-only.',
    told,
  ),
  'host-path-kept': reason(
    'A hostPath shows what the node executes, trusts or runs containers from, and stays writable: another mount is below it.',
    open,
  ),
  'host-path-submounts': reason(
    'A read-only hostPath with mount propagation: what the node mounts below it stays writable.',
    open,
  ),
  'host-socket': reason(
    'A hostPath shows sockets or devices of the node, which can be used through any mount.',
    open,
  ),
  'host-path-writable': reason('A container can write to a path of its node.', told),
  'termination-path-reset': reason(
    'The termination message was to be written to a system directory of the image, and goes to /dev/termination-log.',
    told,
  ),
  'termination-path-writable': reason(
    'The termination message goes to a path of the image: the file there, if there is one, can be replaced.',
    told,
  ),
  'system-directory-mounted': reason(
    'The pod mounts something writable over a system directory of the image.',
    told,
  ),
  'root-made-read-only': reason('The root filesystem became read-only.'),
  'writable-root-overridden': reason(
    'The pod asked for a writable root filesystem and gets a read-only one.',
    told,
  ),
  'unprofiled-skipped': reason(
    'No profile matches the image and the policy leaves such containers as they are.',
    open,
  ),
  'no-profile': reason(
    'No profile is for the image: what it must write to is not known, and it gets the paths of the profile `default`.',
  ),
  'read-only-root-fails': reason(
    'The image cannot run with a read-only root, which it got all the same: give it a namespace of its own, or an exemption.',
    told,
  ),
  'variable-set': reason('A variable that the image needs on a read-only root was set.'),
  'variable-kept': reason(
    'The container sets a variable that the image needs on a read-only root to another value, which stays.',
    open,
  ),
  'variable-not-set': reason(
    'A variable that the image needs on a read-only root was not set: it could change what the container says.',
    open,
  ),
  'path-moved-unknown': reason(
    'The pod moves a path that the image must write to, and does not show where to.',
    open,
  ),
  'path-maybe-moved': reason(
    'A ConfigMap or Secret of the container could move a path that the image must write to.',
  ),
  'moved-not-seeded': reason(
    'The pod moves a path that must keep the image’s files to a directory which the image may not have.',
    open,
  ),
  'mode-not-set': reason(
    'A path must have a mode that an emptyDir on disk cannot be given on this cluster.',
  ),
  'tag-unknown': reason(
    'The image is named by its digest alone, and its tag would decide between variants: it gets what holds for all.',
  ),
  'path-mounted': reason('A path that the image must write to got an emptyDir.'),
  'path-in-memory': reason(
    'A path that the image must write to got an emptyDir in memory, which counts against the container’s memory limit.',
    told,
  ),
  'data-not-persistent': reason(
    'The image keeps data here that should outlive the pod, and the pod mounts none: it got an emptyDir.',
    told,
  ),
  'read-only-meant': reason(
    'At a path that the image must write to the pod mounts a volume that is never writable, or its data read-only.',
    { lasting: true },
  ),
  'read-only-mount': reason(
    'The pod mounts something read-only at or above a path that the image must write to.',
    open,
  ),
  'mount-not-owned': reason(
    'The pod mounts a volume at a directory of which the program changes the mode. As a user other than root it may not, and does not start while the volume is empty.',
    told,
  ),
  'device-at-path': reason(
    'A block device is attached at a path that the image must write to.',
    open,
  ),
  'path-seeded': reason(
    'A path that the image must write to got a volume with a copy of its own files.',
  ),
  'seed-without-cp': reason(
    'The image has files at a path it must write to, and no program to copy them with.',
    open,
  ),
  'seed-unreadable': reason(
    'The image has files at a path it must write to, and the container’s user cannot read all of them.',
    open,
  ),
  'binary-masked': reason('A binary was covered by a file that cannot be executed.'),
  'removal-taken-out': reason(
    'A probe or hook removed files from the root filesystem, which is read-only now: that command was taken out.',
  ),
  'binary-not-maskable': reason(
    'A probe or hook removed a file that no profile lists as maskable: it stays.',
    told,
  ),
  'binary-in-use': reason(
    'A binary was to be masked, and the container’s own commands use it: it stays.',
    told,
  ),
  'removal-not-understood': reason(
    'A probe or hook removes files that cannot be told from its text: on a read-only root it may fail.',
    open,
  ),
  'volumes-evictable': reason(
    'The cluster autoscaler may move the pod although it has emptyDirs now.',
  ),
  'annotation-written': reason('The annotation that explains the pod was written.'),
  'annotation-removed': reason(
    'An annotation that explains the pod untruly was taken away: the pod is left alone, or the true one has no room.',
    told,
  ),
  'annotations-full': reason(
    'The pod’s annotations have reached the size that the API accepts.',
    open,
  ),
  'escalation-disabled': reason('Processes can no longer gain more privileges than their parent.'),
  'escalation-overridden': reason(
    'The pod asked for privilege escalation and runs without it.',
    told,
  ),
  'capabilities-dropped': reason('All capabilities are dropped.'),
  'capability-removed': reason('A capability that the level does not allow was taken out.', told),
  'capability-kept': reason(
    'The program’s file carries NET_BIND_SERVICE and cannot be executed without it, so it is not dropped.',
  ),
  'file-capability': reason(
    'The program’s file carries a capability that `restricted` forbids, and cannot be executed without it.',
    open,
  ),
  'low-ports-opened': reason(
    'Ports below 1024 are open to non-root users in this pod’s network namespace.',
  ),
  'low-ports-kept': reason(
    'The pod sets net.ipv4.ip_unprivileged_port_start itself; its value stays.',
    open,
  ),
  'low-ports-host-network': reason(
    'The image needs a port below 1024 and the pod uses the host’s network: without capabilities it cannot bind.',
    open,
  ),
  'seccomp-set': reason('The container runtime’s default seccomp profile applies.'),
  'seccomp-overridden': reason(
    'The pod asked to run without seccomp and gets the runtime’s default.',
    told,
  ),
  'user-set': reason('The container runs as the numeric non-root user that its profile names.'),
  'non-root-set': reason('The container runs as a non-root user and says so.'),
  'non-root-overridden': reason('The pod allowed the root user and runs as a non-root one.', told),
  'user-unknown': reason('Neither the pod nor the profile names a numeric non-root user.', open),
  'root-requested': reason(
    'The pod asks for the root user, and a user that it names is never replaced.',
    open,
  ),
  'host-namespace': reason(
    'The pod uses a namespace of its host, which `restricted` forbids.',
    open,
  ),
  'host-port': reason('A container asks for a port of its host, which `restricted` forbids.', open),
  'volume-type': reason('The pod has a volume of a type that `restricted` forbids.', open),
  'proc-mount': reason('A container asks for an unmasked /proc, which `restricted` forbids.', open),
  'unsafe-sysctl': reason('The pod sets a sysctl that `restricted` forbids.', open),
  'selinux-options': reason(
    'The pod sets an SELinux type, user or role that `restricted` forbids.',
    open,
  ),
  'app-armor': reason('The pod turns AppArmor off, which `restricted` forbids.', open),
  'host-process': reason(
    'The pod asks to run as a process of its Windows host, which `restricted` forbids.',
    open,
  ),
  'host-probe': reason(
    'A probe or hook sends its request to a named host, which `restricted` forbids since Kubernetes 1.34.',
    open,
  ),
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof reasons;

/** What the table says of a code. */
export function reasonOf(code: ReasonCode): Reason {
  return reasons[code];
}
