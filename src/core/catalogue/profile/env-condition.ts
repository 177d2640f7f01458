/** Conditions on the variables of a container: `NAME`, `NAME=glob`, and globs on names. */
import type { Container } from '../../pod/pod.ts';
import { compileGlob } from '../../images/glob.ts';
import type { Matcher } from '../../images/glob.ts';

type Variables = NonNullable<Container['env']>;

/** Whether one of the entries holds. Takes time linear in the variables. */
export function envCondition(entries: readonly string[]): (container: Container) => boolean {
  const conditions = entries.map((entry) => {
    const equals = entry.indexOf('=');
    const name = equals < 0 ? entry : entry.slice(0, equals);
    const value = equals < 0 ? undefined : compileGlob(entry.slice(equals + 1));
    return name.includes('*') ? anyOf(compileGlob(name), value) : named(name, value);
  });
  return ({ env }) => env != null && conditions.some((holds) => holds(env));
}

function named(name: string, matches: Matcher | undefined): (env: Variables) => boolean {
  return (env) => {
    // The runtime takes the last of several variables of one name.
    const variable = env.findLast((candidate) => candidate.name === name);
    if (variable === undefined || matches === undefined) return variable !== undefined;
    return variable.value != null && matches(variable.value);
  };
}

function anyOf(isNamed: Matcher, matches: Matcher | undefined): (env: Variables) => boolean {
  if (matches === undefined) return (env) => env.some(({ name }) => isNamed(name));
  return (env) => {
    const last = new Map<string, string | null | undefined>();
    for (const { name, value } of env) if (isNamed(name)) last.set(name, value);
    return [...last.values()].some((value) => value != null && matches(value));
  };
}
