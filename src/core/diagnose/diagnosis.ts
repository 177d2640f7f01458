/** What a diagnosis is made of. */
import { stringify } from 'yaml';
import type { ImageUser, ResolvedProfile } from '../catalogue/profile/profile.ts';
import type { Container, Pod } from '../pod/pod.ts';

/**
 * `missing-mount`: a path has to be writable and is not. `ownership`: it is, but not for the
 * container's user. `capability`: the process may not do what it tries, whatever is mounted.
 * `privilege`: it tries what only a privileged container may: it changes the node's kernel, mounts,
 * enters a namespace, filters the network. `node`: the node's own file system is read-only.
 * `non-root-user`: the kubelet cannot see that the user is not root. `environment`: a variable
 * sends the program elsewhere. `masked-binary`: it was taken away on purpose. `duplicate-mount`:
 * two parties mount at one path. `benign`: reads like an error and is none.
 */
export type Cause =
  | 'missing-mount'
  | 'ownership'
  | 'capability'
  | 'privilege'
  | 'node'
  | 'non-root-user'
  | 'environment'
  | 'masked-binary'
  | 'duplicate-mount'
  | 'benign';

/** What a profile has to say in addition. */
export type Addition =
  | {
      readonly field: 'writable';
      readonly path: string;
      readonly why: string;
      readonly contents: 'empty' | 'seeded';
    }
  | { readonly field: 'user'; readonly user: ImageUser }
  | { readonly field: 'lowPorts' };

export interface Diagnosis {
  readonly cause: Cause;
  /** The directory that it is about, absolute and normalised. */
  readonly path?: string;
  /** The evidence: a line of the log without control characters, cut to 300 characters. */
  readonly line: string;
  /** One or two sentences for people. */
  readonly detail: string;
  /** What to do where no profile can fix it, or what else would. */
  readonly advice?: string;
  /** The lines of a profile's `spec` that fix it. The name is that of the output's version 1. */
  readonly mend?: readonly string[];
  /** The same, as data. */
  readonly addition?: Addition;
}

/**
 * What is known of the container whose log it is. All of it may be missing: then nothing counts as
 * mounted.
 */
export interface CrashSite {
  /** As it runs. */
  readonly pod?: Pod;
  readonly container?: Container;
  readonly profile?: ResolvedProfile;
  /** The patterns of the profile that is to be fixed: some paths are known of some images. */
  readonly images?: readonly string[];
  /** At `restricted` no capability is left that could be added. */
  readonly level?: string;
}

/** The lines of YAML that say it, as they are written below `spec`. */
export function fixLines(addition: Addition): readonly string[] {
  return stringify(fixValue(addition), { lineWidth: 0 }).trimEnd().split('\n');
}

function fixValue(addition: Addition): object {
  switch (addition.field) {
    case 'writable': {
      const { path, why, contents } = addition;
      return { writable: [{ path, why, ...(contents === 'seeded' && { contents }) }] };
    }
    case 'user':
      return { user: addition.user };
    case 'lowPorts':
      return { lowPorts: true };
  }
}
