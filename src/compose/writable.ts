/**
 * How each path that an image must write to becomes writable in Compose.
 *
 * - What the service mounts at or above it counts, as in a pod (`core/rules/writable-paths.ts`).
 * - A directory that the image declares as VOLUME is an anonymous volume already.
 * - Data, and directories whose files the image needs, get a named volume: Docker fills an empty
 *   one with what the image has there, with its owners and modes.
 * - All else gets a tmpfs.
 */
import { VolumeIndex } from '../core/mounts/volume-index.ts';
import { canonicalPath, isAtOrBelow } from '../core/mounts/paths.ts';
import { Report } from '../core/findings/report.ts';
import { losesData, placeEntry } from '../core/rules/writable-paths.ts';
import { mayExecute } from './tmpfs.ts';
import type { ContainerProfile } from '../core/context/context.ts';
import type { Mount } from './mount.ts';
import type { Service } from './service.ts';
import type { Entry } from '../core/context/entry.ts';
import type { Container, Pod } from '../core/pod/pod.ts';

/** What is done about one path. */
export interface WritablePlace {
  readonly entry: Entry;
  /** Where it is mounted: the entry's path, in the spelling of a mount above it. */
  readonly path: string;
  /**
   * `image`: the image's own volume is there. `data`, `seeded`: it gets a named volume. `tmpfs`:
   * it gets a file system in memory.
   */
  readonly by: 'image' | 'data' | 'seeded' | 'tmpfs';
  /** Something may be executed from it. */
  readonly executes: boolean;
}

/** Docker mounts these itself, writable on every root. */
const ownMounts = ['/dev', '/proc', '/sys'];

/** What is done about each path of the profile; nothing for what the service mounts itself. */
export function placesOf(
  container: Container,
  pod: Pod,
  { entries, profile, skipped, match }: ContainerProfile,
): readonly WritablePlace[] {
  if (skipped) return [];
  const volumes = new VolumeIndex(pod, []);
  const executes = mayExecute(profile, match.matched !== 'default');
  const ofImage = profile.volumes.map(canonicalPath);
  // What keeps a path from being mounted is reported by the rules for pods.
  const unheard = new Report(pod);
  return entries.flatMap((entry): readonly WritablePlace[] => {
    const path = placeEntry(container, entry, volumes, unheard);
    if (path === undefined) return [];
    const at = canonicalPath(path);
    if (ownMounts.some((each) => isAtOrBelow(at, each))) return [];
    const isData = losesData(container, 'containers', entry, volumes);
    if (ofImage.some((each) => isAtOrBelow(at, each))) {
      return isData ? [{ entry, path, executes, by: 'image' }] : [];
    }
    // The data themselves are in the image's volume, which has the owner that they need.
    if (isData && ofImage.some((each) => isAtOrBelow(each, at))) {
      return [{ entry, path, executes, by: 'image' }];
    }
    if (entry.contents === 'seeded') return [{ entry, path, executes, by: 'seeded' }];
    return [{ entry, path, executes, by: isData ? 'data' : 'tmpfs' }];
  });
}

/**
 * The tmpfs of the service's own that its user cannot write to: without an owner or a mode one is
 * root's, with the mode of the image's directory (runc v1.1 libcontainer/rootfs_linux.go). /tmp is
 * open to all in every image.
 */
export function unownedTmpfs({ mounts }: Service, { entries }: ContainerProfile): readonly Mount[] {
  const wanted = new Set(entries.map(({ path }) => canonicalPath(path)));
  return mounts.filter(
    ({ kind, field, target, options }) =>
      kind === 'tmpfs' &&
      field === 'tmpfs' &&
      !/(?:^|,)(?:uid|mode)=/.test(options) &&
      !target.endsWith('/tmp') &&
      wanted.has(canonicalPath(target)),
  );
}
