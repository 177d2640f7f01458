/** Decides whether a pod of a cluster is mutable, and why, as far as that can be known. */
import { z } from 'zod';
import { harden } from '../../core/harden.ts';
import { defaultPolicy } from '../../core/context/context.ts';
import { skipReason } from '../../core/context/unsupported-pods.ts';
import { levels } from '../../core/findings/finding.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { toTemplate, podFinding } from './pod-maker.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Reporter } from '../../core/findings/finding.ts';
import type { PodFinding } from './pod-maker.ts';

/** Why a pod is mutable. */
export interface Mutability {
  /** One sentence. */
  readonly why: string;
  /** What the level `immutable` would change to protect the root and the node. */
  readonly weaknesses: readonly PodFinding[];
}

/** The rules behind the label `lithopod.dev/require`. None of them depends on a profile. */
const rootRules = new Set<Reporter>([
  'no-privileged',
  'no-escape',
  'host-paths',
  'termination-message',
  'read-only-root',
]);

/** Namespaces that no webhook in manifests/70-webhook.yaml selects. */
const neverSelected = new Set(['kube-system', 'kube-node-lease', 'kube-public', 'lithopod-system']);
const enforceLabel = 'lithopod.dev/enforce';

/**
 * Why the pod is mutable; undefined where it is not. `annotated`: the pod has the annotation of a
 * hardened pod. Where the namespace cannot be read, the problem is added to `unread`.
 */
export async function mutabilityOf(
  pod: Pod,
  { namespace, annotated }: { readonly namespace: string; readonly annotated: boolean },
  reader: PodReader,
  catalogue: Catalogue,
  unread: string[],
): Promise<Mutability | undefined> {
  const exempt = skipReason(pod);
  const weaknesses = harden(toTemplate(pod), catalogue, defaultPolicy)
    .findings.filter(
      ({ rule, code }) => rootRules.has(rule) && reasonOf(code).outcome === 'changed',
    )
    .map(podFinding);
  if (weaknesses.length === 0 && exempt?.code !== 'windows-pod') return undefined;
  if (exempt !== undefined) return { why: sentenceOf(exempt), weaknesses };
  if (annotated) return { why: annotatedAllTheSame, weaknesses };
  if (neverSelected.has(namespace)) {
    return { why: `Lithopod never selects the namespace ${namespace}`, weaknesses };
  }
  const read = await reader.readNamespace(namespace);
  if (read.ok) return { why: whyIn(read.value), weaknesses };
  unread.push(...read.problems.map(({ message }) => message));
  return {
    why: 'whether its namespace asks for hardening could not be read',
    weaknesses,
  };
}

const annotatedAllTheSame =
  'it has Lithopod’s annotation, and yet is not as this Lithopod makes pods: something changed it later, or another version, or one that runs with --unprofiled=skip, let it pass';

const labelled = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) });

/** The reason in the namespace's labels. The API does not keep when a label was set. */
function whyIn(namespace: unknown): string {
  const read = labelled.safeParse(namespace);
  const value = read.success ? read.data.metadata.labels[enforceLabel] : undefined;
  if (value === undefined) return `its namespace has no label ${enforceLabel}`;
  const counts = (levels as readonly string[]).includes(value)
    ? ''
    : ', which counts as immutable,';
  return `its namespace has ${enforceLabel}=${value}${counts} now, but the pod has no annotation of Lithopod: it was created before the label, or while Lithopod was not asked; created anew, it is hardened`;
}
