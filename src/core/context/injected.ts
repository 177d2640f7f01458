/**
 * Is this ours? What Lithopod injected into a pod, in an earlier pass or in this one, apart from
 * what its author put there: by name, place and content together, so that nothing which an author
 * calls by one of our names is taken for ours. What a name alone says is in ../mounts/names.ts.
 */
import { containersOf } from '../pod/containers.ts';
import { isInjectedName, maskFile, maskVolumeName, seedMountPath } from '../mounts/names.ts';
import { moversOf, placeEntries } from './moved-paths.ts';
import { baseName, canonicalPath, normalisePath } from '../mounts/paths.ts';
import { makeMovable } from './entry.ts';
import type { Entry, Movable } from './entry.ts';
import type { Movers } from './moved-paths.ts';
import { freeVolumeName } from '../mounts/volume-index.ts';
import type { InjectedNames } from '../mounts/names.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import type { ResolvedProfile, WritablePath } from '../catalogue/profile/profile.ts';
import type { CompiledProfile } from '../catalogue/profile/variant.ts';
import type { Container, Pod, Volume, VolumeMount } from '../pod/pod.ts';

/** Salted names exist only where the pod's author uses the plain one; a few are looked at. */
const salts = [0, 1, 2, 3] as const;

/** Which mounts of the container one of our rules made, under whatever variant of the profile. */
export function injectedMountTest(
  container: Container,
  compiled: CompiledProfile,
  names: InjectedNames,
): (mount: VolumeMount) => boolean {
  let paths: readonly string[] | undefined;
  return ({ name, mountPath, subPath }) => {
    if (!isInjectedName(name)) return false;
    if (subPath === maskFile && salts.some((salt) => name === maskVolumeName(salt))) return true;
    paths ??= possiblePaths(container, compiled);
    const at = canonicalPath(mountPath);
    return paths.some(
      (path) =>
        canonicalPath(path) === at &&
        (!subPath || subPath === baseName(path)) &&
        names.isVolume(name, container.name, path, salts),
    );
  };
}

interface AllEntries {
  readonly entries: readonly Movable[];
  readonly paths: readonly string[];
  readonly movers: Movers | undefined;
}

const allEntriesMemo = new WeakMap<CompiledProfile, AllEntries>();

/** The entries that some variant of the profile has, or of one that may be meant in its place. */
function allEntries(compiled: CompiledProfile): AllEntries {
  let all = allEntriesMemo.get(compiled);
  if (all === undefined) {
    const entries: WritablePath[] = [];
    for (const { profile } of [compiled, ...compiled.siblings]) {
      entries.push(...profile.writable, ...profile.data);
      for (const { writable = [], data = [] } of profile.when) entries.push(...writable, ...data);
    }
    const paths = [...new Set(entries.map(({ path }) => path))];
    const movable = entries.map(makeMovable);
    all = { entries: movable, paths, movers: moversOf(entries) };
    allEntriesMemo.set(compiled, all);
  }
  return all;
}

/** Every path at which the container can have an entry of the profile. */
function possiblePaths(container: Container, compiled: CompiledProfile): readonly string[] {
  const { entries, paths, movers } = allEntries(compiled);
  if (movers === undefined) return paths;
  const placed = placeEntries(container, entries, movers, compiled.profile.images, new Map());
  return [...paths, ...placed.entries.map(({ path }) => path)];
}

/**
 * The mount by which an earlier pass gave the container a seeded entry: a part of an emptyDir of
 * ours, at its place.
 */
export function seededMount(
  container: Container,
  { path }: WritablePath,
  volumes: VolumeIndex,
): VolumeMount | undefined {
  const wanted = canonicalPath(path);
  return container.volumeMounts?.find(
    ({ name, mountPath, subPath }) =>
      isInjectedName(name) &&
      subPath === baseName(path) &&
      canonicalPath(mountPath) === wanted &&
      volumes.names.isVolume(name, container.name, path, salts) &&
      isEmptyDir(volumes.get(name)),
  );
}

