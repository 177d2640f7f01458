/**
 * Every path that a container's image must write to is writable, by an emptyDir of its own.
 *
 * Fields:
 * - `volumeMounts` of containers and init containers
 * - `spec.volumes`
 *
 * Allowed: a writable mount of the author's at or above the path. A read-only one there is a
 * conflict, except below volumes in which the kubelet makes mount points.
 *
 * Source: `writable` and `data` of the image's profile.
 *
 * A mount below a path stays visible, and makes nothing of the path itself writable.
 */
import { endsBeforeMain, mapMountable } from '../pod/containers.ts';
import { keepsDataBelow, placementOf, withMountsFirst } from '../mounts/volume-index.ts';
import { injectedVolumeName } from '../context/injected.ts';
import { settingField } from '../pod/container-values.ts';
import { reportNoProfile, reportTagUnknown } from '../context/image-findings.ts';
import { reportOwnDirectories } from '../context/own-directories.ts';
import type { Placement, VolumeIndex } from '../mounts/volume-index.ts';
import type { Entry } from '../context/entry.ts';
import type { RuleContext } from '../context/context.ts';
import type { NotMoved } from '../context/moved-paths.ts';
import type { Container, ContainerList, Pod, VolumeMount } from '../pod/pod.ts';
import type { Report } from '../findings/report.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const writablePaths: Rule = {
  id: 'writable-paths',
  level: 'immutable',
  title: 'Writable paths from the image’s profile',
  why: 'On a read-only root a program still writes its pid, socket, cache and temporary files: at just these paths.',
  scopes: podScope,
  apply(pod, context, report) {
    const volumes = context.volumesOf(pod);
    const after = mapMountable(pod, context, (container, list) =>
      mountPaths(container, list, pod, context, volumes, report),
    );
    return volumes.applyTo(after);
  },
};

function mountPaths(
  container: Container,
  list: ContainerList,
  pod: Pod,
  context: RuleContext,
  volumes: VolumeIndex,
  report: Report,
): Container {
  const { match, profile, skipped } = context.profileOf(container);
  // One without a profile that the policy leaves as it is has been reported.
  if (match.matched === 'default' && container.securityContext?.readOnlyRootFilesystem === true) {
    reportNoProfile(container, match, profile, report);
  }
  if (profile.undecided !== undefined && !skipped) {
    reportTagUnknown(container, profile, profile.undecided, report);
  }
  const after = mountEmptyPaths(container, list, context, volumes, report);
  // Of the mounts that were just made too: where none may be above the directory, one is at it.
  reportOwnDirectories(after, pod, context, volumes, report);
  return after;
}

function mountEmptyPaths(
  container: Container,
  list: ContainerList,
  context: RuleContext,
  volumes: VolumeIndex,
  report: Report,
): Container {
  const mounts: VolumeMount[] = [];
  const { entries, notMoved } = context.profileOf(container);
  for (const each of notMoved) reportNotMoved(container, each, report);
  for (const entry of entries) {
    if (entry.contents !== 'empty') continue;
    const mountPath = placeEntry(container, entry, volumes, report);
    if (mountPath === undefined) continue;
    if (lacksMode(entry)) {
      const { path, mode = '' } = entry;
      report.container(container, 'mode-not-set', mountsField, { path, mode });
    }
    mounts.push({ name: addVolume(container, entry, volumes), mountPath });
    if (losesData(container, list, entry, volumes)) reportData(container, entry, report);
    else reportMounted(container, entry, report);
  }
  return withMountsFirst(container, mounts);
}

/** Where a mount of ours would be written. */
const mountsField = '/volumeMounts';

function reportMounted(
  container: Container,
  { path, moved, medium, why }: Entry,
  report: Report,
): void {
  const movedBy = moved?.by;
  if (medium === 'Memory') {
    report.container(container, 'path-in-memory', mountsField, { path, movedBy, why });
  } else report.container(container, 'path-mounted', mountsField, { path, movedBy });
}

function reportNotMoved(
  container: Container,
  { entry: { path }, by, why, certain }: NotMoved<Entry>,
  report: Report,
): void {
  const field = settingField(container, by);
  if (certain) report.container(container, 'path-moved-unknown', field, { path, by, why });
  else report.container(container, 'path-maybe-moved', field, { path, by });
}

/**
 * A memory volume is 1777; another has the mode that its source says, where the cluster knows that
 * field.
 */
function lacksMode({ mode, medium, source }: Entry): boolean {
  if (mode === undefined || source.emptyDir.mode !== undefined) return false;
  return medium !== 'Memory' || parseInt(mode, 8) !== 0o1777;
}

/**
 * Whether an emptyDir of ours at the entry's path is where data will be that should outlive the
 * pod: not in an init container, which ends before there are any, and not where the author keeps
 * something below the path.
 */
export function losesData(
  container: Container,
  list: ContainerList,
  entry: Entry,
  volumes: VolumeIndex,
): boolean {
  return (
    entry.persistent &&
    !endsBeforeMain(container, list) &&
    !keepsDataBelow(container, entry.path, volumes)
  );
}

/** Data that should outlive the pod, and is in an emptyDir of ours. */
export function reportData(container: Container, { path, moved }: Entry, report: Report): void {
  report.container(container, 'data-not-persistent', mountsField, { path, movedBy: moved?.by });
}

/** The name of the volume for an entry, which is added unless the pod has it. */
export function addVolume(container: Container, entry: Entry, volumes: VolumeIndex): string {
  const name = injectedVolumeName(container, entry, volumes);
  if (volumes.get(name) === undefined) volumes.add({ name, emptyDir: entry.source.emptyDir });
  return name;
}

/**
 * The mount path to use for an entry, or nothing where the container needs no mount of ours or can
 * have none. The latter is reported.
 */
export function placeEntry(
  container: Container,
  entry: Entry,
  volumes: VolumeIndex,
  report: Report,
): string | undefined {
  const placement = placementFor(container, entry, volumes);
  switch (placement.kind) {
    case 'free':
      return placement.mountPath;
    case 'mounted':
      return undefined;
    case 'device': {
      const { path } = entry;
      report.container(container, 'device-at-path', `/volumeDevices/${placement.index}`, { path });
      return undefined;
    }
    case 'read-only':
      reportReadOnly(container, entry, placement, report);
      return undefined;
  }
}

/**
 * Of an entry that is to be above the directory which the program uses, what stands at that
 * directory comes first.
 */
function placementFor(
  container: Container,
  { path, moved }: Entry,
  volumes: VolumeIndex,
): Placement {
  if (moved !== undefined && moved.to !== path) {
    const there = placementOf(container, moved.to, volumes);
    if (there.kind !== 'free') return there;
  }
  return placementOf(container, path, volumes);
}

/**
 * Data that are mounted read-only, and a volume that nobody could ever write to, were so before us:
 * their author meant it, and is not told at every creation. But a volume that hides files which the
 * program changes breaks it.
 */
function reportReadOnly(
  container: Container,
  { path, persistent, contents }: Entry,
  { mount, byKind }: Extract<Placement, { kind: 'read-only' }>,
  report: Report,
): void {
  const isMeant = persistent || (byKind && contents === 'empty');
  report.container(
    container,
    isMeant ? 'read-only-meant' : 'read-only-mount',
    report.mountField(container, mount),
    { path, volume: mount.name, mountPath: mount.mountPath },
  );
}
