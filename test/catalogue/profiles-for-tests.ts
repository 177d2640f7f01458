import type {
  CatalogueEntry,
  CatalogueOptions,
  Catalogue,
} from '../../src/core/catalogue/match/catalogue.ts';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Profile, ProfileSource } from '../../src/core/catalogue/profile/profile.ts';
import { formatProblem } from '../../src/core/values/result.ts';

/** A profile that says nothing but what it is given. */
export function profile(name: string, fields: Partial<Profile> = {}): Profile {
  return {
    name,
    images: [],
    writable: [],
    data: [],
    ownDirectories: [],
    lowPorts: false,
    fileCapabilities: [],
    maskable: [],
    cp: 'cp',
    environment: [],
    volumes: [],
    when: [],
    evidence: [{ kind: 'source', ref: 'example/repo Dockerfile', seen: '2026-11-21' }],
    ...fields,
  };
}

export function entry(
  name: string,
  images: readonly string[],
  source: ProfileSource = 'builtin',
): CatalogueEntry {
  return { profile: profile(name, { images }), source, file: `${source}/${name}.yaml` };
}

/** The catalogue of the entries and a built-in default; throws where it is refused. */
export function catalogueOf(
  entries: readonly CatalogueEntry[],
  options?: CatalogueOptions,
): Catalogue {
  const result = buildCatalogue([...entries, entry('default', [])], options);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.value;
}
