/**
 * Every path that a container's image must write to is writable, by an emptyDir of its own.
 *
 * Fields: `volumeMounts` of containers and init containers, `volumes` of the pod. A mount of the
 * author's at or above a path wins; a read-only one there is a conflict, except below volumes in
 * which the kubelet makes mount points. A mount below a path stays visible and makes nothing of the
 * path itself writable. Ephemeral containers can be given no volume.
 */
import { endsBeforeMain, mapMountable } from '../pod/containers.ts';
import {
  freeVolumeName,
  keepsDataBelow,
  placementOf,
  withMountsFirst,
} from '../mounts/volume-index.ts';
import { shown } from '../text.ts';
import { noProfileFinding, tagUnknown } from '../context/image-findings.ts';
import { ownDirectoryFindings } from '../context/own-directories.ts';
import type { Placement, VolumeIndex } from '../mounts/volume-index.ts';
import type { Entry, RuleContext } from '../context/context.ts';
import type { NotMoved } from '../context/moved-paths.ts';
import type { Container, ContainerList, Pod, VolumeMount } from '../pod/pod.ts';
import type { Finding, RuleId } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const writablePaths: Rule = {
  id: 'writable-paths',
  level: 'immutable',
  title: 'Writable paths from the image’s profile',
  why: 'On a read-only root a program still writes its pid, socket, cache and temporary files: at just these paths.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    const findings: Finding[] = [];
    const volumes = context.volumesOf(pod);
    const after = mapMountable(pod, context, (container, list) =>
      mountPaths(container, list, pod, context, volumes, findings),
    );
    return { pod: volumes.applyTo(after), findings };
  },
};

function mountPaths(
  container: Container,
  list: ContainerList,
  pod: Pod,
  context: RuleContext,
  volumes: VolumeIndex,
  findings: Finding[],
): Container {
  const { match, profile, skipped } = context.profileOf(container);
  // One without a profile that the policy leaves as it is has been told of.
  if (match.matched === 'default' && container.securityContext?.readOnlyRootFilesystem === true) {
    findings.push(noProfileFinding(container, match, profile));
  }
  if (profile.undecided !== undefined && !skipped) {
    findings.push(tagUnknown(container, profile, profile.undecided));
  }
  const after = mountEmptyPaths(container, list, context, volumes, findings);
  // Of the mounts that were just made too: where none may be above the directory, one is at it.
  findings.push(...ownDirectoryFindings(after, pod, context, volumes));
  return after;
}

function mountEmptyPaths(
  container: Container,
  list: ContainerList,
  context: RuleContext,
  volumes: VolumeIndex,
  findings: Finding[],
): Container {
  const mounts: VolumeMount[] = [];
  const { entries, notMoved } = context.profileOf(container);
  for (const each of notMoved) findings.push(notMovedFinding(container, each));
  for (const entry of entries) {
    if (entry.contents !== 'empty') continue;
    const mountPath = placeEntry(container, entry, 'writable-paths', volumes, findings);
    if (mountPath === undefined) continue;
    if (lacksMode(entry)) findings.push(modeFinding(container, entry));
    mounts.push({ name: addVolume(container, entry, volumes), mountPath });
    findings.push(
      losesData(container, list, entry, volumes)
        ? dataFinding('writable-paths', container, entry)
        : mountedFinding(container, entry),
    );
  }
  return withMountsFirst(container, mounts);
}

function mountedFinding(container: Container, entry: Entry): Finding {
  if (entry.medium === 'Memory') return inMemory(container, entry);
  const { name } = container;
  return {
    rule: 'writable-paths',
    outcome: 'changed',
    code: 'path-mounted',
    container: name,
    detail: `container "${name}" gets an emptyDir at ${entry.path}${movedText(entry)}`,
  };
}

function inMemory({ name: container }: Container, entry: Entry): Finding {
  return {
    rule: 'writable-paths',
    outcome: 'changed',
    code: 'path-in-memory',
    container,
    detail: `container "${container}" gets an emptyDir in memory at ${entry.path}${movedText(entry)}, which counts against its memory limit: ${entry.why}`,
  };
}

