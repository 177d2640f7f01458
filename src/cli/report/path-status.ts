/**
 * Where each path that an image must write to ends up in a container: mounted by its author, by
 * Lithopod, or not.
 */
import { VolumeIndex, placementOf } from '../../core/mounts/volume-index.ts';
import { isMountOf } from '../../core/rules/writable-paths.ts';
import { containersOf } from '../../core/pod/containers.ts';
import type { Entry } from '../../core/context/context.ts';
import type { Container, VolumeMount } from '../../core/pod/pod.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { HardenedObject } from '../input/hardening.ts';

export type PathStatus =
  | { readonly by: 'author' | 'lithopod'; readonly volume: string; readonly mountPath: string }
  /** The path stays read-only. */
  | { readonly by: 'nobody'; readonly reason: string };

/** `container` is as it came, and one of the object's own. */
export function pathStatusOf(
  container: Container,
  entry: Entry,
  object: HardenedObject,
): PathStatus {
  const { pod, hardening, subject } = object;
  const volumes = new VolumeIndex(pod, subject.claims);
  const before = placementOf(container, entry.path, volumes);
  if (before.kind === 'mounted') {
    const own = isMountOf(before.mount, container, entry, volumes);
    return landed(own ? 'lithopod' : 'author', before.mount);
  }
  const hardened = containersOf(hardening.pod).find(({ name }) => name === container.name);
  const after =
    hardened && placementOf(hardened, entry.path, new VolumeIndex(hardening.pod, subject.claims));
  if (after?.kind === 'mounted') return landed('lithopod', after.mount);
  return { by: 'nobody', reason: reasonFor(container, entry, hardening.findings) };
}

function landed(by: 'author' | 'lithopod', { name, mountPath }: VolumeMount): PathStatus {
  return { by, volume: name, mountPath };
}

const mountRules: readonly string[] = ['writable-paths', 'seeded-paths'];

function reasonFor({ name }: Container, { path }: Entry, findings: readonly Finding[]): string {
  const obstacle = findings.find(
    ({ rule, outcome, container, detail }) =>
      mountRules.includes(rule) &&
      outcome !== 'changed' &&
      container === name &&
      detail.includes(` ${path},`),
  );
  if (obstacle !== undefined) return tail(obstacle.detail, ` ${path}, `);
  return 'an ephemeral container can be given no volume';
}

/** Of the finding's sentence the part that says why. */
function tail(detail: string, before: string): string {
  return detail
    .slice(detail.indexOf(before) + before.length)
    .replace(/^and |^where /, '')
    .replace(/: the path stays read-only$/, '');
}