/**
 * The name of the volume that `writable-paths` or `seeded-paths` mounts for the entry, whether the
 * pod has it or not.
 */
export function injectedVolumeName(
  container: Container,
  { path, source }: Entry,
  volumes: VolumeIndex,
): string {
  return freeVolumeName(container.name, path, source, volumes);
}

/** Whether the mount is the one that one of these rules makes for the entry. */
export function isMountOf(
  { name }: VolumeMount,
  container: Container,
  entry: Entry,
  volumes: VolumeIndex,
): boolean {
  return isInjectedName(name) && name === injectedVolumeName(container, entry, volumes);
}

/** Whether a mount masks a binary, by its name and the file that it shows. */
export function isMask({ name, subPath }: Pick<VolumeMount, 'name' | 'subPath'>): boolean {
  return name.startsWith(maskVolumeName()) && subPath === maskFile;
}

/** A volume without a source becomes an emptyDir. */
export function isEmptyDir(volume: Volume | undefined): boolean {
  return (
    volume !== undefined &&
    Object.keys(volume).every((key) => key === 'name' || key === 'emptyDir' || volume[key] == null)
  );
}

/** What copies a path of the image into the volume at `seedMountPath`. */
export function seedCommand({ cp }: ResolvedProfile, path: string): readonly string[] {
  return [cp, '-af', normalisePath(path), `${seedMountPath}/`];
}

/** What the search for seeding containers has to know of the pod. */
export interface SeedLookup {
  profileOf(container: Container): {
    readonly profile: ResolvedProfile;
    readonly entries: readonly Entry[];
  };
  volumesOf(pod: Pod): VolumeIndex;
}

/** By the name of the volume that each fills: the seeding containers of the pod. */
export type Seeds = ReadonlyMap<string, Container>;

const noSeeds: ReadonlyMap<string, Container> = new Map();

/**
 * The init containers that an earlier pass put in the pod: those that execute just our command on
 * just the volume by which their target mounts the seeded path, the first for each. The rest of one
 * (image, resources, security context) follows its target, whatever somebody made of it since.
 */
export function findSeeds(pod: Pod, surroundings: SeedLookup): Seeds {
  const candidates = candidatesByVolume(pod.spec.initContainers ?? []);
  if (candidates.size === 0) return noSeeds;
  const volumes = surroundings.volumesOf(pod);
  const seeds = new Map<string, Container>();
  for (const target of containersOf(pod, ['initContainers', 'containers'])) {
    const { profile, entries } = surroundings.profileOf(target);
    for (const entry of entries) {
      if (entry.contents !== 'seeded') continue;
      const volume = seededMount(target, entry, volumes)?.name;
      const possible = volume === undefined ? undefined : candidates.get(volume);
      if (volume === undefined || possible === undefined) continue;
      const command = seedCommand(profile, entry.path);
      const seed = possible.find(
        (candidate) => candidate !== target && executes(candidate, command),
      );
      // Containers of one name would ask again, each for all: the API refuses them.
      candidates.delete(volume);
      if (seed !== undefined) seeds.set(volume, seed);
    }
  }
  return seeds;
}

/** A cheap look at what every seeding container has. */
export function mayBeSeed({ volumeMounts }: Container): boolean {
  return volumeMounts?.some(({ mountPath }) => mountPath === seedMountPath) ?? false;
}

/** The containers that could be seeds, by the volumes that they could fill. */
function candidatesByVolume(
  containers: readonly Container[],
): Map<string, [Container, ...Container[]]> {
  const candidates = new Map<string, [Container, ...Container[]]>();
  for (const container of containers) {
    for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
      if (mountPath !== seedMountPath || subPath) continue;
      const others = candidates.get(name);
      if (others === undefined) candidates.set(name, [container]);
      else others.push(container);
    }
  }
  return candidates;
}

function executes({ command, args }: Container, expected: readonly string[]): boolean {
  return (
    (args?.length ?? 0) === 0 &&
    command?.length === expected.length &&
    command.every((word, index) => word === expected[index])
  );
}
