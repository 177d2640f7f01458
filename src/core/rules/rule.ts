/**
 * The contract of a rule.
 *
 * A rule is a pure function from a pod to a pod. It returns the SAME object when it changed
 * nothing, shares every part it did not touch (the diff relies on that), and tells what it did and
 * what it could not do as findings.
 */
import type { Pod } from '../pod/pod.ts';
import type { RuleContext } from '../context/context.ts';
import type { Finding, Level, RuleId } from '../findings/finding.ts';

export interface RuleResult {
  readonly pod: Pod;
  readonly findings: readonly Finding[];
}

export interface Rule {
  /** Equals the file's name. */
  readonly id: RuleId;
  readonly level: Level;
  readonly title: string;
  readonly why: string;
  apply(pod: Pod, context: RuleContext): RuleResult;
}
