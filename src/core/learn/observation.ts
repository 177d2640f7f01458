/**
 * What is known of what one container wrote. Each way to learn makes one of these: a look at a
 * running container, a difference, a trace, a recording, an archive. The draft of a profile is
 * made from them, and from nothing else.
 */

/** How something was found; it decides what can be known at all. */
export type Means =
  /** Times of change, read through /proc by a helper beside the container. */
  | 'look'
  /** What podman or Docker say is different from the image. */
  | 'diff'
  /** System calls on files. */
  | 'trace'
  /** What another project recorded: AppArmor profiles, container profiles. */
  | 'recording'
  /** The writable layer in a checkpoint. */
  | 'checkpoint'
  /** The image alone: nothing of it ran. */
  | 'image';

export type PathType = 'file' | 'directory' | 'link' | 'socket' | 'fifo' | 'device' | 'unknown';

/** `created`: the image has no such path. `changed`: it has. `unknown`: it may have. */
export type Change = 'created' | 'changed' | 'deleted' | 'refused' | 'unknown';

/** A path that the container wrote, or was refused to write. */
export interface WrittenPath {
  /** Absolute and normalised, as the container sees it. */
  readonly path: string;
  readonly type: PathType;
  readonly change: Change;
  /** Of the path; absent where it is not known. */
  readonly uid?: number;
  readonly gid?: number;
  /** The permission bits, as a number: 0o1777. */
  readonly mode?: number;
  /** In bytes. */
  readonly size?: number;
}

/** What is known of a directory in which something was written, or above it. */
export interface DirectoryFacts {
  readonly path: string;
  /** Whether the image has it. */
  readonly inImage: boolean | undefined;
  /** The image's own entries that are in it still; undefined where it is not known. */
  readonly imageEntries: number | undefined;
  /**
   * Those that are no directories, at any depth: directories alone are often only there to be
   * filled.
   */
  readonly imageFiles?: number;
  /** Names were made or removed in it since the container began, whether or not they are there. */
  readonly touched?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}

/** A file system that is mounted over the container's root. */
export interface MountFacts {
  readonly path: string;
  readonly fileSystem: string;
  readonly readOnly: boolean;
  /** What it holds, in bytes; absent where nobody looked. */
  readonly used?: number;
  /** Who made it: the pod's author, or the runtime for a VOLUME of the image; else unknown. */
  readonly from?: 'pod' | 'image';
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** All that was found of one container, by one look or over some time. */
export interface Observation {
  readonly means: Means;
  /** As the container names it: `nginx:1.29`. */
  readonly image: string | undefined;
  /** `sha256:…`. */
  readonly digest: string | undefined;
  /** `containerd://1.7.2`, `podman 4.3.1`. */
  readonly runtime: string | undefined;
  /** ISO 8601. When the container began, and when it was last looked at. */
  readonly started: string | undefined;
  readonly seen: string;
  /** How long the container had run when it was last looked at. */
  readonly seconds?: number;
  /** Those that its processes have: the first is that of process 1. */
  readonly users: readonly User[];
  readonly written: readonly WrittenPath[];
  readonly directories: readonly DirectoryFacts[];
  /** The image's VOLUMEs, where they are known. */
  readonly volumes: readonly string[];
  readonly mounts: readonly MountFacts[];
  /** Directories that could not be read: of what is in them nothing is known. */
  readonly unreadable: readonly string[];
  /** A limit was reached: more may have been written. */
  readonly incomplete?: boolean;
  /** Whether the image has the program `cp`, by which directories are seeded. */
  readonly hasCp?: boolean;
}
