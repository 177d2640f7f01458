/** What a rule reports: the closed vocabularies that findings are made of. */
import type { ReasonCode } from './reasons.ts';

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
 * `changed`: the pod was weaker and was mended; `skipped`: left alone on purpose; `conflict`: could
 * not be mended.
 */
export type Outcome = 'changed' | 'skipped' | 'conflict';

export interface Finding {
  readonly rule: RuleId;
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  /** Absent when the finding is about the pod as a whole. */
  readonly container?: string;
  /**
   * The repository of the image that has no profile, normalised; absent where the image cannot be
   * read.
   */
  readonly repository?: string;
  /** One sentence for people. Holds names and paths, never an environment value. */
  readonly detail: string;
}
