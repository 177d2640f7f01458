/**
 * What an image must be able to write, and what else Lithopod has to know of it: the domain types.
 *
 * Their text form (YAML, `kind: ImageProfile`) is defined by the schema in `schema.ts`; `parse.ts`
 * turns one into the other. A value of these types has passed every lint.
 */
/**
 * Where the bytes of an emptyDir live. A memory volume counts against the container's memory limit.
 */
export type Medium = 'Disk' | 'Memory';

export interface WritablePath {
  /** Absolute, normalised, no alias resolved: the text that goes into `mountPath`. */
  readonly path: string;
  readonly why: string;
  /**
   * `seeded`: the image has files here that the process needs, so they are copied into the volume
   * first.
   */
  readonly contents: 'empty' | 'seeded';
  readonly medium: Medium;
  /** A Kubernetes quantity. Exceeding one on disk evicts the pod. */
  readonly sizeLimit?: string;
  /**
   * Who can read all files below a seeded path. `root`: a copy by another user would be incomplete.
   */
  readonly readableBy: 'any' | 'root';
  /**
   * The mode that the directory must have, as octal digits. Met by `Memory` (1777), by seeding, or
   * by `emptyDir.mode`.
   */
  readonly mode?: string;
  /** What of the pod moves the path elsewhere. */
  readonly movedBy?: MovedBy;
  /**
   * The other directories of the image to which a seeded path may move: `cp` fails on what the
   * image lacks.
   */
  readonly seededAt?: readonly string[];
}

/**
 * Variables and flags of a container whose literal value is a directory that replaces the
 * path.
 */
export interface MovedBy {
  /** Names of variables, the strongest first: the first that the container sets counts. */
  readonly env?: readonly string[];
  /**
   * Flags as words of command or args, `--flag DIR` or `--flag=DIR`. A flag beats a variable; the
   * last one counts.
   */
  readonly flags?: readonly string[];
  /** What the program adds to the value: `/.cache` behind HOME. */
  readonly append?: string;
  /** What separates the directories, where the value may hold several. */
  readonly list?: string;
  /**
   * The program changes the directory itself, which only its owner may: the directory above it is
   * made writable.
   */
  readonly parent?: boolean;
}

/** A variable that the image needs on a read-only root. */
export interface EnvironmentVariable {
  readonly name: string;
  /** 0, 1, true, false, yes, no, a port, or a path at or below an entry of the profile. */
  readonly value: string;
  readonly why: string;
}

/** Whether the image can run with a read-only root at all. */
export interface ReadOnlyRoot {
  readonly works: boolean;
  readonly why: string;
}

/**
 * A directory of which the program changes the mode, which only its owner may: no volume's root may
 * be it.
 */
export interface OwnDirectory {
  readonly path: string;
  readonly why: string;
  /**
   * Variables of the container that name another directory in its place; the first that is set
   * counts.
   */
  readonly movedBy?: { readonly env: readonly string[] };
}

export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Set on the pod, where it names none, so that the user can write to persistent volumes. */
  readonly fsGroup?: number;
}

/**
 * When a variant applies: all of the named conditions must hold; a condition holds when one of its
 * entries does. A tag pattern is a glob (`*alpine*`) or a semver range (`>=1.25`); the others are
 * globs.
 */
export interface VariantMatch {
  /**
   * Which of them an image without a tag (a bare digest) is nobody knows: it gets what hides
   * nothing in any.
   */
  readonly tags?: readonly string[];
  /** Against each word of the container's `command`. */
  readonly command?: readonly string[];
  /** Against each word of the container's `args`. */
  readonly args?: readonly string[];
  /**
   * `NAME` (set at all) or `NAME=value glob`, the name a glob too; values from a ConfigMap or
   * Secret are not known to match.
   */
  readonly env?: readonly string[];
  /** Paths at or below which the pod's own author mounts something. */
  readonly mounts?: readonly string[];
  /** The reference has no tag: a bare digest. */
  readonly noTag?: true;
  /** Words of `command` or `args`, also within a script, or globs on whole words of either. */
  readonly words?: readonly string[];
  /** Against each word of the commands of its postStart and preStop hooks. */
  readonly hooks?: readonly string[];
  /**
   * `root`: the container runs as user 0, or nobody says as whom. `other`: as another user, or as
   * any but root.
   */
  readonly user?: 'root' | 'other';
}

