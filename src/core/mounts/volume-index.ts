/**
 * Where a container can get a writable mount, given what its author mounts already, and under
 * which volume name.
 *
 * Runtimes mount in the order of the textual depth of the path, and in list order at equal depth
 * (containerd v2.1 internal/cri/opts/spec_opts.go:80). So a mount of the author's below one of
 * ours stays visible if ours comes first in the list, also where an alias makes both equally deep
 * (/var/run and /run/app).
 */
import { withMounts, withVolumes } from '../pod/change.ts';
import { canonicalPath, isAtOrBelow, normalisePath } from './paths.ts';
import { InjectedNames } from './names.ts';
import type { Container, Pod, PodSpec, Volume, VolumeMount } from '../pod/pod.ts';

/**
 * Volumes below which the kubelet makes mount points itself (kubernetes v1.34
 * pkg/volume/util/nested_volumes.go:101).
 */
const nestable = new Set(['configMap', 'secret', 'downwardAPI', 'projected']);
/** Volumes that are read-only whatever the mount says. */
const alwaysReadOnly = new Set([...nestable, 'image']);
/** Volumes that are deleted with the pod. */
const passing = new Set(['emptyDir', 'ephemeral']);

const noClaims: ReadonlySet<string> = new Set();

/** By volume the name of the container that mounts it, or null where several do. */
type Mounters = ReadonlyMap<string, string | null>;

/**
 * The volumes of a pod by name, and those that rules add.
 *
 * A class rather than an object literal with functions in its fields: V8 would promote such a
 * literal to old space and keep the pod long after its answer (test/retention.test.ts).
 */
export class VolumeIndex {
  /**
   * The salt of the volume name for a container and path (as one key), where the plain name was
   * not free.
   */
  readonly salts = new Map<string, number>();
  readonly names: InjectedNames;
  readonly #volumes = new Map<string, Volume>();
  readonly #claims: ReadonlySet<string>;
  #list: PodSpec['volumes'];
  #added: Volume[] = [];
  /**
   * The last table that was made. Rules ask about all paths of one container before the next
   * container, so one is enough.
   */
  #table: { readonly mounts: readonly VolumeMount[]; readonly table: MountTable } | undefined;
  /** The last that was made: it is asked for by each container of a pod. */
  #mounters: { readonly containers: readonly Container[]; readonly byVolume: Mounters } | undefined;

  /** `claims`: names of a StatefulSet's claim templates. `names`: of what is injected. */
  constructor({ spec }: Pod, claims: readonly string[], names = new InjectedNames()) {
    this.names = names;
    this.#list = spec.volumes;
    for (const volume of spec.volumes ?? []) this.#volumes.set(volume.name, volume);
    this.#claims = claims.length === 0 ? noClaims : new Set(claims);
  }

  /**
   * Whether it holds the volumes of the pod: those that it was made of, and all that were added
   * and applied since.
   */
  isOf({ spec }: Pod): boolean {
    return spec.volumes === this.#list && this.#added.length === 0;
  }

  /** The volume of the name, if the pod has it or a rule added it. */
  get(name: string): Volume | undefined {
    return this.#volumes.get(name);
  }

  /**
   * Whether a StatefulSet's claim template has the name. It replaces a volume of that name in the
   * pod template.
   */
  isClaim(name: string): boolean {
    return this.#claims.has(name);
  }

  /** Who mounts each volume, of the given containers. */
  mountersAmong(containers: readonly Container[]): Mounters {
    if (this.#mounters?.containers !== containers) {
      this.#mounters = { containers, byVolume: mountersIn(containers) };
    }
    return this.#mounters.byVolume;
  }

  add(volume: Volume): void {
    this.#volumes.set(volume.name, volume);
    this.#added.push(volume);
  }

