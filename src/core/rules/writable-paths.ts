/**
 * Every path that a container's image must write to is writable, by an emptyDir of its own.
 *
 * Fields: `volumeMounts` of containers and init containers, `volumes` of the pod. A mount of the author's at or above
 * a path wins; a read-only one there is a conflict, except below volumes in which the kubelet makes mount points.
 * Ephemeral containers can be given no volume.
 */
import { mapContainers } from '../containers.ts';
import { freeVolumeName, isMountedAnywhere, placementOf, withMountsFirst } from '../mounts.ts';
import { shown } from '../text.ts';
import type { VolumeIndex } from '../mounts.ts';
import type { Entry, RuleContext } from '../context.ts';
import type { Container, VolumeMount } from '../pod.ts';
import type { Finding, Rule, RuleId } from './rule.ts';

export const writablePaths: Rule = {
  id: 'writable-paths',
  level: 'immutable',
  title: 'Writable paths from the image’s profile',
  why: 'On a read-only root a program still writes its pid, socket, cache and temporary files: at just these paths.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    const findings: Finding[] = [];
    const volumes = context.volumesOf(pod);
    const after = mapContainers(pod, ['initContainers', 'containers'], (container) =>
      context.isSeed(container)
        ? container
        : mountEmptyPaths(container, context, volumes, findings),
    );
    return { pod: volumes.applyTo(after), findings };
  },
};

function mountEmptyPaths(
  container: Container,
  context: RuleContext,
  volumes: VolumeIndex,
  findings: Finding[],
): Container {
  const mounts: VolumeMount[] = [];
  for (const entry of context.profileOf(container).entries) {
    if (entry.contents !== 'empty') continue;
    const mountPath = placeEntry(container, entry, 'writable-paths', volumes, findings);
    if (mountPath === undefined) continue;
    mounts.push({ name: addVolume(container, entry, volumes), mountPath });
    findings.push(mountedFinding(container, entry));
  }
  return withMountsFirst(container, mounts);
}

function mountedFinding(container: Container, entry: Entry): Finding {
  if (entry.persistent) return dataFinding('writable-paths', container, entry);
  return {
    rule: 'writable-paths',
    outcome: 'changed',
    code: 'path-mounted',
    container: container.name,
    detail: `container "${container.name}" gets an emptyDir at ${entry.path}`,
  };
}

/** Told for `rule` where data that should outlive the pod is in an emptyDir of ours. */
export function dataFinding(rule: RuleId, { name: container }: Container, entry: Entry): Finding {
  return {
    rule,
    outcome: 'changed',
    code: 'data-not-persistent',
    container,
    detail: `container "${container}" keeps its data at ${entry.path} in an emptyDir, which ends with the pod: mount a volume there`,
  };
}

/** The name of the volume for an entry, which is added unless the pod has it. */
export function addVolume(container: Container, entry: Entry, volumes: VolumeIndex): string {
  const name = ownVolumeName(container, entry, volumes);
  if (volumes.get(name) === undefined) volumes.add({ name, emptyDir: entry.source.emptyDir });
  return name;
}

/**
 * The mount path to use for an entry, or nothing where the container needs no mount of ours or can have none.
 * The latter is reported for `rule`.
 */
export function placeEntry(
  container: Container,
  entry: Entry,
  rule: RuleId,
  volumes: VolumeIndex,
  findings: Finding[],
): string | undefined {
  if (entry.persistent && isMountedAnywhere(container, entry.path)) return undefined;
  const placement = placementOf(container, entry.path, volumes);
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
      findings.push({
        rule,
        outcome: 'conflict',
        code: 'read-only-mount',
        container: name,
        detail: `container "${name}" must write to ${entry.path}, and mounts "${shown(placement.mount.name)}" read-only at ${shown(placement.mount.mountPath)}`,
      });
      return undefined;
  }
}

/** The name of the volume that this rule or `seeded-paths` mounts for the entry, whether the pod has it or not. */
export function ownVolumeName(container: Container, entry: Entry, volumes: VolumeIndex): string {
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
  return mount.name === ownVolumeName(container, entry, volumes);
}
