/** Pods that Lithopod never hardens, whatever the namespace asks for. */
import { annotationPointer } from '../values/json-pointer.ts';
import type { NodeSelectorTerm, Pod } from '../pod/pod.ts';
import type { FindingOf } from '../findings/finding.ts';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const osLabels = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** The finding that says why the pod is left as it is; undefined for a pod that is hardened. */
export function skipReason(pod: Pod): FindingOf<'mirror-pod' | 'windows-pod'> | undefined {
  if (pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return mirrorPod;
  return runsOnWindows(pod) ? windowsPod : undefined;
}

const mirrorPod: FindingOf<'mirror-pod'> = {
  rule: 'unsupported-pod',
  code: 'mirror-pod',
  container: undefined,
  at: annotationPointer(mirrorAnnotation),
  args: {},
};

const windowsPod: FindingOf<'windows-pod'> = {
  rule: 'unsupported-pod',
  code: 'windows-pod',
  container: undefined,
  at: '/spec',
  args: {},
};

/**
 * Whether the pod can run on Windows nodes only. The kubelet of a Linux node refuses a pod with
 * any of the fields that are read here, so none of them is a way around hardening. It ignores
 * `windowsOptions`, so that field does not count.
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
