/**
 * Recognises what Lithopod injected into a pod, in an earlier pass or in this one.
 *
 * It compares name, place and content together: an author may use one of our names for something
 * else. What the name alone says is in ../mounts/names.ts.
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

/**
 * Salts of the names that are tried. A salted name exists only where the author uses the plain
 * one.
 */
const salts = [0, 1, 2, 3] as const;

/**
 * Returns a test of a mount of the container: whether one of our rules injected it, under any
 * variant of the profile.
 */
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

/** The entries of all variants of the profile, and of the profiles that may apply in its place. */
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

/** Every path at which the container can have an entry of the profile, moved ones included. */
function possiblePaths(container: Container, compiled: CompiledProfile): readonly string[] {
  const { entries, paths, movers } = allEntries(compiled);
  if (movers === undefined) return paths;
  const placed = placeEntries(container, entries, movers, compiled.profile.images, new Map());
  return [...paths, ...placed.entries.map(({ path }) => path)];
}

/**
 * The mount by which an earlier pass gave the container a seeded entry, if there is one: a subPath
 * of an emptyDir that we injected, mounted at the entry's path.
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
 * The name of the volume that `writable-paths` or `seeded-paths` mounts for the entry. The pod may
 * not have the volume yet.
 */
export function injectedVolumeName(
  container: Container,
  { path, source }: Entry,
  volumes: VolumeIndex,
): string {
  return freeVolumeName(container.name, path, source, volumes);
}

/** Whether the mount is the one that `writable-paths` or `seeded-paths` makes for the entry. */
export function isMountOf(
  { name }: VolumeMount,
  container: Container,
  entry: Entry,
  volumes: VolumeIndex,
): boolean {
  return isInjectedName(name) && name === injectedVolumeName(container, entry, volumes);
}

/** Whether a mount masks a binary: decided by the volume's name and the file that is mounted. */
export function isMask({ name, subPath }: Pick<VolumeMount, 'name' | 'subPath'>): boolean {
  return name.startsWith(maskVolumeName()) && subPath === maskFile;
}

/** Whether the volume is an emptyDir. The API server makes one of a volume without a source. */
export function isEmptyDir(volume: Volume | undefined): boolean {
  return (
    volume !== undefined &&
    Object.keys(volume).every((key) => key === 'name' || key === 'emptyDir' || volume[key] == null)
  );
}

/** The command that copies a path of the image into the volume at `seedMountPath`. */
export function seedCommand({ cp }: ResolvedProfile, path: string): readonly string[] {
  return [cp, '-af', normalisePath(path), `${seedMountPath}/`];
}

/** What `findSeeds` looks up: the part of a RuleContext that it needs. */
export interface SeedLookup {
  profileOf(container: Container): {
    readonly profile: ResolvedProfile;
    readonly entries: readonly Entry[];
  };
  volumesOf(pod: Pod): VolumeIndex;
}

/** A seeding container, and the container that it copies files for. */
export interface Seed {
  readonly container: Container;
  readonly target: Container;
}

/** The seeding containers of a pod, by the name of the volume that each fills. */
export type Seeds = ReadonlyMap<string, Seed>;

const noSeeds: ReadonlyMap<string, Seed> = new Map();

/**
 * Finds the init containers that an earlier pass added. Such a container executes exactly our
 * command, on exactly the volume by which its target mounts the seeded path; the first one counts.
 * Its image, resources and security context are not compared: rules make them follow the target's,
 * even where somebody has changed them since.
 */
export function findSeeds(pod: Pod, surroundings: SeedLookup): Seeds {
  const candidates = candidatesByVolume(pod.spec.initContainers ?? []);
  if (candidates.size === 0) return noSeeds;
  const volumes = surroundings.volumesOf(pod);
  const seeds = new Map<string, Seed>();
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
      // Else many containers of one name, which the API refuses, would each search all candidates.
      candidates.delete(volume);
      if (seed !== undefined) seeds.set(volume, { container: seed, target });
    }
  }
  return seeds;
}

/** Whether the container has the mount that every seeding container has: a cheap first test. */
export function mayBeSeed({ volumeMounts }: Container): boolean {
  return volumeMounts?.some(({ mountPath }) => mountPath === seedMountPath) ?? false;
}

/** The containers that may be seeding containers, by the volumes that they could fill. */
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
