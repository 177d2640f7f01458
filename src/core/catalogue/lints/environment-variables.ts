/**
 * What a profile sets as a variable can neither load code nor send traffic elsewhere, and says
 * where the program may write, that its root is read-only, or where it listens: a flag, a path that
 * the profile makes writable, or a port.
 *
 * A variable that a variant asks for would bring that variant about on the second pass, and not on
 * the first.
 */
import { canonicalPath, isAtOrBelow } from '../../mounts/paths.ts';
import { compileGlob } from '../../images/glob.ts';
import { pathFormProblem } from '../profile/text-forms.ts';
import type { Lint, LintProblem, ProfileOutline, OutlineVariable } from './lint.ts';
import { allEntries } from './lint.ts';

/** Globs on names, in capitals, and what such a variable does. */
export const refusedNames: readonly (readonly [names: readonly string[], why: string])[] = [
  [['LD_*', 'GCONV_PATH', 'GLIBC_TUNABLES'], 'the dynamic loader and the C library obey it'],
  [
    ['PATH', 'IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS'],
    'shells find or read programs by it',
  ],
  [['PS4', 'PROMPT_COMMAND'], 'shells execute it'],
  [['*_OPTIONS', '*_OPTS', '*_ARGS', '*_FLAGS'], 'it is a command line of its program'],
  [['PYTHON*PATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'PYTHONUSERBASE'], 'Python loads code by it'],
  [['PERL5*', 'PERLLIB'], 'Perl loads code by it'],
  [['RUBYOPT', 'RUBYLIB', 'GEM_HOME', 'GEM_PATH', 'BUNDLE_GEMFILE'], 'Ruby loads code by it'],
  [['NODE_*', 'NPM_CONFIG_*'], 'Node.js loads code by it'],
  [['CLASSPATH', 'JAVA_HOME'], 'Java loads code by it'],
  [['PHPRC', 'PHP_INI_SCAN_DIR'], 'PHP loads extensions by it'],
  [['GIT_*'], 'git executes programs by it'],
  [['*_PROXY'], 'programs send their traffic there'],
  [['KUBERNETES_*'], 'programs find the API server by it'],
];

const table = refusedNames.map(
  ([names, why]) => [names.map((name) => compileGlob(name)), why] as const,
);

export const flagWords: ReadonlySet<string> = new Set(['0', '1', 'true', 'false', 'yes', 'no']);

/** A port. Short, since the API server counts what the same expression costs there. */
export const port = /^[1-9][0-9]{0,4}$/;

export const environmentVariables: Lint = {
  id: 'environment-variables',
  title:
    'A variable loads no code, moves no traffic, and is a flag, a port or a path of the profile',
  check(outline) {
    const all = [outline, ...outline.variants].flatMap(({ environment }) => environment);
    const conditions = conditionsOf(outline);
    return all.flatMap((variable): LintProblem[] => [
      ...problem(variable, 'name', nameProblem(variable.name, conditions)),
      ...problem(variable, 'value', valueProblem(variable.value, outline)),
    ]);
  },
};

function problem(
  { at }: OutlineVariable,
  field: 'name' | 'value',
  message: string | undefined,
): readonly LintProblem[] {
  return message === undefined ? [] : [{ at: [...at, field], message }];
}

function nameProblem(
  name: string,
  conditions: readonly ((name: string) => boolean)[],
): string | undefined {
  const upper = name.toUpperCase();
  const found = table.find(([globs]) => globs.some((matches) => matches(upper)));
  if (found !== undefined) return `is not for a profile to set: ${found[1]}.`;
  return conditions.some((matches) => matches(name))
    ? 'is a condition of a variant, which would hold only once the variable is set.'
    : undefined;
}

function conditionsOf({ variants }: ProfileOutline): readonly ((name: string) => boolean)[] {
  return variants.flatMap(({ env }) =>
    env.map(({ text }) => compileGlob(text.split('=', 1)[0] ?? '')),
  );
}

function valueProblem(value: string, outline: ProfileOutline): string | undefined {
  if (flagWords.has(value) || port.test(value)) return undefined;
  const wanted =
    'must be 0, 1, true, false, yes, no, a port, or a path at or below an entry of this profile';
  if (pathFormProblem(value) !== undefined) return `${wanted}.`;
  // Told once the other profile's entries are known.
  if (outline.extended) return undefined;
  const path = canonicalPath(value);
  const isWritable = allEntries(outline).some(
    (entry) => entry.path.startsWith('/') && isAtOrBelow(path, canonicalPath(entry.path)),
  );
  return isWritable ? undefined : `${wanted}: nothing of it is writable at ${value}.`;
}
