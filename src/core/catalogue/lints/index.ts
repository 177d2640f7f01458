import { environmentVariables } from './environment-variables.ts';
import { filePath } from './file-path.ts';
import { imagePatterns } from './image-patterns.ts';
import { knownContent } from './known-content.ts';
import type { JudgedPath, Lint, PathLint, ProfileOutline } from './lint.ts';
import { maskablePath } from './maskable-path.ts';
import { movedContents } from './moved-contents.ts';
import { overlappingPaths } from './overlapping-paths.ts';
import { ownDirectory } from './own-directory.ts';
import { pathForm } from './path-form.ts';
import { perhapsFile } from './perhaps-file.ts';
import { programDirectory } from './program-directory.ts';
import { seedMountPoint } from './seed-mount-point.ts';
import { seededAlias } from './seeded-alias.ts';
import { stdoutLinks } from './stdout-links.ts';
import { systemDirectory } from './system-directory.ts';

/** Every lint. Their order is that of the documentation; problems are sorted by place. */
export const lints: readonly Lint[] = [
  imagePatterns,
  pathForm,
  systemDirectory,
  filePath,
  knownContent,
  stdoutLinks,
  overlappingPaths,
  seededAlias,
  seedMountPoint,
  ownDirectory,
  maskablePath,
  environmentVariables,
  movedContents,
];

/** Those that judge one path by itself. */
const pathLints: readonly PathLint[] = [
  pathForm,
  systemDirectory,
  filePath,
  knownContent,
  stdoutLinks,
  seededAlias,
  seedMountPoint,
];

/**
 * What the lints have against an entry that is made when a pod comes; undefined where they take it.
 */
export function lintPath(entry: JudgedPath, images: readonly string[]): string | undefined {
  const located = locatedOf(images);
  for (const lint of pathLints) {
    const message = lint.refuse(entry, located);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** The same list for the same patterns, by which a lint knows again what it worked out for them. */
const locatedMemo = new WeakMap<readonly string[], ProfileOutline['images']>();

function locatedOf(images: readonly string[]): ProfileOutline['images'] {
  let located = locatedMemo.get(images);
  if (located === undefined) {
    located = images.map((text) => ({ at: [], text }));
    locatedMemo.set(images, located);
  }
  return located;
}

/** What an author should look at; it may be right, so nothing is refused. */
export const hints: readonly Lint[] = [programDirectory, perhapsFile];
