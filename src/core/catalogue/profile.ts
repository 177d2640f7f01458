/**
 * What an image must be able to write, and what else Lithopod has to know of it: the domain types.
 *
 * Their text form (YAML, `kind: ImageProfile`) is defined by the schema in `schema.ts`; `parse.ts` turns one into
 * the other. A value of these types has passed every lint.
 */

/** Where the bytes of an emptyDir live. A memory volume counts against the container's memory limit. */
export type Medium = 'Disk' | 'Memory';

export interface WritablePath {
  /** Absolute, normalised, no alias resolved: the text that goes into `mountPath`. */
  readonly path: string;
  readonly why: string;
  /** `seeded`: the image has files here that the process needs, so they are copied into the volume first. */
  readonly contents: 'empty' | 'seeded';
  readonly medium: Medium;
  /** A Kubernetes quantity. Exceeding one on disk evicts the pod. */
  readonly sizeLimit?: string;
  /** Who can read all files below a seeded path. `root`: a copy by another user would be incomplete. */
  readonly readableBy: 'any' | 'root';
}

export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Set on the pod, where it names none, so that the user can write to persistent volumes. */
  readonly fsGroup?: number;
}

/**
 * When a variant applies: all of the named conditions must hold; a condition holds when one of its entries does.
 * A tag pattern is a glob (`*alpine*`) or a semver range (`>=1.25`); the others are globs.
 */
export interface VariantMatch {
  /** An image without a tag (a bare digest) matches no tag pattern: its variant is unknown. */
  readonly tags?: readonly string[];
  /** Against each word of the container's `command`. */
  readonly command?: readonly string[];
  /** Against each word of the container's `args`. */
  readonly args?: readonly string[];
  /** `NAME` (set at all) or `NAME=value glob`; values from a ConfigMap or Secret are not known to match. */
  readonly env?: readonly string[];
  /** Paths at or below which the pod's own author mounts something. */
  readonly mounts?: readonly string[];
}

/** Entries that are added, or that replace those of the same path; the other fields replace the profile's. */
export interface Variant {
  readonly match: VariantMatch;
  readonly writable?: readonly WritablePath[];
  readonly data?: readonly WritablePath[];
  readonly user?: ImageUser;
  readonly lowPorts?: boolean;
  readonly maskable?: readonly string[];
}

/** Weakest first: what a manifest does, what a Dockerfile says, a rebuilt image run by us, the real image run. */
export const evidenceKinds = ['manifest', 'source', 'lookalike', 'run'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export interface Evidence {
  readonly kind: EvidenceKind;
  readonly ref: string;
  /** The day on which it was seen, `YYYY-MM-DD`. */
  readonly seen: string;
}

export interface Profile {
  readonly name: string;
  /** Image patterns, see `pattern.ts`. Empty for the profile named `default` only. */
  readonly images: readonly string[];
  readonly writable: readonly WritablePath[];
  /** Content that must outlive the pod: where the pod mounts nothing it gets an emptyDir and a finding. */
  readonly data: readonly WritablePath[];
  readonly user?: ImageUser;
  readonly lowPorts: boolean;
  /** Capabilities, without CAP_, that the image's program carries on its file: exec fails where one is dropped. */
  readonly fileCapabilities: readonly string[];
  /** Absolute paths of binaries that the image's own start never needs. */
  readonly maskable: readonly string[];
  /** The program that seeds: `cp` (found by PATH) unless said otherwise; `none` where the image has none. */
  readonly cp: string;
  readonly when: readonly Variant[];
  readonly evidence: readonly Evidence[];
}

/** What a profile says for one container: its own fields with those of the variants that apply. */
export interface ResolvedProfile {
  readonly name: string;
  readonly writable: readonly WritablePath[];
  readonly data: readonly WritablePath[];
  readonly user?: ImageUser;
  readonly lowPorts: boolean;
  readonly fileCapabilities: readonly string[];
  readonly maskable: readonly string[];
  readonly cp: string;
}

/** Where a profile came from, strongest first: at equal specificity of the pattern the earlier one wins. */
export const profileSources = ['cluster', 'directory', 'builtin'] as const;
export type ProfileSource = (typeof profileSources)[number];
