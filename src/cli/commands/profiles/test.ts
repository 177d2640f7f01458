/** `lithopod profiles test`: runs the tests of profiles. */
import { access } from 'node:fs/promises';
import pc from 'picocolors';
import { termsOf } from './match.ts';
import { failure, formatPlace, success } from '../../../core/values/result.ts';
import { count, printable } from '../../terminal/columns.ts';
import { printProblems } from '../../terminal/problems.ts';
import { catalogueOf } from '../../input/policy-flags.ts';
import { readProfileSources } from './profile-sources.ts';
import { runTest } from './run-tests.ts';
import { parseTests } from './test-document.ts';
import type { Catalogue } from '../../../core/catalogue/match/catalogue.ts';
import type { Problem, Result } from '../../../core/values/result.ts';
import type { Io } from '../../terminal/io.ts';
import type { OutputFlags } from '../../input/policy-flags.ts';
import type { TestResult } from './run-tests.ts';
import type { ProfileTest } from './test-document.ts';

/**
 * Runs the tests in the operands with the profiles in the operands, those of `--profiles`, and the
 * built-in ones. Prints differences on stdout, and on stderr which variants of the operands'
 * profiles no test reaches. Gives the exit code: 1 where a test fails, 2 where a file cannot be
 * read, has a problem, or no file has a test.
 */
export async function testProfiles(
  operands: readonly string[],
  flags: OutputFlags,
  io: Io,
): Promise<number> {
  const paths = operands.filter((operand) => operand !== '-');
  const beside = (await Promise.all(paths.map(profileBeside))).flat();
  const [sources, catalogue] = await Promise.all([
    readProfileSources(operands, io),
    catalogueOf({ ...flags, profiles: [...(flags.profiles ?? []), ...paths, ...beside] }),
  ]);
  if (!sources.ok) return printProblems(sources.problems, io);
  const tests = collect(sources.value.map(parseTests));
  if (!catalogue.ok || !tests.ok) {
    return printProblems(
      [catalogue, tests].flatMap((each) => (each.ok ? [] : each.problems)),
      io,
    );
  }
  if (tests.value.length === 0) {
    return printProblems(
      [
        {
          message: `no test in ${operands.join(', ') || 'stdin'}: they are documents of the kind ImageProfileTest`,
        },
      ],
      io,
    );
  }
  const results = tests.value.map((test) => runTest(test, catalogue.value));
  const files = new Set([...sources.value.map(({ name }) => name), ...beside]);
  io.stdout(
    flags.output === 'json'
      ? `${JSON.stringify(results.map(resultRecord), null, 2)}\n`
      : resultsText(results, io),
  );
  for (const line of untested(results, catalogue.value, files)) io.stderr(`${printable(line)}\n`);
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  io.stderr(
    `${count(results.length, 'test')}: ${failed === 0 ? 'all pass' : `${failed} failed`}\n`,
  );
  return failed > 0 ? 1 : 0;
}

/**
 * The file of profiles beside a file of tests: `nginx.yaml` for `nginx.test.yaml`, if it exists.
 */
async function profileBeside(path: string): Promise<readonly string[]> {
  const stem = /^(.*)\.test\.ya?ml$/.exec(path)?.[1];
  if (stem === undefined) return [];
  for (const file of [`${stem}.yaml`, `${stem}.yml`]) {
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return [file];
  }
  return [];
}

function collect(parts: readonly Result<readonly ProfileTest[]>[]): Result<readonly ProfileTest[]> {
  const problems: readonly Problem[] = parts.flatMap((part) => (part.ok ? [] : part.problems));
  return problems.length > 0
    ? failure(...problems)
    : success(parts.flatMap((part) => (part.ok ? part.value : [])));
}

function resultsText(results: readonly TestResult[], io: Io): string {
  const { red } = pc.createColors(io.colour.stdout);
  return results
    .filter(({ differences }) => differences.length > 0)
    .map(({ test, differences }) =>
      [
        `${printable(formatPlace(test.place))}: ${red('failed:')} ${printable(`${test.suite}: ${test.name}`)}\n`,
        ...differences.map((difference) => `  ${printable(difference)}\n`),
      ].join(''),
    )
    .join('');
}

function resultRecord({ test, profile, variants, differences }: TestResult): object {
  return {
    ...test.place,
    suite: test.suite,
    name: test.name,
    passed: differences.length === 0,
    profile,
    variants: variants.map(({ match }) => match),
    differences,
  };
}

/**
 * A line for each profile of the files without any test, and for each variant of the others that
 * applied in no test.
 */
function untested(
  results: readonly TestResult[],
  catalogue: Catalogue,
  files: ReadonlySet<string>,
): readonly string[] {
  const reached = new Set(results.flatMap(({ variants }) => variants));
  const tested = new Set(results.map(({ profile }) => profile));
  const given = catalogue.profiles.filter(({ file }) => file !== undefined && files.has(file));
  return given.flatMap(({ profile, place, file = '' }) => {
    const at = formatPlace({ file, ...place?.name });
    if (!tested.has(profile.name)) return [`${at}: no test for profile ${profile.name}`];
    return profile.when
      .filter((variant) => !reached.has(variant))
      .map(({ match }) => `${at}: no test of ${profile.name} for the variant ${termsOf(match)}`);
  });
}
