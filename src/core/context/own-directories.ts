/**
 * What `writable-paths` reports of a volume that is mounted at a directory of which the program
 * changes the mode.
 *
 * The root of a volume belongs to root: fsGroup gives it a group and the setgid bit, and no other
 * owner (kubernetes v1.34 pkg/volume/volume_linux.go), a directory of subPath is made by the
 * kubelet too. Only an owner may change a mode, so initdb of another user fails there while the
 * volume is empty (postgres REL_17 src/bin/initdb/initdb.c create_data_directory). As root an
 * entrypoint makes the directory its user's first, and what is in it already is started without
 * that. Nothing of it can be fixed here: another place would have the program look for data where
 * there are none.
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

/** Volumes whose root belongs to whom a node or a server says. */
const othersRoots = new Set(['hostPath', 'nfs']);

/** Each such volume of the container, as its user is now. */
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

/** Where the directory is; undefined where the container says so by a value that is not known. */
function directoryOf({ path, movedBy }: OwnDirectory, container: Container): string | undefined {
  const names = movedBy?.env ?? [];
  const values = readVariables(container, new Set(names));
  const name = names.find((each) => values.has(each));
  if (name === undefined) return path;
  const value = values.get(name);
  return value?.startsWith('/') === true ? normalisePath(value) : undefined;
}

/** Whether an init container, which keeps its privileges, may make the volume's root the user's. */
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