/** What brought an entry to its place, where that is not the profile. */
function movedText({ moved }: Entry, end = ''): string {
  return moved === undefined ? '' : `, where ${moved.by} has it${end}`;
}

function notMovedFinding(
  { name }: Container,
  { entry, by, why, certain }: NotMoved<Entry>,
): Finding {
  return certain
    ? {
        rule: 'writable-paths',
        outcome: 'conflict',
        code: 'path-moved-unknown',
        container: name,
        detail: `container "${name}" moves what it writes at ${entry.path}: ${by} ${why}`,
      }
    : {
        rule: 'writable-paths',
        outcome: 'skipped',
        code: 'path-maybe-moved',
        container: name,
        detail: `container "${name}" writes at ${entry.path}, unless a ConfigMap or Secret of it sets ${by}`,
      };
}

function modeFinding({ name }: Container, { path, mode }: Entry): Finding {
  return {
    rule: 'writable-paths',
    outcome: 'skipped',
    code: 'mode-not-set',
    container: name,
    detail: `container "${name}" needs the mode ${mode ?? ''} at ${path}, which an emptyDir on disk has only on clusters with emptyDir.mode`,
  };
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

/** Told for `rule` where data that should outlive the pod is in an emptyDir of ours. */
export function dataFinding(rule: RuleId, { name: container }: Container, entry: Entry): Finding {
  return {
    rule,
    outcome: 'changed',
    code: 'data-not-persistent',
    container,
    detail: `container "${container}" keeps its data at ${entry.path}${movedText(entry, ',')} in an emptyDir, which ends with the pod: mount a volume there`,
  };
}

/** The name of the volume for an entry, which is added unless the pod has it. */
export function addVolume(container: Container, entry: Entry, volumes: VolumeIndex): string {
  const name = injectedVolumeName(container, entry, volumes);
  if (volumes.get(name) === undefined) volumes.add({ name, emptyDir: entry.source.emptyDir });
  return name;
}

/**
 * The mount path to use for an entry, or nothing where the container needs no mount of ours or can
 * have none. The latter is reported for `rule`.
 */
export function placeEntry(
  container: Container,
  entry: Entry,
  rule: RuleId,
  volumes: VolumeIndex,
  findings: Finding[],
): string | undefined {
  const placement = placementFor(container, entry, volumes);
  const name = container.name;
  switch (placement.kind) {
    case 'free':
      return placement.mountPath;
    case 'mounted':
      return undefined;
    case 'device':
      findings.push({
        rule,
        outcome: 'conflict',
        code: 'device-at-path',
        container: name,
        detail: `container "${name}" must write to ${entry.path}, where a block device is attached`,
      });
      return undefined;
    case 'read-only':
      findings.push(readOnlyFinding(container, entry, rule, placement));
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
function readOnlyFinding(
  { name }: Container,
  { path, persistent, contents }: Entry,
  rule: RuleId,
  { mount, byKind }: Extract<Placement, { kind: 'read-only' }>,
): Finding {
  const isMeant = persistent || (byKind && contents === 'empty');
  return {
    rule,
    outcome: isMeant ? 'skipped' : 'conflict',
    code: isMeant ? 'read-only-meant' : 'read-only-mount',
    container: name,
    detail: `container "${name}" must write to ${path}, and mounts "${shown(mount.name)}" read-only at ${shown(mount.mountPath)}`,
  };
}

/**
 * The name of the volume that this rule or `seeded-paths` mounts for the entry, whether the pod has
 * it or not.
 */
export function injectedVolumeName(
  container: Container,
  entry: Entry,
  volumes: VolumeIndex,
): string {
  return freeVolumeName(container.name, entry.path, entry.source, volumes);
}

/** Whether the mount is the one that this rule or `seeded-paths` makes for the entry. */
export function isMountOf(
  mount: VolumeMount,
  container: Container,
  entry: Entry,
  volumes: VolumeIndex,
): boolean {
  if (!mount.name.startsWith('lithopod-')) return false;
  return mount.name === injectedVolumeName(container, entry, volumes);
}
