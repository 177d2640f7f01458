/** What a draft has, as data. */
import type { Evidence, ImageUser } from '../catalogue/profile/profile.ts';

/** An entry of the draft. */
export interface DraftEntry {
  readonly list: 'writable' | 'data';
  readonly path: string;
  readonly contents: 'empty' | 'seeded';
  readonly why: string;
  /** In how many of the observations something asks for it. */
  readonly seenIn: number;
}

/** What is in the profile, as data. */
export interface DraftSpec {
  readonly name: string;
  /** With an empty /tmp: what `default` knows of programs that refuse that holds here too. */
  readonly extends?: 'default';
  readonly images: readonly string[];
  readonly entries: readonly DraftEntry[];
  readonly ownDirectories: readonly { readonly path: string; readonly why: string }[];
  readonly user: ImageUser | undefined;
  readonly volumes: readonly string[];
  readonly evidence: readonly Evidence[];
}
