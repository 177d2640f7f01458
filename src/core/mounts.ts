/**
 * Where a container can get a writable mount, given what its author mounts already, and under which volume name.
 *
 * Runtimes mount in the order of the textual depth of the path, and in list order at equal depth (containerd v2.1
 * internal/cri/opts/spec_opts.go:80). So a mount of the author's below one of ours stays visible if ours comes first
 * in the list, also where an alias makes both equally deep (/var/run and /run/app).
 */
import { canonicalPath, isAtOrBelow, normalisePath } from './paths.ts';
import { volumeName } from './names.ts';
import type { Container, Pod, Volume, VolumeMount } from './pod.ts';

/** Volumes below which the kubelet makes mount points itself (kubernetes v1.34 pkg/volume/util/nested_volumes.go:101). */
const nestable = new Set(['configMap', 'secret', 'downwardAPI', 'projected']);
/** Volumes that are read-only whatever the mount says. */
const alwaysReadOnly = new Set([...nestable, 'image']);

/** The volumes of a pod by name, and those that a rule adds. */
export interface VolumeIndex {
  get(name: string): Volume | undefined;
  /** Whether the name is taken by a StatefulSet's claim template, which wins over a volume of the template. */
  isClaim(name: string): boolean;
  add(volume: Volume): void;
  /** The pod with the added volumes after its own. */
  applyTo(pod: Pod): Pod;
}

export function indexVolumes(pod: Pod, claims: readonly string[]): VolumeIndex {
  const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const claimNames = new Set(claims);
  const added: Volume[] = [];
  return {
    get: (name) => volumes.get(name),
    isClaim: (name) => claimNames.has(name),
    add(volume) {
      volumes.set(volume.name, volume);
      added.push(volume);
    },
    applyTo(target) {
      if (added.length === 0) return target;
      const own = target.spec.volumes ?? [];
      return { ...target, spec: { ...target.spec, volumes: [...own, ...added] } };
    },
  };
}

export type Placement =
  /** Nothing is mounted there. `mountPath` is the text to use; `nested`: below a mount in which the kubelet makes room. */
  | { readonly kind: 'free'; readonly mountPath: string; readonly nested: boolean }
  /** A mount at or above the path makes it writable. `exact`: at the path. */
  | { readonly kind: 'mounted'; readonly mount: VolumeMount; readonly exact: boolean }
  /** A mount at or above the path keeps it read-only, and nothing can be mounted below it. */
  | { readonly kind: 'read-only'; readonly mount: VolumeMount }
  /** A block device is attached at the path: the API refuses a mount there. */
  | { readonly kind: 'device' };

/** What stands at `path` in the container. `path` is normalised. */
export function placementOf(container: Container, path: string, volumes: VolumeIndex): Placement {
  const placeOf = resolverOf(container);
  const wanted = placeOf(path);
  const isDevice = container.volumeDevices?.some(
    ({ devicePath }) => placeOf(devicePath) === wanted,
  );
  if (isDevice === true) return { kind: 'device' };

  const mount = nearestMount(container, wanted, placeOf);
  if (mount === undefined) return { kind: 'free', mountPath: path, nested: false };
  const at = placeOf(mount.mountPath);
  const source = sourceOf(mount, volumes);
  if (!isReadOnly(mount, source)) return { kind: 'mounted', mount, exact: at === wanted };
  if (at === wanted || at === '/' || !canNestBelow(mount, source) || isMountedAt(container, wanted))
    return { kind: 'read-only', mount };
  // The kubelet finds nested mounts by their text, so the author's spelling of the parent is kept.
  const mountPath = normalisePath(mount.mountPath) + wanted.slice(at.length);
  return { kind: 'free', mountPath, nested: true };
}

/** Whether the container mounts something at the place, be it covered by another mount. */
function isMountedAt(container: Container, wanted: string): boolean {
  const placeOf = resolverOf(container);
  return (container.volumeMounts ?? []).some(({ mountPath }) => placeOf(mountPath) === wanted);
}

/**
 * Where paths of the container lead to: through the links of common images, unless a mount at /var or / hides those
 * that are in /var.
 */
function resolverOf({ volumeMounts }: Container): (path: string) => string {
  const hidden = volumeMounts?.some(({ mountPath }) => {
    const at = normalisePath(mountPath);
    return at === '/var' || at === '/';
  });
  return hidden === true ? normalisePath : canonicalPath;
}

