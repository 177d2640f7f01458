/** Decides whether a pod of a cluster is mutable, and why, as far as that can be known. */
import { z } from 'zod';
import { isNeverSelected, labelPrefix } from '../../core/namespaces.ts';
import { weaknessesOf } from '../../core/weaknesses.ts';
import { skipReason } from '../../core/context/unsupported-pods.ts';
import { levels } from '../../core/findings/finding.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { exemptionsIn } from '../../core/annotation.ts';
import { podFinding } from './pod-maker.ts';
import type { HardenedAnnotation } from '../../core/annotation.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { PodFinding } from './pod-maker.ts';

/** Why a pod is mutable. */
export interface Mutability {
  readonly reason: MutableReason;
  /** One sentence. */
  readonly why: string;
  /** What the level `immutable` would change to protect the root and the node. */
  readonly weaknesses: readonly PodFinding[];
}

/**
 * `unsupported`: a static or a Windows pod. `exempted`: by an Exemption. `changed-later`: it has
 * the annotation all the same. `never-selected`: its namespace is not. `no-label`: its namespace
 * has none. `not-asked`: it was created before the label, or while the webhook was not asked.
 * `unread`: the namespace could not be read.
 */
export type MutableReason =
  | 'unsupported'
  | 'exempted'
  | 'changed-later'
  | 'never-selected'
  | 'no-label'
  | 'not-asked'
  | 'unread';

const enforceLabel = `${labelPrefix}enforce`;

interface AboutPod {
  readonly namespace: string;
  /** Undefined where the pod has none. */
  readonly annotation: HardenedAnnotation | undefined;
}

/**
 * Why the pod is mutable; undefined where it is not. Where the namespace cannot be read, the
 * problem is added to `unread`.
 */
export async function mutabilityOf(
  pod: Pod,
  { namespace, annotation }: AboutPod,
  reader: Pick<PodReader, 'readNamespace'>,
  catalogue: Catalogue,
  unread: string[],
): Promise<Mutability | undefined> {
  const exempt = skipReason(pod);
  const weaknesses = weaknessesOf(pod, catalogue).map(podFinding);
  if (weaknesses.length === 0 && exempt?.code !== 'windows-pod') return undefined;
  if (exempt !== undefined) {
    return { reason: 'unsupported', why: sentenceOf(exempt), weaknesses };
  }
  if (annotation !== undefined) {
    const by = exemptionsIn(annotation);
    if (by.length === 0) {
      return { reason: 'changed-later', why: annotatedAllTheSame, weaknesses };
    }
    const why = `an Exemption spares it some rules: ${by.join(', ')}`;
    return { reason: 'exempted', why, weaknesses };
  }
  if (isNeverSelected(namespace, {})) {
    const why = `Lithopod never selects the namespace ${namespace}`;
    return { reason: 'never-selected', why, weaknesses };
  }
  const read = await reader.readNamespace(namespace);
  if (read.ok) return { ...whyIn(namespace, read.value), weaknesses };
  unread.push(...read.problems.map(({ message }) => message));
  return {
    reason: 'unread',
    why: 'whether its namespace asks for hardening could not be read',
    weaknesses,
  };
}

const annotatedAllTheSame =
  'it has Lithopod’s annotation, and yet is not as this Lithopod makes pods: something changed it later, or another version, or one that runs with --unprofiled=skip, let it pass';

const labelled = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()) }) });

/** The reason in the namespace's labels. The API does not keep when a label was set. */
function whyIn(name: string, namespace: unknown): Pick<Mutability, 'reason' | 'why'> {
  const labels = labelsOf(namespace);
  const value = labels[enforceLabel];
  if (value === undefined) {
    return { reason: 'no-label', why: `its namespace has no label ${enforceLabel}` };
  }
  if (isNeverSelected(name, labels)) {
    return { reason: 'never-selected', why: 'Lithopod never selects its own namespace' };
  }
  const counts = (levels as readonly string[]).includes(value)
    ? ''
    : ', which counts as immutable,';
  const why = `its namespace has ${enforceLabel}=${value}${counts} now, but the pod has no annotation of Lithopod: it was created before the label, or while Lithopod was not asked; created anew, it is hardened`;
  return { reason: 'not-asked', why };
}

/** The labels of an object; none where it has no readable ones. */
export function labelsOf(object: unknown): Readonly<Record<string, string>> {
  const read = labelled.safeParse(object);
  return read.success ? read.data.metadata.labels : {};
}
