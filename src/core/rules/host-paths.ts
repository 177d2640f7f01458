/**
 * What a node executes, trusts and runs containers from is mounted read-only.
 *
 * Fields, of the mounts of a hostPath volume in every container:
 * - `volumeMounts[*].readOnly`
 * - `volumeMounts[*].recursiveReadOnly`, since a read-only bind is not recursive: a runtime's own
 *   roots are mounts below /run
 *
 * Allowed:
 * - `readOnly: true` with `recursiveReadOnly: IfPossible` or `Enabled`
 * - `readOnly: true` alone, where the mount has a propagation: the API takes no other value there
 * - any value, for paths that ../mounts/node-paths.ts does not guard
 *
 * Source: ../mounts/node-paths.ts, a table with a reason for each path.
 *
 * The path is the volume's joined with the mount's `subPath`; with a `subPathExpr`, which cannot be
 * read, it is the volume's.
 *
 * Limits:
 * - The kubelet's socket directories and /sys/fs/{bpf,cgroup} stay as they are: agents make sockets
 *   and maps there.
 * - A mount stays as it is where another one of the container is below it: that one's mount point
 *   could not be made.
 * - Where `recursiveReadOnly` has no effect (a mount propagation, containerd 1.x), what is mounted
 *   below stays writable.
 * - Sockets and devices take writes through any mount.
 * - A path may be a link that an earlier pod made, so each writable one is reported.
 */
import { withMountFields, withMounts } from '../pod/change.ts';
import { mapTreated, mapShared } from '../pod/containers.ts';
import { judgeNodePath } from '../mounts/node-paths.ts';
import { canonicalPath, normalisePath, serviceAccountPath } from '../mounts/paths.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import type { Container, Pod, Volume, VolumeMount } from '../pod/pod.ts';
import type { NodeMount } from '../findings/reasons/escapes.ts';
import type { Report } from '../findings/report.ts';
import { anyScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const hostPaths: Rule = {
  id: 'host-paths',
  level: 'immutable',
  title: 'The node’s own files read-only',
  why: 'A writable hostPath of `/` changes the container’s own root, and the node.',
  scopes: anyScope,
  apply(pod, context, report) {
    if (!usesNode(pod)) return pod;
    const volumes = context.volumesOf(pod);
    return mapTreated(pod, context, (container) => treat(container, volumes, report));
  },
};

function usesNode({ spec }: Pod): boolean {
  return spec.volumes?.some(({ hostPath }) => hostPath != null) === true;
}

/**
 * The mounts of one container by what was found: of each there is one finding, however many mounts
 * it is about.
 */
interface Found {
  readonly changed: NodeMount[];
  readonly nested: NodeMount[];
  readonly submounts: NodeMount[];
  readonly sockets: NodeMount[];
  readonly writable: NodeMount[];
}

function treat(container: Container, volumes: VolumeIndex, report: Report): Container {
  const mounts = container.volumeMounts;
  if (!mounts) return container;
  const found: Found = { changed: [], nested: [], submounts: [], sockets: [], writable: [] };
  const isNested = nestedIn(container);
  const after = mapShared(mounts, (mount) => {
    const path = nodePathOf(mount, volumes);
    return path === undefined ? mount : treatMount(mount, path, isNested, found);
  });
  reportAll(container, found, report);
  return after === mounts ? container : withMounts(container, after);
}

/** The node's path that the mount shows, or nothing where it shows none. */
function nodePathOf({ name, subPath }: VolumeMount, volumes: VolumeIndex): string | undefined {
  const volume: Volume | undefined = volumes.isClaim(name) ? undefined : volumes.get(name);
  const source = volume?.['hostPath'];
  if (source == null) return undefined;
  const { path } = source as { readonly path?: unknown };
  return normalisePath(`${typeof path === 'string' ? path : ''}/${subPath ?? ''}`);
}

function treatMount(
  mount: VolumeMount,
  path: string,
  isNested: (mount: VolumeMount) => boolean,
  found: Found,
): VolumeMount {
  const { guarded, sockets } = judgeNodePath(path);
  const shown = { path, mountPath: mount.mountPath, name: mount.name };
  if (sockets) found.sockets.push(shown);
  if (!guarded) {
    if (mount.readOnly !== true && !sockets) found.writable.push(shown);
    return mount;
  }
  if (mount.readOnly !== true && isNested(mount)) {
    found.nested.push(shown);
    return mount;
  }
  const recursive = (mount.mountPropagation ?? 'None') === 'None';
  if (!recursive) found.submounts.push(shown);
  const after = readOnly(mount, recursive);
  if (after !== mount) found.changed.push(shown);
  return after;
}

function readOnly(mount: VolumeMount, recursive: boolean): VolumeMount {
  const { recursiveReadOnly } = mount;
  const isRecursive = recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible';
  if (mount.readOnly === true && (isRecursive || !recursive)) return mount;
  return withMountFields(
    mount,
    recursive && !isRecursive
      ? { readOnly: true, recursiveReadOnly: 'IfPossible' }
      : { readOnly: true },
  );
}

/**
 * Whether something of the container is mounted below a mount: on one that is read-only it would
 * have no mount point.
 */
function nestedIn(container: Container): (mount: VolumeMount) => boolean {
  let places: readonly string[] | undefined;
  return ({ mountPath }) => {
    // Sorted, so that a list of mounts is not gone through again for each of them.
    places ??= placesIn(container).sort();
    const at = canonicalPath(mountPath);
    const below = at === '/' ? at : `${at}/`;
    // A text stands right before all that begin with it and are longer.
    return places[firstAfter(places, below)]?.startsWith(below) === true;
  };
}

function placesIn(container: Container): string[] {
  return [
    serviceAccountPath,
    ...(container.volumeMounts ?? []).map(({ mountPath }) => mountPath),
    ...(container.volumeDevices ?? []).map(({ devicePath }) => devicePath),
    ...(container.terminationMessagePath ? [container.terminationMessagePath] : []),
  ].map(canonicalPath);
}

/** Of a sorted list: where the first text is that comes behind the given one. */
function firstAfter(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') > text) high = middle;
    else low = middle + 1;
  }
  return low;
}

function reportAll(container: Container, found: Found, report: Report): void {
  reportMounts('host-path-read-only', found.changed, container, report);
  reportMounts('host-path-kept', found.nested, container, report);
  reportMounts('host-path-submounts', found.submounts, container, report);
  reportMounts('host-socket', found.sockets, container, report);
  reportMounts('host-path-writable', found.writable, container, report);
}

function reportMounts(
  code:
    | 'host-path-read-only'
    | 'host-path-kept'
    | 'host-path-submounts'
    | 'host-socket'
    | 'host-path-writable',
  mounts: readonly NodeMount[],
  container: Container,
  report: Report,
): void {
  const [first] = mounts;
  if (first === undefined) return;
  report.container(container, code, report.mountField(container, first), { mounts });
}
