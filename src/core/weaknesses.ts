/** What of a pod that runs leaves its root, or its node, open. */
import { defaultPolicy } from './context/context.ts';
import { reasonOf } from './findings/reasons.ts';
import { harden } from './harden.ts';
import type { Catalogue } from './catalogue/match/catalogue.ts';
import type { Finding, Reporter } from './findings/finding.ts';
import type { Pod } from './pod/pod.ts';

/** The rules behind the label `lithopod.dev/require`. None of them depends on a profile. */
const rootRules = new Set<Reporter>([
  'no-privileged',
  'no-escape',
  'host-paths',
  'termination-message',
  'read-only-root',
]);

/**
 * What the level `immutable` would change to protect the root and the node: none in a pod that is
 * immutable. Annotations of the pod, which may say anything, are not read.
 */
export function weaknessesOf({ spec }: Pod, catalogue: Catalogue): readonly Finding[] {
  return harden({ spec }, catalogue, defaultPolicy).findings.filter(
    ({ rule, code }) => rootRules.has(rule) && reasonOf(code).outcome === 'changed',
  );
}
