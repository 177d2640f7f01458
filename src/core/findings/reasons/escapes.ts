/** Reasons of what leaves a pod alone, and of what reaches its node or the image's own files. */
import { shown, shownList } from '../../values/text.ts';
import { changed, conflict, skipped } from '../reason.ts';

/** A mount that shows a path of the node. */
export interface NodeMount {
  /** Of the volume. */
  readonly name: string;
  /** On the node. */
  readonly path: string;
  readonly mountPath: string;
}

interface ExemptedArgs {
  readonly rule: string;
  /** The name of the Exemption. */
  readonly exemption: string;
  /** When it ends: RFC 3339, in UTC. */
  readonly until: string;
}

interface Names {
  readonly names: readonly string[];
}

interface Mounts {
  readonly mounts: readonly NodeMount[];
}

function nodeMounts(mounts: readonly NodeMount[]): string {
  return shownList(mounts, ({ path, mountPath }) => `${shown(path)} at ${shown(mountPath)}`);
}

export const escapeReasons = {
  'windows-pod': skipped(
    'A Windows pod: its root cannot be read-only and the API refuses the Linux fields.',
    () => 'runs on Windows, which has no read-only root filesystem',
    { warn: true, unresolved: true },
  ),
  'mirror-pod': skipped(
    'The mirror of a static pod: the kubelet runs the file on its node, not this object.',
    () => 'mirrors a static pod of its node: it is changed in its file there, or not at all',
    { warn: true, unresolved: true },
  ),
  'invalid-name': skipped(
    'A container or volume has a name that the API server refuses: nothing else of the pod was looked at.',
    ({ field, message }: { readonly field: string; readonly message: string }) => ({
      sentence: `the API server refuses such a pod, of which nothing else was looked at: ${field}: ${message}`,
    }),
    { warn: true, unresolved: true },
  ),
  exempted: skipped(
    'An Exemption of the namespace lets through what the rule would change or report.',
    ({ rule, exemption, until }: ExemptedArgs) =>
      `is spared the rule "${rule}" by the Exemption ${exemption}, until ${until}`,
    { warn: true, unresolved: true },
  ),
  'privileged-removed': changed(
    'The container asked for privileged mode and runs without it.',
    () => 'asked for privileged: true and runs with privileged: false',
    { warn: true },
  ),
  'propagation-narrowed': changed(
    'Bidirectional mount propagation needs privileged mode and became HostToContainer.',
    ({ volume }: { readonly volume: string }) =>
      `mounts "${shown(volume)}" with HostToContainer propagation: Bidirectional needs a privileged container`,
    { warn: true },
  ),
  'escape-capability-removed': changed(
    'The container asked for a capability with which it changes its own root or its node, or for a name that is none, and runs without it.',
    ({ names }: Names) => `asked for ${shownList(names)} and runs without`,
    { warn: true },
  ),
  'escape-capability-dropped': changed(
    'All capabilities were added, so those that reach the root or the node are dropped by name.',
    ({ names }: Names) => `asked for all capabilities and runs without ${names.join(', ')}`,
    { warn: true },
  ),
  'capability-beyond-baseline': skipped(
    'A capability that Pod Security `baseline` forbids stays: it reaches neither the root nor the node’s files.',
    ({ names }: Names) => `keeps ${shownList(names)}, which Pod Security "baseline" forbids`,
  ),
  'host-path-read-only': changed(
    'A hostPath shows what the node executes, trusts or runs containers from, and became read-only.',
    ({ mounts }: Mounts) => `mounts hostPath ${nodeMounts(mounts)} and gets it read-only`,
    { warn: true },
  ),
  'host-path-kept': conflict(
    'A hostPath shows what the node executes, trusts or runs containers from, and stays writable: another mount is below it.',
    ({ mounts }: Mounts) =>
      `can write to hostPath ${nodeMounts(mounts)}: another mount below it keeps it from being read-only`,
    { warn: true, unresolved: true },
  ),
  'host-path-submounts': conflict(
    'A read-only hostPath with mount propagation: what the node mounts below it stays writable.',
    ({ mounts }: Mounts) =>
      `can write to what is mounted below hostPath ${nodeMounts(mounts)}: its mount propagation allows no recursive read-only mount`,
    { warn: true, unresolved: true },
  ),
  'host-socket': conflict(
    'A hostPath shows sockets or devices of the node, which can be used through any mount.',
    ({ mounts }: Mounts) =>
      `reaches sockets or devices of the node by hostPath ${nodeMounts(mounts)}, which no read-only mount stops`,
    { warn: true, unresolved: true },
  ),
  'host-path-writable': skipped(
    'A container can write to a path of its node.',
    ({ mounts }: Mounts) => `can write to hostPath ${nodeMounts(mounts)}`,
    { warn: true },
  ),
  'termination-path-reset': changed(
    'The termination message was to be written to a system directory of the image, and goes to /dev/termination-log.',
    ({ path }: { readonly path: string }) =>
      `writes its termination message to /dev/termination-log: at ${shown(path)} it could replace a file of the image`,
    { warn: true },
  ),
  'termination-path-writable': skipped(
    'The termination message goes to a path of the image: the file there, if there is one, can be replaced.',
    ({ path }: { readonly path: string }) =>
      `writes its termination message to ${shown(path)}: a file of the image there can be replaced`,
    { warn: true },
  ),
  'system-directory-mounted': skipped(
    'The pod mounts something writable over a system directory of the image.',
    ({ mountPaths }: { readonly mountPaths: readonly string[] }) =>
      `mounts something writable over ${shownList(mountPaths)}, which hides the image's own files`,
    { warn: true },
  ),
};
