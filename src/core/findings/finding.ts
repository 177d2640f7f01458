/** What a rule reports: the closed vocabularies that findings are made of. */
import type { ArgsOf, ReasonCode } from './reasons.ts';
import type { Said } from './reason.ts';

export type { Outcome } from './reason.ts';

/** What a namespace asks for. `restricted` is `immutable` and more. */
export const levels = ['immutable', 'restricted'] as const;
export type Level = (typeof levels)[number];

export const ruleIds = [
  'no-privileged',
  'no-escape',
  'termination-message',
  'host-paths',
  'read-only-root',
  'no-privilege-escalation',
  'drop-capabilities',
  'unprivileged-ports',
  'seccomp',
  'non-root',
  'environment',
  'writable-paths',
  'seeded-paths',
  'masked-binaries',
  'evictable-volumes',
  'pod-security',
  'hardened-annotation',
] as const;
export type RuleId = (typeof ruleIds)[number];

/**
 * What reports: a rule, or the look at a pod of which no rule sees anything, since it is of a kind
 * that is left alone.
 */
export type Reporter = RuleId | 'unsupported-pod';

/** A finding of one code, with the data that belong to it. */
export interface FindingOf<C extends ReasonCode> {
  readonly rule: Reporter;
  readonly code: C;
  /** Undefined where the finding is about the pod as a whole. */
  readonly container: string | undefined;
  /**
   * JSON pointer (RFC 6901) into the pod as it came: to the field that is weak, or to where it
   * would be written. `/spec` of a container that the pod did not come with.
   */
  readonly at: string;
  readonly args: ArgsOf<C>;
  /**
   * Of a service of a Compose file, whose fields have other names than a pod's: what is said in
   * place of the table's text.
   */
  readonly said?: Said;
}

export type Finding = { readonly [C in ReasonCode]: FindingOf<C> }[ReasonCode];