/**
 * Entries that are added, or that replace those of the same path; the other fields replace the
 * profile's.
 */
export interface Variant {
  readonly match: VariantMatch;
  readonly writable?: readonly WritablePath[];
  readonly data?: readonly WritablePath[];
  readonly user?: ImageUser;
  readonly lowPorts?: boolean;
  readonly maskable?: readonly string[];
  readonly environment?: readonly EnvironmentVariable[];
  readonly volumes?: readonly string[];
  readonly readOnlyRoot?: ReadOnlyRoot;
}

/**
 * Weakest first: what a crash said, what a manifest does, what a Dockerfile says, what a running
 * container had written, a rebuilt image run by us, the real image run.
 */
export const evidenceKinds = ['log', 'manifest', 'source', 'observed', 'lookalike', 'run'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export interface Evidence {
  readonly kind: EvidenceKind;
  readonly ref: string;
  /** The commit or the tag of the repository at which `ref` was read. */
  readonly at?: string;
  /** The day on which it was seen, `YYYY-MM-DD`. */
  readonly seen: string;
}

export interface Profile {
  readonly name: string;
  /**
   * The profile of which this one has all that it does not say itself; absent once that has been
   * added.
   */
  readonly extends?: Extension;
  /** Image patterns, see `pattern.ts`. Empty for the profile named `default` only. */
  readonly images: readonly string[];
  readonly writable: readonly WritablePath[];
  /**
   * Content that must outlive the pod: where the pod mounts nothing it gets an emptyDir and a
   * finding.
   */
  readonly data: readonly WritablePath[];
  readonly ownDirectories: readonly OwnDirectory[];
  readonly user?: ImageUser;
  readonly lowPorts: boolean;
  /**
   * Capabilities, without CAP_, that the image's program carries on its file: exec fails where one
   * is dropped.
   */
  readonly fileCapabilities: readonly string[];
  /** Absolute paths of binaries that the image's own start never needs. */
  readonly maskable: readonly string[];
  /**
   * The program that seeds: `cp` (found by PATH) unless said otherwise; `none` where the image has
   * none.
   */
  readonly cp: string;
  /** Variables that are set where the container has none of the name. */
  readonly environment: readonly EnvironmentVariable[];
  /**
   * The directories that the image declares as VOLUME: runtimes keep them writable by volumes of
   * their own.
   */
  readonly volumes: readonly string[];
  readonly readOnlyRoot?: ReadOnlyRoot;
  readonly when: readonly Variant[];
  readonly evidence: readonly Evidence[];
}

/** A profile that another one continues. */
export interface Extension {
  /** Its name: looked for in the same source, and then in those that are weaker. */
  readonly profile: string;
  /**
   * The fields that the continuing profile states itself, also where it states what is the default.
   */
  readonly stated: readonly string[];
}

/** What the tag of an image without one would have decided (untagged.ts). */
export interface Undecided {
  /** No user is named, since it is another in some variants. */
  readonly user: boolean;
  /**
   * Paths that stay read-only, since in some variant the image has files at, above or below them.
   */
  readonly readOnly: readonly string[];
  /** Paths at which some variants keep data. */
  readonly data: readonly string[];
}

/** What a profile says for one container: its own fields with those of the variants that apply. */
export interface ResolvedProfile extends Omit<
  Profile,
  'extends' | 'images' | 'ownDirectories' | 'when' | 'evidence'
> {
  /** Present where the image has no tag, and the tag decides something. */
  readonly undecided?: Undecided;
}

/**
 * Where a profile came from, strongest first: at equal specificity of the pattern the earlier one
 * wins.
 */
export const profileSources = ['cluster', 'directory', 'builtin'] as const;
export type ProfileSource = (typeof profileSources)[number];
