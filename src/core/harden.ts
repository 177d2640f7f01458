/** Hardening: the rules folded over a pod, and one diff at the end. */
import { mapContainers, withSecurityContext } from './containers.ts';
import { makeContext, wholePod } from './context.ts';
import { diff } from './patch.ts';
import { exemptByKind } from './platform.ts';
import { rulesBeyond, rulesOf } from './rules/index.ts';
import type { Catalogue } from './catalogue/match.ts';
import type { Policy, RuleContext, Subject } from './context.ts';
import type { Operation } from './patch.ts';
import type { Pod } from './pod.ts';
import type { Finding, Level, RuleId } from './rules/rule.ts';

export interface Hardening {
  /** The hardened pod; the same object if it needed no change. */
  readonly pod: Pod;
  /** What turns the given pod into the hardened one. Empty if it needed no change. */
  readonly patch: readonly Operation[];
  /** What was changed, left alone or could not be mended, in the order of the rules. */
  readonly findings: readonly Finding[];
}

/**
 * Hardens a pod. Pure and deterministic; the input is never modified; a second pass over the outcome changes nothing.
 * A pod that cannot be hardened wholly is a finding, never an error.
 */
export function harden(
  pod: Pod,
  catalogue: Catalogue,
  policy: Policy,
  subject: Subject = wholePod,
): Hardening {
  const exempt = exemptByKind(pod);
  if (exempt !== undefined) return { pod, patch: [], findings: [exempt] };

  const context = makeContext(pod, catalogue, policy, subject);
  const findings: Finding[] = [];
  context.findings = findings;
  context.rules = idsOf[policy.level];
  context.beyond = (given) =>
    rulesBeyond[policy.level].flatMap((rule) => rule.apply(given, context).findings);
  let hardened = pod;
  for (const rule of rulesOf[policy.level]) {
    if (rule.id === 'hardened-annotation') hardened = spellOut(pod, hardened, context);
    const result = rule.apply(hardened, context);
    hardened = result.pod;
    for (const finding of result.findings) findings.push(finding);
  }
  return { pod: hardened, patch: diff(pod, hardened), findings };
}

const idsOf: Readonly<Record<Level, readonly RuleId[]>> = {
  immutable: rulesOf.immutable.map(({ id }) => id),
  restricted: rulesOf.restricted.map(({ id }) => id),
};

/**
 * An unset `privileged` means `false`, so it alone is no reason to change a pod. In one that is changed anyway it is
 * written out: who reads the stored pod, or checks it with a policy, need not know the default.
 */
function spellOut(before: Pod, after: Pod, context: RuleContext): Pod {
  if (after === before) return after;
  return mapContainers(after, context.lists, (container) =>
    container.securityContext?.privileged == null && context.isTreated(container)
      ? withSecurityContext(container, { privileged: false })
      : container,
  );
}
