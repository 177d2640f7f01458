/** Pods that admission must leave alone, whatever the namespace asks for. */
import type { NodeSelectorTerm, Pod } from '../pod/pod.ts';
import type { Finding } from '../findings/finding.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const osLabels = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** Why the pod is left as it is, or nothing. */
export function skipReason(pod: Pod): Finding | undefined {
  if (pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) {
    return {
      rule: 'read-only-root',
      outcome: 'skipped',
      code: 'mirror-pod',
      detail:
        'the pod mirrors a static pod of its node: it is changed in its file there, or not at all',
    };
  }
  if (runsOnWindows(pod)) {
    return {
      rule: 'read-only-root',
      outcome: 'skipped',
      code: 'windows-pod',
      detail: 'the pod runs on Windows, which has no read-only root filesystem',
    };
  }
  return undefined;
}

/**
 * Whether the pod can run on Windows nodes only. Each of these is enforced by the kubelet of a
 * Linux node, which refuses the pod, so none of them is a way around hardening; `windowsOptions` is
 * ignored there, so it does not count.
 */
function runsOnWindows({ spec }: Pod): boolean {
  const os = spec.os?.name;
  if (os) return os === 'windows';
  if (osLabels.some((label) => spec.nodeSelector?.[label] === 'windows')) return true;
  const terms =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return Array.isArray(terms) && terms.length > 0 && terms.every(allowsOnlyWindows);
}

function allowsOnlyWindows({ matchExpressions }: NodeSelectorTerm): boolean {
  return (matchExpressions ?? []).some(
    ({ key, operator, values }) =>
      osLabels.includes(key) &&
      operator === 'In' &&
      values?.length === 1 &&
      values[0] === 'windows',
  );
}
