/** The built-in catalogue from its files, as the tests of it read it. */
import { readFileSync, readdirSync } from 'node:fs';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Catalogue, CatalogueEntry } from '../../src/core/catalogue/match/catalogue.ts';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import type { Profile } from '../../src/core/catalogue/profile/profile.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import type { Problem } from '../../src/core/values/result.ts';

const folder = new URL('../../profiles/', import.meta.url);
/** The names of the built-in files. */
export const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
export const read = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const lines = (problems: readonly Problem[]): string => problems.map(formatProblem).join('\n');

/** The profile of a file, which holds exactly one. */
export function profileOf(file: string): Profile {
  const result = parseProfiles(read(file), file);
  if (!result.ok) throw new Error(lines(result.problems));
  const [profile, ...others] = result.value;
  if (profile === undefined || others.length > 0) throw new Error(`${file}: not one profile`);
  return profile;
}

/** The catalogue of these files; throws where it is refused. */
export function builtinCatalogue(): Catalogue {
  const entries = files.map((file): CatalogueEntry => ({
    profile: profileOf(file),
    source: 'builtin',
    file,
  }));
  const result = buildCatalogue(entries);
  if (!result.ok) throw new Error(lines(result.problems));
  return result.value;
}
