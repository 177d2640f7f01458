/**
 * The pod says what was done to it.
 *
 * Fields:
 * - the annotation `lithopod.dev/hardened`: JSON by container name, of the profile, the rules that
 *   hold, and those that an Exemption spares it
 *
 * Allowed: what is true of the pod at this level, or at a stricter one.
 *
 * Source: the final spec, the catalogue and the namespace's Exemptions alone, so that a second
 * pass writes the same text.
 *
 * A value that came with the pod counts for nothing. One that is not true is corrected; where the
 * true one has no room it is removed. A pod that needed no change is given none, unless an
 * Exemption lets something through: `lithopod status` finds the pods of an ended one by it.
 */
import { withAnnotation } from '../pod/annotations.ts';
import { withoutAnnotation } from '../pod/change.ts';
import { containersOf } from '../pod/containers.ts';
import { hardenedAnnotation } from '../mounts/names.ts';
import { reasonOf } from '../findings/reasons.ts';
import { ruleIds } from '../findings/finding.ts';
import type { RuleContext } from '../context/context.ts';
import type { Pod } from '../pod/pod.ts';
import type { Finding, RuleId } from '../findings/finding.ts';
import type { Report } from '../findings/report.ts';
import { annotationPointer } from '../values/json-pointer.ts';
import { podScope } from './rule.ts';
import type { Rule } from './rule.ts';

export const hardenedAnnotationRule: Rule = {
  id: 'hardened-annotation',
  level: 'immutable',
  title: 'An annotation that explains the pod',
  why: 'A change that nobody can see costs a night: `kubectl get pod -o yaml` tells which profile and rules apply.',
  scopes: podScope,
  apply(pod, context, report) {
    const present = pod.metadata?.annotations?.[hardenedAnnotation];
    const spared = sparedRules(report.findings);
    if (pod === context.original && present === undefined && spared.size === 0) return pod;
    const value = explanation(context, context.rules, brokenRules(report.findings), spared);
    if (present === value || (present != null && present === stricter(pod, context, report))) {
      return pod;
    }
    const after = withAnnotation(pod, hardenedAnnotation, value);
    if (after !== undefined) {
      report.pod('annotation-written', pointer, { annotation: hardenedAnnotation });
      return after;
    }
    report.pod('annotations-full', '/metadata/annotations', {
      annotation: hardenedAnnotation,
      blocksScaleDown: false,
    });
    return present === undefined ? pod : withoutHardenedAnnotation(pod, report);
  },
};

const pointer = annotationPointer(hardenedAnnotation);

/** The pod without the annotation, which is not true of it. */
export function withoutHardenedAnnotation(pod: Pod, report: Report): Pod {
  report.pod('annotation-removed', pointer, { annotation: hardenedAnnotation });
  return withoutAnnotation(pod, hardenedAnnotation);
}

/** What the strictest level would write of the pod as it is. */
function stricter(pod: Pod, context: RuleContext, { findings }: Report): string {
  const findingsLeft = context.stricterFindings(pod);
  const broken = new Set(brokenRules(findings));
  // What the rules of this level changed is fixed; what stricter rules would change is not.
  for (const finding of findingsLeft) {
    if (reasonOf(finding.code).outcome === 'changed') note(finding, broken);
  }
  for (const each of brokenRules(findingsLeft)) broken.add(each);
  const spared = sparedRules([...findings, ...findingsLeft]);
  return explanation(context, ruleIds, broken, spared);
}

/** By container: the rules that it is spared, each with its Exemption. */
type SparedRules = ReadonlyMap<string | undefined, ReadonlyMap<string, string>>;

function sparedRules(findings: readonly Finding[]): SparedRules {
  const spared = new Map<string | undefined, Map<string, string>>();
  for (const { code, args, rule, container } of findings) {
    if (code !== 'exempted') continue;
    let rules = spared.get(container);
    if (rules === undefined) {
      rules = new Map<string, string>();
      spared.set(container, rules);
    }
    rules.set(rule, args.exemption);
  }
  return spared;
}

/** In the order of the rules, whichever pass found them. */
function exemptText(exempt: ReadonlyMap<string, string>): string {
  const inOrder = ruleIds.flatMap((rule) => {
    const exemption = exempt.get(rule);
    return exemption === undefined ? [] : [[rule, exemption] as const];
  });
  return JSON.stringify(Object.fromEntries(inOrder));
}

/** Containers that we added are not in it: they belong to the container that they serve. */
function explanation(
  context: RuleContext,
  rules: readonly RuleId[],
  broken: ReadonlySet<string>,
  spared: SparedRules,
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
    const exempt = spared.get(name);
    const by = exempt === undefined ? '' : `,"exempt":${exemptText(exempt)}`;
    text.push(`${JSON.stringify(name)}:{${told}"rules":${hold}${by}}`);
  }
  return `{${text.join(',')}}`;
}

/**
 * Rules that the final pod does not satisfy: as `rule` for the whole pod, as `rule container` for
 * one container.
 */
function brokenRules(findings: readonly Finding[]): ReadonlySet<string> {
  const broken = new Set<string>();
  for (const finding of findings) if (reasonOf(finding.code).unresolved) note(finding, broken);
  return broken;
}

function note({ rule, container }: Finding, broken: Set<string>): void {
  broken.add(container === undefined ? rule : `${rule} ${container}`);
}
