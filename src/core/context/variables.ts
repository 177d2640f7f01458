/**
 * Which of the variables that a profile wants are set in a container.
 *
 * What the container says itself is never replaced, and nothing is set where that could change what
 * it says: where a ConfigMap or Secret could hold the name, which a variable of the container's own
 * beats, and where `$(NAME)` stands in its text, which the kubelet leaves as it is until there is
 * such a variable.
 */
import { mayComeFromElsewhere, readVariables, referencedNames } from '../pod/container-values.ts';
import type { EnvironmentVariable } from '../catalogue/profile/profile.ts';
import type { Container } from '../pod/pod.ts';

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
