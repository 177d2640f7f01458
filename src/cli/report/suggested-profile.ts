/** The profile that would fix what was diagnosed, ready to paste, and where to put it. */
import { readFile } from 'node:fs/promises';
import { suggestProfile } from '../../core/diagnose/suggest-profile.ts';
import { profileDocumentText } from '../input/profile-text.ts';
import type { Catalogue, CatalogueEntry, Match } from '../../core/catalogue/match/catalogue.ts';
import type { Addition, Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type { SuggestedProfile, ProfileBase } from '../../core/diagnose/suggest-profile.ts';

/** A suggested profile. Its keys are part of JSON output. */
export interface Suggestion {
  /** A whole ImageProfile, in YAML. */
  readonly profile: string;
  /** Where to put the profile: one sentence. */
  readonly where: string;
  /** The additions that the profile cannot have, and why. */
  readonly left: SuggestedProfile['left'];
}

/**
 * Suggests a profile with all additions of the diagnoses. Undefined where there is nothing to fix.
 * `seenIn` names the log, for the profile's evidence.
 */
export async function suggestionFor(
  diagnoses: readonly Diagnosis[],
  match: Match,
  catalogue: Catalogue,
  seenIn: string,
): Promise<Suggestion | undefined> {
  const additions = diagnoses.flatMap(({ addition }): Addition[] =>
    addition === undefined ? [] : [addition],
  );
  const base = await baseOf(match, catalogue);
  if (additions.length === 0 || base === undefined) return undefined;
  const seen = new Date().toISOString().slice(0, 10);
  const suggested = suggestProfile(base, additions, { kind: 'log', ref: seenIn, seen });
  return (
    suggested && { profile: suggested.text, where: whereTo(match, catalogue), left: suggested.left }
  );
}

/** The start of the comment that is printed above a suggested profile. */
export const firstNote = 'The profile that mends this.';

/** The text without that comment: a suggested profile may have been put into its file with it. */
function withoutNotes(text: string): string {
  return text.startsWith(`# ${firstNote}`) ? text.replace(/^(?:#.*\n)+/, '') : text;
}

/**
 * What to add to: the text of the profile that matches the image by a pattern, or a new profile.
 */
async function baseOf(match: Match, catalogue: Catalogue): Promise<ProfileBase | undefined> {
  if (match.matched === 'pattern') {
    const entry = entryOf(match, catalogue);
    if (entry?.file === undefined) return undefined;
    return { text: withoutNotes(profileDocumentText(await readFile(entry.file, 'utf8'), entry)) };
  }
  const repository = match.reference?.repository;
  if (repository === undefined) return undefined;
  const taken = new Set(catalogue.profiles.map(({ profile }) => profile.name));
  return { repository, taken, writable: match.profile.writable };
}

/**
 * The patterns of the suggested profile: those of the image's profile, or the image's repository.
 */
export function imagesOf({ matched, profile, reference }: Match): readonly string[] {
  if (matched === 'pattern') return profile.images;
  return reference === undefined ? [] : [reference.repository];
}

function entryOf({ profile }: Match, { profiles }: Catalogue): CatalogueEntry | undefined {
  return profiles.find((entry) => entry.profile === profile);
}

function whereTo(match: Match, catalogue: Catalogue): string {
  const { name } = match.profile;
  const directory = 'the directory that lithopod serve --profiles reads';
  const file = entryOf(match, catalogue)?.file ?? 'its file';
  if (match.matched === 'default') return `Put it into a file of ${directory}.`;
  return match.source === 'builtin'
    ? `Put it into a file of ${directory}; there it takes the place of the built-in profile "${name}".`
    : `Put it in place of the profile "${name}" in ${file}.`;
}
