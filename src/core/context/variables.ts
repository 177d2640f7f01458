/**
 * Decides which of the variables that a profile wants are set in a container.
 *
 * A variable that the container sets itself is never replaced. None is set where that could change
 * what the container says:
 *
 * - A ConfigMap or Secret may hold the name: a variable in `env` would override it.
 * - The container's text has `$(NAME)`: the kubelet expands it only if there is such a variable.
 */
import { mayComeFromElsewhere, readVariables, referencedNames } from '../pod/container-values.ts';
import type { EnvironmentVariable } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';

/** A variable that a profile wants, and what is done about it. */
export interface VariableOutcome {
  readonly variable: EnvironmentVariable;
  /**
   * `set`: nobody sets it, so Lithopod does. `present`: it has the wanted value. `other`: the
   * container sets it to something else. `elsewhere`: a ConfigMap or Secret may set it.
   * `referenced`: the container's text refers to it.
   */
  readonly fate: 'set' | 'present' | 'other' | 'elsewhere' | 'referenced';
}

const none: readonly VariableOutcome[] = [];

/** What is done about each of the variables in the container. */
export function variableOutcomes(
  container: Container,
  variables: readonly EnvironmentVariable[],
): readonly VariableOutcome[] {
  if (variables.length === 0) return none;
  const values = readVariables(container, new Set(variables.map(({ name }) => name)));
  const referenced = referencedNames(container);
  return variables.map((variable) => {
    const { name, value } = variable;
    const present = values.get(name);
    if (present !== undefined) return { variable, fate: present === value ? 'present' : 'other' };
    if (mayComeFromElsewhere(container, name)) return { variable, fate: 'elsewhere' };
    return { variable, fate: referenced.has(name) ? 'referenced' : 'set' };
  });
}

/** The variables that Lithopod sets, by name. */
export function valuesSet(fates: readonly VariableOutcome[]): ReadonlyMap<string, string> {
  return new Map(
    fates
      .filter(({ fate }) => fate === 'set')
      .map(({ variable: { name, value } }) => [name, value] as const),
  );
}
