/**
 * What a node executes, trusts and runs containers from is mounted read-only.
 *
 * Restricted fields: `volumeMounts[]` of a hostPath volume, in every container: `readOnly`, and
 * `recursiveReadOnly`, since a read-only bind is not recursive (a runtime's own roots are mounts
 * below /run). The path is the volume's joined with the mount's `subPath`; with a `subPathExpr`,
 * which cannot be read, it is the volume's. The table, with a reason for each entry, is
 * ../node-paths.ts. `recursiveReadOnly: IfPossible` is set where the API takes it, which is with no
 * mount propagation; elsewhere what is mounted below stays writable, as it does with a runtime that
 * cannot do it (containerd 1.x).
 *
 * Left as they are: the kubelet's socket directories and /sys/fs/{bpf,cgroup}, where agents make
 * sockets and maps; a mount with another one of the container below it, whose mount point could not
 * be made; every other path of the node, /var/log and /data too. Sockets and devices take writes
 * through any mount. The path may also be a link that an earlier pod made, so each writable one is
 * told.
 */
import { mapTreated, mapShared } from '../pod/containers.ts';
import { judgeNodePath } from '../mounts/node-paths.ts';
import { canonicalPath, normalisePath, serviceAccountPath } from '../mounts/paths.ts';
import { shown, shownList } from '../text.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import type { Container, Pod, Volume, VolumeMount } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const hostPaths: Rule = {
  id: 'host-paths',
  level: 'immutable',
  title: 'The node’s own files read-only',
  why: 'A writable hostPath of `/` changes the container’s own root, and the node.',
  apply(pod, context) {
    if (!usesNode(pod)) return { pod, findings: [] };
    const findings: Finding[] = [];
    const volumes = context.volumesOf(pod);
    const after = mapTreated(pod, context, (container) => treat(container, volumes, findings));
    return { pod: after, findings };
  },
};

function usesNode({ spec }: Pod): boolean {
  return spec.volumes?.some(({ hostPath }) => hostPath != null) === true;
}

/**
 * The mounts of one container by what was found, as `path at mountPath`; each is told in one
 * finding, however many there are.
 */
interface Found {
  readonly changed: string[];
  readonly nested: string[];
  readonly submounts: string[];
  readonly sockets: string[];
  readonly writable: string[];
}

function treat(container: Container, volumes: VolumeIndex, findings: Finding[]): Container {
  const mounts = container.volumeMounts;
  if (!mounts) return container;
  const found: Found = { changed: [], nested: [], submounts: [], sockets: [], writable: [] };
  const isNested = nestedIn(container);
  const after = mapShared(mounts, (mount) => {
    const path = nodePathOf(mount, volumes);
    return path === undefined ? mount : treatMount(mount, path, isNested, found);
  });
  tell(container.name, found, findings);
  return after === mounts ? container : { ...container, volumeMounts: after };
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
  const told = `${shown(path)} at ${shown(mount.mountPath)}`;
  if (sockets) found.sockets.push(told);
  if (!guarded) {
    if (mount.readOnly !== true && !sockets) found.writable.push(told);
    return mount;
  }
  if (mount.readOnly !== true && isNested(mount)) {
    found.nested.push(told);
    return mount;
  }
  const recursive = (mount.mountPropagation ?? 'None') === 'None';
  if (!recursive) found.submounts.push(told);
  const after = readOnly(mount, recursive);
  if (after !== mount) found.changed.push(told);
  return after;
}

function readOnly(mount: VolumeMount, recursive: boolean): VolumeMount {
  const { recursiveReadOnly } = mount;
  const isRecursive = recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible';
  if (mount.readOnly === true && (isRecursive || !recursive)) return mount;
  // Not by spreading: V8 keeps such a copy that is given a new key until the next full collection.
  return Object.assign(
    {},
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

function tell(container: string, found: Found, findings: Finding[]): void {
  const say = (
    paths: readonly string[],
    code: Finding['code'],
    outcome: Finding['outcome'],
    detail: (paths: string) => string,
  ): void => {
    if (paths.length === 0) return;
    const text = `container "${container}" ${detail(shownList(paths))}`;
    findings.push({ rule: 'host-paths', outcome, code, container, detail: text });
  };
  say(
    found.changed,
    'host-path-read-only',
    'changed',
    (paths) => `mounts hostPath ${paths} and gets it read-only`,
  );
  say(
    found.nested,
    'host-path-kept',
    'conflict',
    (paths) =>
      `can write to hostPath ${paths}: another mount below it keeps it from being read-only`,
  );
  say(
    found.submounts,
    'host-path-submounts',
    'conflict',
    (paths) =>
      `can write to what is mounted below hostPath ${paths}: its mount propagation allows no recursive read-only mount`,
  );
  say(
    found.sockets,
    'host-socket',
    'conflict',
    (paths) =>
      `reaches sockets or devices of the node by hostPath ${paths}, which no read-only mount stops`,
  );
  say(found.writable, 'host-path-writable', 'skipped', (paths) => `can write to hostPath ${paths}`);
}
