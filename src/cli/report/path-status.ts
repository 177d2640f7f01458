/** Whether a path that an image must write to is mounted in the hardened container, and by whom. */
import { VolumeIndex, placementOf } from '../../core/mounts/volume-index.ts';
import { isMountOf } from '../../core/context/injected.ts';
import { obstacleAt } from '../../core/findings/sentence.ts';
import { containersOf } from '../../core/pod/containers.ts';
import type { Entry } from '../../core/context/entry.ts';
import type { Container, VolumeMount } from '../../core/pod/pod.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { HardenedObject } from '../input/hardening.ts';

/** By whom a path is mounted. */
export type PathStatus =
  | { readonly by: 'author' | 'lithopod'; readonly volume: string; readonly mountPath: string }
  /** The path stays read-only. */
  | { readonly by: 'nobody'; readonly reason: string };

/** `container` is one of the object's pod, before hardening. `entry` is one of its profile. */
export function pathStatusOf(
  container: Container,
  entry: Entry,
  object: HardenedObject,
): PathStatus {
  const { pod, hardening, subject } = object;
  const volumes = new VolumeIndex(pod, subject.claims);
  const before = placementOf(container, entry.path, volumes);
  if (before.kind === 'mounted') {
    const isInjected = isMountOf(before.mount, container, entry, volumes);
    return mountedBy(isInjected ? 'lithopod' : 'author', before.mount);
  }
  const hardened = containersOf(hardening.pod).find(({ name }) => name === container.name);
  const after =
    hardened && placementOf(hardened, entry.path, new VolumeIndex(hardening.pod, subject.claims));
  if (after?.kind === 'mounted') return mountedBy('lithopod', after.mount);
  return { by: 'nobody', reason: reasonFor(container, entry, hardening.findings) };
}

function mountedBy(by: 'author' | 'lithopod', { name, mountPath }: VolumeMount): PathStatus {
  return { by, volume: name, mountPath };
}

function reasonFor({ name }: Container, { path }: Entry, findings: readonly Finding[]): string {
  for (const finding of findings) {
    const obstacle = finding.container === name ? obstacleAt(path, finding) : undefined;
    if (obstacle !== undefined) return obstacle;
  }
  return 'an ephemeral container can be given no volume';
}
