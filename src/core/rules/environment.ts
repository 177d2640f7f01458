/**
 * A program that has to be told of its read-only root is told by the variables that its profile
 * names.
 *
 * Field: `env` of containers and init containers. Variables are appended; what the container says
 * itself is never replaced, and nothing is set where that could change what it says
 * (`../environment.ts` decides). A variable of the container beats that of its image. Ephemeral
 * containers are left as they are.
 */
import { mapMountable } from '../pod/containers.ts';
import type { VariableOutcome } from '../context/variables.ts';
import type { Container } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Finding } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const environment: Rule = {
  id: 'environment',
  level: 'immutable',
  title: 'Variables that tell a program of its read-only root',
  why: 'Some images start on a read-only root only when a variable says so: s6, setcap at start, a home elsewhere.',
  apply(pod, context) {
    if (context.subject.scope !== 'pod') return { pod, findings: [] };
    const findings: Finding[] = [];
    const after = mapMountable(pod, context, (container) =>
      setVariables(container, context, findings),
    );
    return { pod: after, findings };
  },
};

function setVariables(container: Container, context: RuleContext, findings: Finding[]): Container {
  const fates = context.profileOf(container).environment;
  if (fates.length === 0) return container;
  for (const fate of fates) {
    const finding = findingOf(container.name, fate);
    if (finding !== undefined) findings.push(finding);
  }
  const added = fates
    .filter(({ fate }) => fate === 'set')
    .map(({ variable: { name, value } }) => ({ name, value }));
  return added.length === 0
    ? container
    : { ...container, env: [...(container.env ?? []), ...added] };
}

const obstacles = {
  elsewhere: 'which a ConfigMap or Secret of it may set: it is not set',
  referenced: 'which its own text refers to: it is not set',
} as const;

function findingOf(container: string, { variable, fate }: VariableOutcome): Finding | undefined {
  const { name } = variable;
  switch (fate) {
    case 'present':
      return undefined;
    case 'set':
      return {
        rule: 'environment',
        outcome: 'changed',
        code: 'variable-set',
        container,
        detail: `container "${container}" gets the variable ${name}`,
      };
    case 'other':
      return {
        rule: 'environment',
        outcome: 'skipped',
        code: 'variable-kept',
        container,
        detail: `container "${container}" sets ${name} itself, to another value than a read-only root needs`,
      };
    case 'elsewhere':
    case 'referenced':
      return {
        rule: 'environment',
        outcome: 'conflict',
        code: 'variable-not-set',
        container,
        detail: `container "${container}" needs the variable ${name} on a read-only root, ${obstacles[fate]}`,
      };
  }
}
