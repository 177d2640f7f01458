/** What a reader of one file returns, and what it is given beside the text. */
import type { Observation } from '../../core/learn/observation.ts';

/** What a file says of containers. */
export interface Reading {
  /** One for each container that the file is about. */
  readonly observations: readonly Observation[];
  /** What the file could not say, or what was left out: sentences for people. */
  readonly notes: readonly string[];
}

/** Where a text comes from. */
export interface Origin {
  /** As problems name it. */
  readonly file: string;
  /** When it was read: ISO 8601. */
  readonly seen: string;
  /** The image that ran, where the user named it. */
  readonly image?: string | undefined;
}

/** The most paths of one file: more than any image has, and few enough for a laptop's memory. */
export const maxPaths = 500_000;

/** An observation of which only the means and the origin are known. */
export function emptyObservation(means: Observation['means'], origin: Origin): Observation {
  return {
    means,
    image: origin.image,
    digest: undefined,
    runtime: undefined,
    started: undefined,
    seen: origin.seen,
    users: [],
    written: [],
    directories: [],
    volumes: [],
    mounts: [],
    unreadable: [],
  };
}
