/**
 * The paths that a container must be able to write to, as its profile has them and as the pod moves
 * them. Copies of them are made here alone, with all keys named: V8 keeps a copy that is given a
 * new one (../pod/change.ts).
 */
import type { WritablePath } from '../catalogue/profile/profile.ts';

/** An entry at the place where the pod has it. */
export interface Moved {
  /** The variable or flag. */
  readonly by: string;
  /** The directory that the program uses; the entry's path is this or the one above it. */
  readonly to: string;
  /** The entry is to be filled, and the profile does not say that the image has the directory. */
  readonly unknownContents: boolean;
}

/** An entry that may be elsewhere. */
export interface Movable extends WritablePath {
  readonly moved: Moved | undefined;
}

/** A path that a container must be able to write to. */
export interface Entry extends Movable {
  /** Its content should outlive the pod. */
  readonly persistent: boolean;
  /** The source of its volume: the same object for all pods. */
  readonly source: EmptyDirSource;
}

export interface EmptyDirSource {
  readonly emptyDir: {
    readonly medium?: 'Memory';
    readonly sizeLimit?: string;
    readonly mode?: number;
  };
}

/** The entry of a profile's path. `emptyDirMode`: the cluster has `emptyDir.mode`. */
export function makeEntry(path: WritablePath, persistent: boolean, emptyDirMode: boolean): Entry {
  const { medium, sizeLimit } = path;
  // A copy has the mode of the image's directory, and whoever copies it must be able to write
  // beside it.
  const mode = emptyDirMode && path.contents === 'empty' ? path.mode : undefined;
  const emptyDir = {
    ...(medium === 'Memory' && { medium }),
    ...(sizeLimit !== undefined && { sizeLimit }),
    ...(mode !== undefined && { mode: parseInt(mode, 8) }),
  };
  const source = Object.freeze({ emptyDir: Object.freeze(emptyDir) });
  return { ...path, persistent, source, moved: undefined };
}

export function makeMovable(path: WritablePath): Movable {
  return { ...path, moved: undefined };
}

export function moveEntry<E extends Movable>(entry: E, path: string, moved: Moved): E {
  return { ...entry, path, moved };
}

export function entryAt(entry: WritablePath, path: string): WritablePath {
  return { ...entry, path };
}
