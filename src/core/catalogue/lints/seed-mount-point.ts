/**
 * A seeded path is not where the seeding container mounts the volume that it fills: it would copy
 * the copy.
 */
import { seedMountPath } from '../../mounts/names.ts';
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { makePathLint } from './lint.ts';

export const seedMountPoint = makePathLint({
  id: 'seed-mount-point',
  title: 'A seeded path is not below the mount point of the seeding container',
  refuse: ({ path, contents }) =>
    contents === 'seeded' && path.startsWith('/') && isAtOrBelow(canonicalPath(path), seedMountPath)
      ? `is at or below ${seedMountPath}, where the seeding container mounts the volume.`
      : undefined,
});
