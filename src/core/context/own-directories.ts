/**
 * What `writable-paths` reports of a volume that is mounted at a directory whose mode the program
 * changes.
 *
 * - The root of a volume belongs to root. fsGroup gives it a group and the setgid bit, but no
 *   other owner (kubernetes v1.34 pkg/volume/volume_linux.go). The kubelet makes directories of
 *   subPath, so they belong to root too.
 * - Only the owner may change a mode. So initdb of another user fails there while the volume is
 *   empty (postgres REL_17 src/bin/initdb/initdb.c create_data_directory).
 * - An entrypoint that runs as root first gives the directory to its user. A directory that
 *   already holds data is used without a change of mode.
 *
 * Lithopod cannot fix it: at another path the program would not find its data.
 */
import { runsAsRoot } from '../pod/containers.ts';
import { readVariables } from '../pod/container-values.ts';
import { kindOf, placementOf } from '../mounts/volume-index.ts';
import { normalisePath } from '../mounts/paths.ts';
import type { OwnDirectory } from '../catalogue/profile/profile.ts';
import type { RuleContext } from './context.ts';
import type { VolumeIndex } from '../mounts/volume-index.ts';
import type { Container, Pod } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';

/** Volumes whose root belongs to the user that a node or a server decides on. */
const othersRoots = new Set(['hostPath', 'nfs']);

/** Reports each such volume of a container that surely does not run as root. */
export function reportOwnDirectories(
  container: Container,
  pod: Pod,
  context: RuleContext,
  volumes: VolumeIndex,
  report: Report,
): void {
  const { ownDirectories } = context.profileOf(container).match.profile;
  if (ownDirectories.length === 0 || runsAsRoot(container, pod.spec.securityContext) !== false)
    return;
  for (const own of ownDirectories) {
    const path = directoryOf(own, container);
    const placement = path === undefined ? undefined : placementOf(container, path, volumes);
    if (path === undefined || placement?.kind !== 'mounted' || !placement.exact) continue;
    const { mount } = placement;
    if (othersRoots.has(kindOf(mount, volumes))) continue;
    if (context.policy.level === 'immutable' && isPrepared(mount.name, container, pod, volumes))
      continue;
    report.container(container, 'mount-not-owned', report.mountField(container, mount), {
      path,
      volume: mount.name,
      variable: own.movedBy?.env[0],
    });
  }
}

/** The directory's path; undefined where the container sets it to a value that cannot be read. */
function directoryOf({ path, movedBy }: OwnDirectory, container: Container): string | undefined {
  const names = movedBy?.env ?? [];
  const values = readVariables(container, new Set(names));
  const name = names.find((each) => values.has(each));
  if (name === undefined) return path;
  const value = values.get(name);
  return value?.startsWith('/') === true ? normalisePath(value) : undefined;
}

/**
 * Whether an init container mounts the volume too: it keeps its privileges, so it may give the
 * volume's root to the user.
 */
function isPrepared(
  volume: string,
  container: Container,
  { spec }: Pod,
  volumes: VolumeIndex,
): boolean {
  if (spec.initContainers == null) return false;
  const name = volumes.mountersAmong(spec.initContainers).get(volume);
  return name !== undefined && name !== container.name;
}
