/** The controller that made a pod, and what its template asks for that the pod does not have. */
import { controllerOf, templateIn, templateSourceOf } from '../../cluster/owner.ts';
import { harden } from '../../core/harden.ts';
import { containersOf } from '../../core/pod/containers.ts';
import { defaultPolicy } from '../../core/context/context.ts';
import { skipReason } from '../../core/context/unsupported-pods.ts';
import { reasonOf } from '../../core/findings/reasons.ts';
import { sentenceOf } from '../../core/findings/sentence.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import type { Owner } from '../../cluster/owner.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { ReasonCode } from '../../core/findings/reasons.ts';

/** The controller of a pod. */
export interface Maker {
  readonly kind: string;
  readonly name: string;
  /** The controller's own controller: the Deployment of a ReplicaSet. */
  readonly by?: { readonly kind: string; readonly name: string };
  /**
   * What the template asks for and the pod does not have, whoever removed it. Absent where the
   * template cannot be read (`unread` then says why), and for a mirror or a Windows pod, from
   * which nothing is removed.
   */
  readonly taken?: readonly PodFinding[];
}

/** A finding without its rule, and without a place in a manifest. */
export interface PodFinding {
  readonly container?: string;
  readonly code: ReasonCode;
  readonly detail: string;
}

/**
 * The pod's controller; undefined where no controller made the pod. `object` is the pod as it was
 * read. What cannot be read is added to `unread`.
 */
export async function makerOf(
  object: unknown,
  pod: Pod,
  namespace: string,
  reader: PodReader,
  catalogue: Catalogue,
  unread: string[],
): Promise<Maker | undefined> {
  const owner = controllerOf(object);
  if (owner === undefined) return undefined;
  const { kind, name } = owner;
  // Lithopod removes nothing from a mirror or a Windows pod.
  if (skipReason(pod) !== undefined) return { kind, name };
  const source = templateSourceOf(object, owner);
  if (source === undefined) {
    unread.push(`the template of ${kind} "${name}": the pod does not tell where it stands`);
    return { kind, name };
  }
  const read = await reader.readTemplateSource(namespace, source);
  if (!read.ok) {
    unread.push(...read.problems.map(({ message }) => message));
    return { kind, name };
  }
  const template = readPod(templateIn(read.value, source));
  if (!template.ok) {
    unread.push(`the template of ${kind} "${name}": what has its name did not make this pod`);
    return { kind, name };
  }
  const by = source.name === name ? shortOf(controllerOf(read.value)) : undefined;
  return { kind, name, ...(by && { by }), taken: takenFrom(template.value, pod, catalogue) };
}

function shortOf(owner: Owner | undefined): Maker['by'] {
  return owner && { kind: owner.kind, name: owner.name };
}

/**
 * What hardening removes from the template and does not find in the pod.
 *
 * It hardens both at the strictest level, so that the level of the pod need not be known: what a
 * milder level left is found in both. A code that is found in the pod's container too is not
 * reported, although a part may have been removed.
 */
export function takenFrom(template: Pod, pod: Pod, catalogue: Catalogue): readonly PodFinding[] {
  const policy = { ...defaultPolicy, level: 'restricted' } as const;
  const keyOf = ({ code, container }: Finding): string => `${code} ${container ?? ''}`;
  const there = new Set(harden(toTemplate(pod), catalogue, policy).findings.map(keyOf));
  const names = new Set(containersOf(pod).map(({ name }) => name));
  return harden(toTemplate(template), catalogue, policy)
    .findings.filter(
      (finding) =>
        isTaking(finding) &&
        !there.has(keyOf(finding)) &&
        (finding.container === undefined || names.has(finding.container)),
    )
    .map(podFinding);
}

function isTaking({ code }: Finding): boolean {
  const { outcome, warn } = reasonOf(code);
  return outcome === 'changed' && warn && code !== 'data-not-persistent';
}

/** The finding in words. */
export function podFinding(finding: Finding): PodFinding {
  const { container, code } = finding;
  return { ...(container !== undefined && { container }), code, detail: sentenceOf(finding) };
}

/** The pod without its annotations: they may say that it is a mirror pod or hardened. */
function toTemplate({ spec }: Pod): Pod {
  return { spec };
}
