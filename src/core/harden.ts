/** Hardening: applies the rules to a pod one after the other, and makes one diff at the end. */
import { makeContext, wholePod } from './context/context.ts';
import { hardenedAnnotation } from './mounts/names.ts';
import { diff } from './patch.ts';
import { toUniformPod } from './pod/generated/pod-views.ts';
import { toApiPod } from './pod/uniform-pod.ts';
import { skipReason } from './context/unsupported-pods.ts';
import { Report } from './findings/report.ts';
import { applyStep, reportSpared } from './spared.ts';
import { withoutHardenedAnnotation } from './rules/hardened-annotation.ts';
import { stricterRules, stepsOf, rulesOf } from './rules/index.ts';
import type { Catalogue } from './catalogue/match/catalogue.ts';
import type { Policy, RunningContext, Subject } from './context/context.ts';
import type { PodExemptions } from './exemptions/pod-exemptions.ts';
import type { Operation } from './patch.ts';
import type { Pod } from './pod/pod.ts';
import type { Finding, Level } from './findings/finding.ts';

/** The outcome of hardening one pod. */
export interface Hardening {
  /** The hardened pod; the given object if it needed no change. */
  readonly pod: Pod;
  /** The operations that turn the given pod into the hardened one. Empty if it needed no change. */
  readonly patch: readonly Operation[];
  /** What was changed, was left alone or could not be fixed, in the order of the rules. */
  readonly findings: readonly Finding[];
}

/**
 * Hardens a pod. Pure and deterministic: it never modifies the input, and a second pass over the
 * outcome changes nothing. It never throws: what cannot be hardened is a finding. A mirror pod or
 * a Windows pod is left as it is, except that a Windows pod loses Lithopod's annotation.
 *
 * `exemptions`: what spares its containers some rules. Each rule that had something to do there is
 * a finding with the code `exempted`.
 */
export function harden(
  pod: Pod,
  catalogue: Catalogue,
  policy: Policy,
  subject: Subject = wholePod,
  exemptions?: PodExemptions,
): Hardening {
  const exempt = skipReason(pod);
  if (exempt !== undefined) return leftAlone(pod, exempt, subject);

  const view = toUniformPod(pod);
  const report = new Report(view);
  const { steps, rules, stricterFindings } = levels[policy.level];
  const work = { rules, stricterFindings };
  const context = makeContext(view, catalogue, policy, subject, work, exemptions);
  const ofScope = steps[subject.scope];
  let hardened = view;
  for (const step of ofScope) {
    // The annotation names what was let through.
    if (step.id === 'hardened-annotation') reportSpared(ofScope, hardened, context, report);
    hardened = applyStep(step, hardened, context, report);
  }
  if (subject.scope !== 'pod') reportSpared(ofScope, hardened, context, report);
  return new Outcome(pod, hardened, diff(view, hardened), report.findings);
}

/**
 * Leaves the pod as it is, except that it removes an annotation which calls the pod hardened.
 *
 * The mirror of a static pod keeps the annotation: the kubelet compares the mirror with its file,
 * so it would delete the mirror and make it again for ever.
 */
function leftAlone(pod: Pod, exempt: Finding, { scope }: Subject): Hardening {
  const isCalledHardened = pod.metadata?.annotations?.[hardenedAnnotation] !== undefined;
  if (!isCalledHardened || scope !== 'pod' || exempt.code === 'mirror-pod') {
    return { pod, patch: [], findings: [exempt] };
  }
  const report = new Report(pod);
  report.rule = 'hardened-annotation';
  const after = withoutHardenedAnnotation(pod, report);
  return { pod: after, patch: diff(pod, after), findings: [exempt, ...report.findings] };
}

/**
 * A class rather than an object literal with a getter: V8 would give the literal a new hidden
 * class for each pod and promote it to old space (test/retention.test.ts).
 */
class Outcome implements Hardening {
  readonly patch: readonly Operation[];
  readonly findings: readonly Finding[];
  readonly #hardened: Pod;
  #whole: Pod | undefined;

  constructor(pod: Pod, hardened: Pod, patch: readonly Operation[], findings: readonly Finding[]) {
    this.patch = patch;
    this.findings = findings;
    this.#hardened = hardened;
    this.#whole = patch.length === 0 ? pod : undefined;
  }

  /** Made on first use: a webhook answers with the patch and never asks for the pod. */
  get pod(): Pod {
    return (this.#whole ??= toApiPod(this.#hardened));
  }
}

const levels = {
  immutable: workOf('immutable'),
  restricted: workOf('restricted'),
} as const satisfies Readonly<Record<Level, unknown>>;

function workOf(level: Level) {
  return {
    steps: stepsOf[level],
    rules: rulesOf[level].map(({ id }) => id),
    stricterFindings: (pod: Pod, context: RunningContext): readonly Finding[] => {
      const report = new Report(context.original);
      for (const rule of stricterRules[level]) applyStep(rule, pod, context, report);
      reportSpared(stricterRules[level], pod, context, report);
      return report.findings;
    },
  };
}
