/** What `explain` knows of all pods of a namespace. namespace-overview-text.ts prints it. */
import { controllerOf } from '../../cluster/owner.ts';
import { makeContext, wholePod } from '../../core/context/context.ts';
import { labelModes, labelPrefix } from '../../core/namespaces.ts';
import { containerLists } from '../../core/pod/pod.ts';
import { readPod } from '../../core/pod/read-pod.ts';
import { failure, success } from '../../core/values/result.ts';
import { readAnnotation } from '../../core/annotation.ts';
import { labelsOf, mutabilityOf } from './mutability.ts';
import type { PodReader } from '../../cluster/pod-reader.ts';
import type { Catalogue } from '../../core/catalogue/match/catalogue.ts';
import type { LabelMode } from '../../core/namespaces.ts';
import type { Policy } from '../../core/context/context.ts';
import type { Pod } from '../../core/pod/pod.ts';
import type { Result } from '../../core/values/result.ts';
import type { Mutability } from './mutability.ts';

/**
 * What `explain -n NS -o json` prints as `overview`. Fields may be added; none is removed while
 * `version` is 1.
 */
export interface NamespaceOverview {
  readonly namespace: string;
  /** The levels that the labels of the namespace ask for. Absent where it could not be read. */
  readonly levels?: Readonly<Partial<Record<LabelMode, string>>>;
  readonly pods: readonly PodSummary[];
  /** What could not be read, and why. */
  readonly unread: readonly string[];
}

export interface PodSummary {
  readonly name: string;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** The pod has Lithopod's annotation, so Lithopod changed it. */
  readonly hardened: boolean;
  /** Absent where the pod is not mutable. */
  readonly mutable?: Pick<Mutability, 'reason' | 'why'>;
  readonly containers: readonly { readonly name: string; readonly profile: string }[];
}

/** Refused where the namespace is not there or its pods cannot be read. */
export async function namespaceOverviewOf(
  namespace: string,
  reader: PodReader,
  catalogue: Catalogue,
  policy: Policy,
): Promise<Result<NamespaceOverview>> {
  const [labelled, listed] = await Promise.all([
    reader.readNamespace(namespace),
    reader.listPods(namespace),
  ]);
  if (!listed.ok) return listed;
  if (!labelled.ok && labelled.problems.some(({ kind }) => kind === 'not-found')) return labelled;
  const unread = labelled.ok ? [] : labelled.problems.map(({ message }) => message);
  if (!listed.value.complete) {
    unread.push(`more than ${listed.value.items.length} pods: the rest is not listed`);
  }
  const once = { readNamespace: () => Promise.resolve(labelled) };
  const pods: PodSummary[] = [];
  for (const item of listed.value.items) {
    const read = readPod(item);
    if (!read.ok) return failure(...read.problems);
    const pod = read.value;
    const annotation = readAnnotation(pod);
    const mutable = await mutabilityOf(pod, { namespace, annotation }, once, catalogue, unread);
    const owner = ownerOf(item, pod);
    pods.push({
      name: pod.metadata?.name ?? '',
      ...(owner && { owner }),
      hardened: annotation !== undefined,
      ...(mutable && { mutable: { reason: mutable.reason, why: mutable.why } }),
      containers: profilesOf(pod, catalogue, policy),
    });
  }
  return success({
    namespace,
    ...(labelled.ok && { levels: levelsIn(labelsOf(labelled.value)) }),
    pods,
    unread: [...new Set(unread)],
  });
}

function levelsIn(
  labels: Readonly<Record<string, string>>,
): NonNullable<NamespaceOverview['levels']> {
  return Object.fromEntries(
    labelModes.flatMap((mode) => {
      const level = labels[`${labelPrefix}${mode}`];
      return level === undefined ? [] : [[mode, level] as const];
    }),
  );
}

/**
 * The controller. Of a ReplicaSet that a Deployment made, the Deployment: it gives its pods a label
 * and ends the name of the ReplicaSet with its value, so that needs no request for each.
 */
function ownerOf(item: unknown, pod: Pod): PodSummary['owner'] {
  const owner = controllerOf(item);
  if (owner === undefined) return undefined;
  const { kind, name } = owner;
  const hash = pod.metadata?.labels?.['pod-template-hash'];
  const end = `-${hash ?? ''}`;
  return kind === 'ReplicaSet' && hash != null && name.endsWith(end)
    ? { kind: 'Deployment', name: name.slice(0, -end.length) }
    : { kind, name };
}

function profilesOf(pod: Pod, catalogue: Catalogue, policy: Policy): PodSummary['containers'] {
  const context = makeContext(pod, catalogue, policy, wholePod);
  return containerLists.flatMap((list) =>
    (pod.spec[list] ?? [])
      .filter((container) => !context.isSeed(container))
      .map((container) => ({
        name: container.name,
        profile: context.profileOf(container).match.profile.name,
      })),
  );
}