/** Whether the container mounts anything at, above or below `path`. */
export function isMountedAnywhere(container: Container, path: string): boolean {
  const placeOf = resolverOf(container);
  const wanted = placeOf(path);
  return (container.volumeMounts ?? []).some(({ mountPath }) => {
    const at = placeOf(mountPath);
    return isAtOrBelow(wanted, at) || isAtOrBelow(at, wanted);
  });
}

/** Whether `path` lies in a writable mount of the container. */
export function isWritableAt(container: Container, path: string, volumes: VolumeIndex): boolean {
  return placementOf(container, path, volumes).kind === 'mounted';
}

/**
 * The name for the volume of a container and path: that of an equal volume which the pod has already, or the first
 * one that is free. A name that the author uses for something else is left to them.
 */
export function freeVolumeName(
  container: string,
  path: string,
  source: object,
  volumes: VolumeIndex,
): string {
  for (let salt = 0; ; salt++) {
    const name = volumeName(container, path, salt);
    const taken = volumes.get(name);
    if (!volumes.isClaim(name) && (taken === undefined || hasSource(taken, source))) return name;
  }
}

/** The container with the mounts before its own. */
export function withMountsFirst(container: Container, mounts: readonly VolumeMount[]): Container {
  if (mounts.length === 0) return container;
  return { ...container, volumeMounts: [...mounts, ...(container.volumeMounts ?? [])] };
}

/** Whether the volume is of the given source with just the given fields. */
function hasSource(volume: Volume, wanted: object): boolean {
  const source = wanted as Readonly<Record<string, unknown>>;
  const keys = Object.keys(volume).filter((key) => key !== 'name' && volume[key] != null);
  const [kind] = Object.keys(source);
  // A volume without a source becomes an emptyDir.
  const found = keys.length === 0 ? 'emptyDir' : keys[0];
  if (kind === undefined || keys.length > 1 || found !== kind) return false;
  return sameFields(volume[kind] ?? {}, source[kind] ?? {});
}

/** The API server rewrites quantities (1024Mi becomes 1Gi): of a size it counts only that there is one. */
function sameFields(left: object, right: object): boolean {
  const a = left as Readonly<Record<string, unknown>>;
  const b = right as Readonly<Record<string, unknown>>;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) =>
    key === 'sizeLimit'
      ? (a[key] == null) === (b[key] == null)
      : (a[key] ?? undefined) === (b[key] ?? undefined),
  );
}

/**
 * The mount that governs a path: of those at or above it the one that the runtime mounts last. That goes by the depth of
 * the text, so a mount at /var/run covers an earlier one at /run, and then by the order in the list.
 */
function nearestMount(
  container: Container,
  wanted: string,
  placeOf: (path: string) => string,
): VolumeMount | undefined {
  let nearest: VolumeMount | undefined;
  let nearestDepth = -1;
  for (const mount of container.volumeMounts ?? []) {
    if (!isAtOrBelow(wanted, placeOf(mount.mountPath))) continue;
    const depth = depthOf(mount.mountPath);
    if (depth >= nearestDepth) {
      nearest = mount;
      nearestDepth = depth;
    }
  }
  return nearest;
}

function depthOf(path: string): number {
  const normal = normalisePath(path);
  let depth = 0;
  for (let at = 0; at >= 0; at = normal.indexOf('/', at + 1)) depth++;
  return normal === '/' ? 0 : depth;
}

interface Source {
  readonly kind: string;
  readonly readOnly: boolean;
}

function sourceOf(mount: VolumeMount, volumes: VolumeIndex): Source {
  const volume = volumes.get(mount.name);
  if (volume === undefined || volumes.isClaim(mount.name)) {
    return { kind: 'persistentVolumeClaim', readOnly: false };
  }
  for (const [kind, value] of Object.entries(volume)) {
    if (kind === 'name' || typeof value !== 'object' || value === null) continue;
    return { kind, readOnly: (value as { readonly readOnly?: unknown }).readOnly === true };
  }
  // A volume without a source becomes an emptyDir (kubernetes v1.34 pkg/apis/core/v1/defaults.go).
  return { kind: 'emptyDir', readOnly: false };
}

function isReadOnly(mount: VolumeMount, source: Source): boolean {
  return mount.readOnly === true || source.readOnly || alwaysReadOnly.has(source.kind);
}

function canNestBelow(mount: VolumeMount, source: Source): boolean {
  return nestable.has(source.kind) && !mount.subPath && !mount.subPathExpr;
}
