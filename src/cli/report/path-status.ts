/** Whether a path that an image must write to is mounted in the hardened container, and by whom. */
import { imageVolume } from '../../compose/image-volume.ts';
import { isInjectedName } from '../../core/mounts/names.ts';
import { VolumeIndex, kindOf, placementOf } from '../../core/mounts/volume-index.ts';
import { isMountOf } from '../../core/context/injected.ts';
import { obstacleAt } from '../../core/findings/sentence.ts';
import { containersOf } from '../../core/pod/containers.ts';
import type { Entry } from '../../core/context/entry.ts';
import type { Container, VolumeMount } from '../../core/pod/pod.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { HardenedObject } from '../input/hardening.ts';

/** By whom a path is mounted. */
export type PathStatus =
  | {
      readonly by: 'author' | 'lithopod' | 'image';
      readonly volume: string;
      readonly mountPath: string;
      /** Of a service of a Compose file: what Lithopod mounts there. */
      readonly as?: 'tmpfs' | 'volume';
    }
  /** The path stays read-only. */
  | { readonly by: 'nobody'; readonly reason: string };

/** `container` is one of the object's pod, before hardening. `entry` is one of its profile. */
export function pathStatusOf(
  container: Container,
  entry: Entry,
  object: HardenedObject,
): PathStatus {
  if (object.services !== undefined) return statusInService(container, entry, object);
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

/** The same of a service of a Compose file, whose volumes have its name before theirs. */
function statusInService(
  container: Container,
  entry: Entry,
  { pod, hardening }: HardenedObject,
): PathStatus {
  const before = placementOf(container, entry.path, new VolumeIndex(pod, []));
  const hardened = hardening.pod.spec.containers.find(({ name }) => name === container.name);
  const volumes = new VolumeIndex(hardening.pod, []);
  const after = hardened && placementOf(hardened, entry.path, volumes);
  const own = before.kind === 'mounted' ? before : after;
  if (own?.kind !== 'mounted') {
    return { by: 'nobody', reason: reasonFor(container, entry, hardening.findings) };
  }
  const { name, mountPath } = own.mount;
  if (name === imageVolume) return { by: 'image', volume: '', mountPath };
  if (!isInjectedName(name)) {
    return { by: 'author', volume: name.slice(container.name.length + 1), mountPath };
  }
  const isTmpfs = kindOf(own.mount, volumes) === 'emptyDir';
  return { by: 'lithopod', volume: name, mountPath, as: isTmpfs ? 'tmpfs' : 'volume' };
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
