/** Steps and findings where an Exemption spares containers some rules. */
import { Report } from './findings/report.ts';
import { reasonOf } from './findings/reasons.ts';
import { containersOf } from './pod/containers.ts';
import type { RunningContext } from './context/context.ts';
import type { Exemption } from './exemptions/exemption.ts';
import type { RuleId } from './findings/finding.ts';
import type { Container, Pod } from './pod/pod.ts';
import type { Step } from './rules/rule.ts';

/**
 * The pod after the step. A rule that no container is subject to is not applied at all, so that it
 * leaves the pod's own fields, too.
 */
export function applyStep(step: Step, pod: Pod, context: RunningContext, report: Report): Pod {
  report.rule = context.rule = step.id;
  if (context.unspared !== undefined && isForNobody(step.id, pod, context)) return pod;
  return step.apply(pod, context, report);
}

function isForNobody(rule: RuleId, pod: Pod, context: RunningContext): boolean {
  const containers = changeable(pod, context);
  return (
    containers.length > 0 &&
    containers.every((container) => context.exemptionOf(rule, container) !== undefined)
  );
}

/** The containers that the API lets us change, without those that copy files for one of them. */
function changeable(pod: Pod, context: RunningContext): readonly Container[] {
  return containersOf(pod, context.lists).filter(
    (container) => context.acceptsChange(container) && !context.isSeed(container),
  );
}

/**
 * Reports what Exemptions let through in the finished pod: for each rule and container that is
 * spared it, once, where the rule would change something or report what it does not now.
 *
 * Of the finished pod, since another rule may have taken the same thing away: a second pass would
 * find it gone.
 */
export function reportSpared(
  rules: readonly Step[],
  pod: Pod,
  context: RunningContext,
  report: Report,
): void {
  const { unspared } = context;
  if (unspared === undefined) return;
  for (const rule of rules) {
    const spared = sparedOf(rule.id, pod, context);
    if (spared.size === 0) continue;
    const found = new Report(context.original);
    found.rule = rule.id;
    rule.apply(pod, unspared, found);
    const known = new Set(report.findings.filter(isOfPod).map(({ code }) => code));
    report.rule = rule.id;
    for (const { container, code, at } of found.findings) {
      const { outcome, warn, unresolved } = reasonOf(code);
      if (outcome !== 'changed' && !warn && !unresolved) continue;
      if (container === undefined && known.has(code)) continue;
      // What is of the pod itself is of every container that is spared the rule.
      for (const name of container === undefined ? [...spared.keys()] : [container]) {
        const exemption = spared.get(name);
        if (exemption === undefined) continue;
        spared.delete(name);
        report.exempted(name, at, exemption);
      }
    }
  }
}

/** By container name: the Exemption that spares it the rule. */
function sparedOf(rule: RuleId, pod: Pod, context: RunningContext): Map<string, Exemption> {
  const spared = new Map<string, Exemption>();
  for (const container of changeable(pod, context)) {
    const exemption = context.exemptionOf(rule, container);
    if (exemption !== undefined) spared.set(container.name, exemption);
  }
  return spared;
}

function isOfPod({ container }: { readonly container: string | undefined }): boolean {
  return container === undefined;
}
