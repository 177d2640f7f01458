/**
 * The pod says what was done to it.
 *
 * Field: the annotation `lithopod.dev/hardened`: JSON keyed by container name, of the profile and
 * the rules that hold. It is derived from the final spec and the catalogue alone, so a second pass
 * writes the same text. A value that came with the pod counts for nothing: one that is not true is
 * corrected, or taken away where the true one has no room; what a stricter level wrote and is still
 * true stays. A pod that needed no change is given none.
 */
import { withAnnotation, withoutAnnotation } from '../pod/annotations.ts';
import { containersOf } from '../pod/containers.ts';
import { hardenedAnnotation } from '../mounts/names.ts';
import { reasonOf } from '../findings/reasons.ts';
import { ruleIds } from '../findings/finding.ts';
import type { RuleContext } from '../context/context.ts';
import type { Pod } from '../pod/pod.ts';
import type { Finding, RuleId } from '../findings/finding.ts';
import type { Rule } from './rule.ts';

export const hardenedAnnotationRule: Rule = {
  id: 'hardened-annotation',
  level: 'immutable',
  title: 'An annotation that explains the pod',
  why: 'A change that nobody can see costs a night: `kubectl get pod -o yaml` tells which profile and rules apply.',
  apply(pod, context) {
    const present = pod.metadata?.annotations?.[hardenedAnnotation];
    const untouched = pod === context.original && present === undefined;
    if (context.subject.scope !== 'pod' || untouched) return { pod, findings: [] };
    const value = explanation(context, context.rules, brokenRules(context.findings));
    if (present === value || (present != null && present === stricter(pod, context))) {
      return { pod, findings: [] };
    }
    const after = withAnnotation(pod, hardenedAnnotation, value);
    if (after !== undefined) return { pod: after, findings: [annotationWritten] };
    return present === undefined
      ? { pod, findings: [annotationsFull] }
      : {
          pod: withoutAnnotation(pod, hardenedAnnotation),
          findings: [annotationsFull, annotationRemoved],
        };
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

export const annotationRemoved: Finding = {
  rule: 'hardened-annotation',
  outcome: 'changed',
  code: 'annotation-removed',
  detail: `the annotation ${hardenedAnnotation} came with a value that is not true of the pod, and was taken away`,
};

/** What the strictest level would write of the pod as it is. */
function stricter(pod: Pod, context: RuleContext): string {
  const beyond = context.beyond(pod);
  const broken = new Set(brokenRules(context.findings));
  // What the rules of this level changed is mended; what those beyond it would change is not.
  for (const finding of beyond) if (finding.outcome === 'changed') note(finding, broken);
  for (const each of brokenRules(beyond)) broken.add(each);
  return explanation(context, ruleIds, broken);
}

/** Containers that we added are not in it: they belong to the container that they serve. */
function explanation(
  context: RuleContext,
  rules: readonly RuleId[],
  broken: ReadonlySet<string>,
): string {
  const forPod = rules.filter((rule) => rule !== 'hardened-annotation' && !broken.has(rule));
  const everyRule = JSON.stringify(forPod);
  const text: string[] = [];
  for (const container of containersOf(context.original, ['initContainers', 'containers'])) {
    if (context.isSeed(container)) continue;
    const { name } = container;
    const hold =
      broken.size === 0
        ? everyRule
        : JSON.stringify(forPod.filter((rule) => !broken.has(`${rule} ${name}`)));
    const { profile, skipped } = context.profileOf(container);
    const told = skipped ? '' : `"profile":${JSON.stringify(profile.name)},`;
    text.push(`${JSON.stringify(name)}:{${told}"rules":${hold}}`);
  }
  return `{${text.join(',')}}`;
}

/**
 * Rules that the final pod does not satisfy: as `rule` for the whole pod, as `rule container` for
 * one container.
 */
function brokenRules(findings: readonly Finding[]): ReadonlySet<string> {
  const broken = new Set<string>();
  for (const finding of findings) if (reasonOf(finding.code).lasting) note(finding, broken);
  return broken;
}

function note({ rule, container }: Finding, broken: Set<string>): void {
  broken.add(container === undefined ? rule : `${rule} ${container}`);
}
