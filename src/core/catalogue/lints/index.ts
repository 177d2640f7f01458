import { imagePatterns } from './image-patterns.ts';
import { knownContent } from './known-content.ts';
import type { Lint } from './lint.ts';
import { maskablePath } from './maskable-path.ts';
import { overlappingPaths } from './overlapping-paths.ts';
import { pathForm } from './path-form.ts';
import { seedMountPoint } from './seed-mount-point.ts';
import { seededAlias } from './seeded-alias.ts';
import { stdoutLinks } from './stdout-links.ts';
import { systemDirectory } from './system-directory.ts';

/** Every lint. Their order is that of the documentation; problems are sorted by place. */
export const lints: readonly Lint[] = [
  imagePatterns,
  pathForm,
  systemDirectory,
  knownContent,
  stdoutLinks,
  overlappingPaths,
  seededAlias,
  seedMountPoint,
  maskablePath,
];
