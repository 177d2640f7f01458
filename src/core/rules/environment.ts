/**
 * A program that must know of its read-only root learns it from the variables that its profile
 * names.
 *
 * Fields:
 * - `env` of containers and init containers
 *
 * Allowed: what the container sets itself. Variables are appended, and never replaced.
 *
 * Source: the image's profile; ../context/variables.ts decides which are set.
 *
 * Nothing is set where that could change what the container says. A variable of the container beats
 * that of its image.
 */
import { withEnv } from '../pod/change.ts';
import { settingField } from '../pod/container-values.ts';
import { mapMountable } from '../pod/containers.ts';
import type { VariableOutcome } from '../context/variables.ts';
import type { Container } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Report } from '../findings/report.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const environment: Rule = {
  id: 'environment',
  level: 'immutable',
  title: 'Variables that tell a program of its read-only root',
  why: 'Some images start on a read-only root only when a variable says so: s6, setcap at start, a home elsewhere.',
  scopes: podScope,
  apply: (pod, context, report) =>
    mapMountable(pod, context, (container) => setVariables(container, context, report)),
};

function setVariables(container: Container, context: RuleContext, report: Report): Container {
  const fates = context.profileOf(container).environment;
  if (fates.length === 0) return container;
  for (const fate of fates) reportVariable(container, fate, report);
  const added = fates
    .filter(({ fate }) => fate === 'set')
    .map(({ variable: { name, value } }) => ({ name, value }));
  return added.length === 0 ? container : withEnv(container, [...(container.env ?? []), ...added]);
}

function reportVariable(
  container: Container,
  { variable: { name: variable }, fate }: VariableOutcome,
  report: Report,
): void {
  switch (fate) {
    case 'present':
      return;
    case 'set':
      report.container(container, 'variable-set', '/env', { variable });
      return;
    case 'other':
      report.container(container, 'variable-kept', settingField(container, variable), { variable });
      return;
    case 'elsewhere':
      report.container(container, 'variable-not-set', '/envFrom', { variable, obstacle: fate });
      return;
    case 'referenced':
      report.container(container, 'variable-not-set', '/env', { variable, obstacle: fate });
  }
}