  /** The mounts of a container of the pod, with the directories that they are at. */
  tableOf({ volumeMounts: mounts }: Container): MountTable {
    if (mounts == null || mounts.length === 0) return noMounts;
    if (this.#table?.mounts !== mounts) this.#table = { mounts, table: makeTable(mounts) };
    return this.#table.table;
  }

  /** The pod with the added volumes at the end of its list; the given pod where none was added. */
  applyTo(pod: Pod): Pod {
    if (this.#added.length === 0) return pod;
    const volumes = [...(pod.spec.volumes ?? []), ...this.#added];
    this.#list = volumes;
    this.#added = [];
    return withVolumes(pod, volumes);
  }
}

/** What a container has at a path. */
export type Placement =
  /**
   * Nothing is mounted there. A mount must use `mountPath`. `nested`: it is below a mount in which
   * the kubelet makes the mount point.
   */
  | { readonly kind: 'free'; readonly mountPath: string; readonly nested: boolean }
  /** A mount at or above the path makes it writable. `exact`: at the path. */
  | { readonly kind: 'mounted'; readonly mount: VolumeMount; readonly exact: boolean }
  /**
   * A mount at or above the path keeps it read-only, and nothing can be mounted below it.
   * `byKind`: it is at the path, and its volume is of a kind that is never writable.
   */
  | { readonly kind: 'read-only'; readonly mount: VolumeMount; readonly byKind: boolean }
  /** The block device of this index is attached at the path: the API refuses a mount there. */
  | { readonly kind: 'device'; readonly index: number };

/** What is at `path` in the container. `path` is normalised. */
export function placementOf(container: Container, path: string, volumes: VolumeIndex): Placement {
  const table = volumes.tableOf(container);
  const wanted = table.placeOf(path);
  const index =
    container.volumeDevices?.findIndex(({ devicePath }) => table.placeOf(devicePath) === wanted) ??
    -1;
  if (index >= 0) return { kind: 'device', index };

  const nearest = nearestMount(table, wanted);
  if (nearest === undefined) return { kind: 'free', mountPath: path, nested: false };
  const { mount, at } = nearest;
  const source = sourceOf(mount, volumes);
  if (!isReadOnly(mount, source)) return { kind: 'mounted', mount, exact: at === wanted };
  if (at === wanted || at === '/' || !canNestBelow(mount, source) || isMountedAt(table, wanted))
    return { kind: 'read-only', mount, byKind: at === wanted && alwaysReadOnly.has(source.kind) };
  // The kubelet finds nested mounts by their text, so the parent is written as the author wrote
  // it.
  const mountPath = normalisePath(mount.mountPath) + wanted.slice(at.length);
  return { kind: 'free', mountPath, nested: true };
}

/** The mounts of a container with the directories that they are at. */
interface MountTable {
  /** The directory that a path of the container leads to. */
  readonly placeOf: (path: string) => string;
  readonly places: readonly MountPlace[];
}

interface MountPlace {
  readonly mount: VolumeMount;
  readonly at: string;
  readonly depth: number;
}

const noMounts: MountTable = { placeOf: canonicalPath, places: [] };

/**
 * Makes the table. Paths lead through the links that common images have in /var, unless a mount at
 * /var or / hides these links.
 */
function makeTable(mounts: readonly VolumeMount[]): MountTable {
  const paths = mounts.map(({ mountPath }) => normalisePath(mountPath));
  const hidden = paths.some((path) => path === '/var' || path === '/');
  const placeOf = hidden ? normalisePath : canonicalPath;
  const places = mounts.map((mount, index) => {
    const path = paths[index] ?? '';
    return { mount, at: placeOf(path), depth: depthOf(path) };
  });
  return { placeOf, places };
}

/** Whether the container mounts something at the directory, even if another mount covers it. */
function isMountedAt({ places }: MountTable, wanted: string): boolean {
  return places.some(({ at }) => at === wanted);
}

/** Whether the container has a writable mount below `path` whose volume outlives the pod. */
export function keepsDataBelow(container: Container, path: string, volumes: VolumeIndex): boolean {
  const { placeOf, places } = volumes.tableOf(container);
  const wanted = placeOf(path);
  return places.some(({ mount, at }) => {
    if (at === wanted || !isAtOrBelow(at, wanted)) return false;
    const source = sourceOf(mount, volumes);
    return !isReadOnly(mount, source) && !passing.has(source.kind);
  });
}

/** Whether `path` is in a writable mount of the container. */
export function isWritableAt(container: Container, path: string, volumes: VolumeIndex): boolean {
  return placementOf(container, path, volumes).kind === 'mounted';
}

/**
 * The name for the volume of a container and path: that of an equal volume which the pod has
 * already, or the first one that is free. A name that the author uses for something else is left
 * to them.
 */
export function freeVolumeName(
  container: string,
  path: string,
  source: object,
  volumes: VolumeIndex,
): string {
  const plain = volumes.names.volume(container, path);
  if (isFree(plain, source, volumes)) return plain;
  // An author may have taken as many names as fit into a pod: the search is not made again for
  // each that asks.
  const identity = `${container}\0${path}`;
  for (let salt = volumes.salts.get(identity) ?? 1; ; salt++) {
    const name = volumes.names.volume(container, path, salt);
    if (!isFree(name, source, volumes)) continue;
    volumes.salts.set(identity, salt);
    return name;
  }
}

function isFree(name: string, source: object, volumes: VolumeIndex): boolean {
  const taken = volumes.get(name);
  return !volumes.isClaim(name) && (taken === undefined || hasSource(taken, source));
}

/** The container with the mounts at the start of its list. */
export function withMountsFirst(container: Container, mounts: readonly VolumeMount[]): Container {
  if (mounts.length === 0) return container;
  return withMounts(container, [...mounts, ...(container.volumeMounts ?? [])]);
}

/** Whether the volume has exactly the given source. */
function hasSource(volume: Volume, wanted: object): boolean {
  const source = wanted as Readonly<Record<string, unknown>>;
  const keys = Object.keys(volume).filter((key) => key !== 'name' && volume[key] != null);
  const [kind] = Object.keys(source);
  // A volume without a source becomes an emptyDir.
  const found = keys.length === 0 ? 'emptyDir' : keys[0];
  if (kind === undefined || keys.length > 1 || found !== kind) return false;
  return sameFields(volume[kind] ?? {}, source[kind] ?? {});
}

/**
 * Whether both have the same fields. Of `sizeLimit` it compares only whether there is one, since
 * the API server rewrites quantities (1024Mi becomes 1Gi).
 */
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
 * The mount that governs a path: of those at or above it the one that the runtime mounts last.
 * That goes by the depth of the text, so a mount at /var/run covers an earlier one at /run, and
 * then by the order in the list.
 */
function nearestMount({ places }: MountTable, wanted: string): MountPlace | undefined {
  let nearest: MountPlace | undefined;
  for (const place of places) {
    if (!isAtOrBelow(wanted, place.at)) continue;
    if (nearest === undefined || place.depth >= nearest.depth) nearest = place;
  }
  return nearest;
}

/** How many segments a normalised path has. */
function depthOf(path: string): number {
  let depth = 0;
  for (let at = 0; at >= 0; at = path.indexOf('/', at + 1)) depth++;
  return path === '/' ? 0 : depth;
}

interface Source {
  readonly kind: string;
  readonly readOnly: boolean;
}

/** The kind of the mounted volume, named as its field: `persistentVolumeClaim`, `emptyDir`. */
export function kindOf(mount: VolumeMount, volumes: VolumeIndex): string {
  return sourceOf(mount, volumes).kind;
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

function mountersIn(containers: readonly Container[]): Mounters {
  const mounters = new Map<string, string | null>();
  for (const { name, volumeMounts } of containers) {
    for (const { name: volume } of volumeMounts ?? []) {
      const other = mounters.get(volume) ?? (mounters.has(volume) ? null : name);
      mounters.set(volume, other === name ? name : null);
    }
  }
  return mounters;
}
