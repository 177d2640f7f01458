/**
 * The tests of the built-in profiles, as `lithopod profiles test` runs them: one for each profile
 * as it is, and one for each variant. That they hold each statement is tried by taking it away:
 * some test must then fail.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { runTest } from '../../src/cli/commands/profiles/run-tests.ts';
import { parseTests } from '../../src/cli/commands/profiles/test-document.ts';
import { valueOf } from '../admission/harness.ts';
import { builtinCatalogue, files, profileOf } from './builtin-catalogue.ts';
import { catalogueOf } from './profiles-for-tests.ts';
import type { ProfileTest } from '../../src/cli/commands/profiles/test-document.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Profile } from '../../src/core/catalogue/profile/profile.ts';

const folder = new URL('variants/', import.meta.url);

function testsOf(file: string): readonly ProfileTest[] {
  return valueOf(parseTests({ name: file, text: readFileSync(new URL(file, folder), 'utf8') }));
}

function failures(tests: readonly ProfileTest[], catalogue: Catalogue): readonly string[] {
  return tests.flatMap((test) =>
    runTest(test, catalogue).differences.map((difference) => `${test.name}: ${difference}`),
  );
}

describe('the tests of the built-in profiles', () => {
  const catalogue = builtinCatalogue();

  it('are one file for each profile', () => {
    expect(readdirSync(folder).sort()).to.deep.equal([...files].sort());
  });

  for (const file of files) {
    const profile = profileOf(file);
    it(profile.name, () => {
      const tests = testsOf(file);
      for (const test of tests) {
        expect(test.suite).to.equal(profile.name);
        expect(test.expect, test.name).to.include({ profile: profile.name });
      }
      expect(failures(tests, catalogue)).to.deep.equal([]);
      // Every container runs as root or as another user, so variants of both leave none without.
      const base = tests.filter((test) =>
        runTest(test, catalogue).variants.every(
          ({ match }) => match.user !== undefined && Object.keys(match).length === 1,
        ),
      );
      expect(base, 'tests of the profile without any variant').to.not.have.length(0);
    });
  }

  for (const file of files) {
    it(`of ${profileOf(file).name} fail without any one statement of it`, () => {
      const tests = testsOf(file);
      const unheld = [...withoutOne(profileOf(file))]
        .filter(([, mutant]) => failures(tests, catalogueWith(mutant)).length === 0)
        .map(([what]) => what);
      expect(unheld).to.deep.equal([]);
    });
  }
});

function catalogueWith(profile: Profile): Catalogue {
  if (profile.name !== 'default') {
    const base =
      profile.extends === undefined ? [] : [profileOf(`${profile.extends.profile}.yaml`)];
    return catalogueOf([profile, ...base].map((each) => ({ profile: each, source: 'builtin' })));
  }
  // It wins over the one that stands there already.
  return catalogueOf([{ profile, source: 'directory' }]);
}

/**
 * The profile without one of its paths or what moves it, its variables, its user, its ports, or one
 * of its variants.
 */
function* withoutOne(profile: Profile): Generator<readonly [what: string, mutant: Profile]> {
  for (const list of ['writable', 'data'] as const) {
    for (const entry of profile[list]) {
      const others = profile[list].filter((each) => each !== entry);
      yield [entry.path, { ...profile, [list]: others }];
      for (const by of ['env', 'flags'] as const) {
        for (const name of entry.movedBy?.[by] ?? []) {
          const left = entry.movedBy?.[by]?.filter((each) => each !== name) ?? [];
          const mutant = { ...entry, movedBy: { ...entry.movedBy, [by]: left } };
          yield [`${entry.path} moved by ${name}`, { ...profile, [list]: [...others, mutant] }];
        }
      }
    }
  }
  const { user, ...others } = profile;
  if (user !== undefined) yield ['user', others];
  // Of a container that may be root the low ports are opened whatever its profile says.
  if (profile.lowPorts && user !== undefined) yield ['lowPorts', { ...profile, lowPorts: false }];
  for (const variable of profile.environment) {
    const environment = profile.environment.filter((each) => each !== variable);
    yield [variable.name, { ...profile, environment }];
  }
  for (const variant of profile.when) {
    const when = profile.when.filter((each) => each !== variant);
    yield [`variant ${JSON.stringify(variant.match)}`, { ...profile, when }];
  }
}
