/**
 * The paths that a container must be able to write to: where its profile has them, and where the
 * pod moves them.
 *
 * Only this file copies entries, and it names all keys: V8 promotes a copy that is given a new key
 * to old space (../pod/change.ts).
 */
import type { WritablePath } from '../catalogue/profile/profile.ts';

/** How a pod moves an entry away from the profile's path. */
export interface Moved {
  /** The variable or flag that moves it. */
  readonly by: string;
  /** The directory that the program uses. The entry's path is this one or its parent. */
  readonly to: string;
  /** The entry must be seeded, but the profile does not say that the image has the directory. */
  readonly unknownContents: boolean;
}

/** A profile's path that a pod may move. */
export interface Movable extends WritablePath {
  /** Undefined where the path is the profile's. */
  readonly moved: Moved | undefined;
}

/** A path that a container must be able to write to. */
export interface Entry extends Movable {
  /** Its content should outlive the pod. */
  readonly persistent: boolean;
  /** The source of its volume. All pods share the one object. */
  readonly source: EmptyDirSource;
}

/** The `emptyDir` of a volume, with the fields that a profile can set. */
export interface EmptyDirSource {
  readonly emptyDir: {
    readonly medium?: 'Memory';
    readonly sizeLimit?: string;
    readonly mode?: number;
  };
}

/** Makes the entry of a profile's path. `emptyDirMode`: the cluster has `emptyDir.mode`. */
export function makeEntry(path: WritablePath, persistent: boolean, emptyDirMode: boolean): Entry {
  const { medium, sizeLimit } = path;
  // Only of an empty directory: `cp` gives a seeded one the mode of the image's directory, and the
  // container that seeds must be able to write into the volume.
  const mode = emptyDirMode && path.contents === 'empty' ? path.mode : undefined;
  const emptyDir = {
    ...(medium === 'Memory' && { medium }),
    ...(sizeLimit !== undefined && { sizeLimit }),
    ...(mode !== undefined && { mode: parseInt(mode, 8) }),
  };
  const source = Object.freeze({ emptyDir: Object.freeze(emptyDir) });
  return { ...path, persistent, source, moved: undefined };
}

/** The path as an entry that is not moved. */
export function makeMovable(path: WritablePath): Movable {
  return { ...path, moved: undefined };
}

/** A copy of the entry at another path; `moved` says why. */
export function moveEntry<E extends Movable>(entry: E, path: string, moved: Moved): E {
  return { ...entry, path, moved };
}

/** A copy of the profile's path with another path, for the lints. */
export function entryAt(entry: WritablePath, path: string): WritablePath {
  return { ...entry, path };
}
