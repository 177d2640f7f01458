/** The profile that would mend what was diagnosed, ready to paste, and where to put it. */
import { readFile } from 'node:fs/promises';
import { suggestProfile } from '../../core/diagnose/suggest-profile.ts';
import { profileDocumentText } from '../input/profile-text.ts';
import type { Catalogue, CatalogueEntry, Match } from '../../core/catalogue/match/catalogue.ts';
import type { Addition, Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type { SuggestedProfile, ProfileBase } from '../../core/diagnose/suggest-profile.ts';

export interface Suggestion {
  /** A whole ImageProfile, in YAML. */
  readonly profile: string;
  /** One sentence. */
  readonly where: string;
  /** What the profile cannot have, and why. */
  readonly left: SuggestedProfile['left'];
}

/**
 * `seenIn`: where the log came from, for the profile's evidence. Undefined where there is nothing
 * to mend.
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
  const suggested = suggestProfile(base, additions, { kind: 'manifest', ref: seenIn, seen });
  return (
    suggested && { profile: suggested.text, where: whereTo(match, catalogue), left: suggested.left }
  );
}

/** How the comment begins that is printed above a mended profile. */
export const firstNote = 'The profile that mends this.';

/**
 * The text without that comment, which is there where a profile was put into its file as it was
 * printed.
 */
function withoutNotes(text: string): string {
  return text.startsWith(`# ${firstNote}`) ? text.replace(/^(?:#.*\n)+/, '') : text;
}

/** The profile's own text where a pattern is for the image, else a new profile. */
async function baseOf(match: Match, catalogue: Catalogue): Promise<ProfileBase | undefined> {
  if (match.matched === 'pattern') {
    const entry = entryOf(match, catalogue);
    if (entry?.file === undefined) return undefined;
    return { text: withoutNotes(profileDocumentText(await readFile(entry.file, 'utf8'), entry)) };
  }
  const repository = match.reference?.repository;
  return repository === undefined ? undefined : { repository, writable: match.profile.writable };
}

/**
 * The patterns that the mended profile has: those of the present one, or the image's repository.
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
