/**
 * The contract of a rule.
 *
 * A rule is a pure function from a pod to a pod. It returns the SAME object when it changed
 * nothing, shares every part it did not touch (the diff relies on that), and reports what it did
 * and what it could not do.
 */
import type { Pod } from '../pod/pod.ts';
import type { RuleContext, Scope } from '../context/context.ts';
import type { Level, RuleId } from '../findings/finding.ts';
import type { Report } from '../findings/report.ts';

/** What happens at one place in the order. */
export interface Step {
  readonly id: RuleId;
  readonly level: Level;
  /** What it is for: it is never asked about anything else. */
  readonly scopes: readonly Scope[];
  apply(pod: Pod, context: RuleContext, report: Report): Pod;
}

/** A step with a page of its own. `id` equals the file's name. */
export interface Rule extends Step {
  readonly title: string;
  readonly why: string;
}

/** Of a rule that has no use for an ephemeral container, which can be given no volume. */
export const podScope: readonly Scope[] = ['pod'];
export const anyScope: readonly Scope[] = ['pod', 'ephemeral-containers'];
