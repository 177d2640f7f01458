/**
 * What a container runtime makes of a container's mounts, told independently of src/core: mounts
 * happen in the order of the cleaned path's depth, in list order at equal depth (containerd v2.1
 * internal/cri/opts/spec_opts.go:80), each at the place that its path leads to through the image's
 * links, and each covers what was mounted there or below before.
 */
import { posix } from 'node:path';
import type { Container, Pod, VolumeMount } from '../../src/core/pod/pod.ts';

/**
 * The place that a path of the container leads to, where /var/run is a link to /run and /var/lock
 * one to /run/lock, unless something mounted at /var or / hides these links.
 */
export function resolved({ volumeMounts }: Container, path: string): string {
  const clean = cleaned(path);
  const hidden = volumeMounts?.some(({ mountPath }) => /^\/(var)?$/.test(cleaned(mountPath)));
  if (hidden === true) return clean;
  return clean.replace(/^\/var\/run(?=\/|$)/, '/run').replace(/^\/var\/lock(?=\/|$)/, '/run/lock');
}

function cleaned(path: string): string {
  return posix.join('/', path).replace(/(.)\/$/, '$1');
}

function depth(path: string): number {
  return posix.join('/', path).replace(/\/$/, '').split('/').length;
}

/** The mount that is seen at a path, or nothing where the image's own directory is. */
export function seenAt(container: Container, path: string): VolumeMount | undefined {
  const wanted = `${resolved(container, path)}/`;
  return (container.volumeMounts ?? [])
    .map((mount, index) => ({ mount, index, depth: depth(mount.mountPath) }))
    .sort((a, b) => a.depth - b.depth || a.index - b.index)
    .findLast(({ mount }) => {
      const at = resolved(container, mount.mountPath);
      return at === '/' || wanted.startsWith(`${at}/`);
    })?.mount;
}

/** Whether a process can write at a path of a container with a read-only root. */
export function canWriteAt(
  container: Container,
  path: string,
  pod: Pod,
  claims: readonly string[],
): boolean {
  const mount = seenAt(container, path);
  if (mount === undefined || mount.readOnly === true) return false;
  if (claims.includes(mount.name)) return true;
  const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
  return Object.entries(volume ?? {}).every(([kind, source]) => {
    if (kind === 'name' || source == null) return true;
    const { readOnly } = source as { readonly readOnly?: boolean };
    return (
      readOnly !== true &&
      !['configMap', 'secret', 'downwardAPI', 'projected', 'image'].includes(kind)
    );
  });
}
