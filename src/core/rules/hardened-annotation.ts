/**
 * The pod says what was done to it.
 *
 * Field: the annotation `lithopod.dev/hardened`: JSON keyed by container name, of the profile and the rules that hold.
 * It is derived from the final spec and the catalogue alone, so a second pass writes the same text, and a value that
 * came with the pod counts for nothing: one that is not true is corrected. A pod that needed no change is given none.
 */
import { withAnnotation } from '../annotations.ts';
import { containersOf } from '../containers.ts';
import { hardenedAnnotation } from '../names.ts';
import { reasonOf } from '../reasons.ts';
import { ruleIds } from './rule.ts';
import type { RuleContext } from '../context.ts';
import type { Finding, Level, Rule, RuleId } from './rule.ts';

export const hardenedAnnotationRule: Rule = {
  id: 'hardened-annotation',
  level: 'immutable',
  title: 'An annotation that explains the pod',
  why: 'A change that nobody can see costs a night: `kubectl get pod -o yaml` tells which profile and rules apply.',
  apply(pod, context) {
    const present = pod.metadata?.annotations?.[hardenedAnnotation];
    const untouched = pod === context.original && present === undefined;
    if (context.subject.scope !== 'pod' || untouched) return { pod, findings: [] };
    const value = explanation(context);
    if (present === value) return { pod, findings: [] };
    const after = withAnnotation(pod, hardenedAnnotation, value);
    return after === undefined
      ? { pod, findings: [annotationsFull] }
      : { pod: after, findings: [annotationWritten] };
  },
};

const annotationWritten: Finding = {
  rule: 'hardened-annotation',
  outcome: 'changed',
  code: 'annotation-written',
  detail: `the annotation ${hardenedAnnotation} tells which profiles and rules apply`,
};

const annotationsFull: Finding = {
  rule: 'hardened-annotation',
  outcome: 'conflict',
  code: 'annotations-full',
  detail: `the pod's annotations leave no room for ${hardenedAnnotation}`,
};

/** The rules that the annotation names: those that say something of a container. */
const explained: Readonly<Record<Level, readonly RuleId[]>> = {
  immutable: [
    'no-privileged',
    'no-remount',
    'read-only-root',
    'masked-binaries',
    'writable-paths',
    'seeded-paths',
    'evictable-volumes',
  ],
  restricted: ruleIds.filter((id) => id !== 'hardened-annotation'),
};

/** Containers that we added are not in it: they belong to the container that they serve. */
function explanation(context: RuleContext): string {
  const broken = brokenRules(context.findings);
  const rules = explained[context.policy.level];
  const forPod = rules.filter((rule) => !broken.has(rule));
  const text: string[] = [];
  for (const container of containersOf(context.original, ['initContainers', 'containers'])) {
    if (context.isSeed(container)) continue;
    const { name } = container;
    const hold = forPod.filter((rule) => !broken.has(`${rule} ${name}`));
    const { profile, skipped } = context.profileOf(container);
    const told = skipped ? { rules: hold } : { profile: profile.name, rules: hold };
    text.push(`${JSON.stringify(name)}:${JSON.stringify(told)}`);
  }
  return `{${text.join(',')}}`;
}

/** Rules that the final pod does not satisfy: as `rule` for the whole pod, as `rule container` for one container. */
function brokenRules(findings: readonly Finding[]): ReadonlySet<string> {
  const broken = new Set<string>();
  for (const { rule, code, container } of findings) {
    if (!reasonOf(code).lasting) continue;
    broken.add(container === undefined ? rule : `${rule} ${container}`);
  }
  return broken;
}
