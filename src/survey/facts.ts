/** From objects of a cluster to what is known beside its pods. */
import { z } from 'zod';
import { mergeClusterProfiles } from '../core/catalogue/match/cluster-profiles.ts';
import { parseExemption } from '../core/exemptions/parse.ts';
import { isNeverSelected, labelPrefix } from '../core/namespaces.ts';
import { groupBy } from '../core/values/group-by.ts';
import { shownList } from '../core/values/text.ts';
import type { Catalogue } from '../core/catalogue/match/catalogue.ts';
import type { ClusterObject } from '../core/catalogue/match/cluster-profiles.ts';
import type { Policy } from '../core/context/context.ts';
import type { Exemption } from '../core/exemptions/exemption.ts';
import type { Mirror } from '../core/images/image-reference.ts';
import type { Result } from '../core/values/result.ts';
import type { NamespaceFacts, SurveyFacts } from './judge-pod.ts';

/** What the command line asks for. */
export interface SurveyOptions {
  /** Without the profiles of the cluster. */
  readonly catalogue: Catalogue;
  readonly mirrors: readonly Mirror[];
  readonly policy: Policy;
  /** Unix time in milliseconds, at which Exemptions are in force or have ended. */
  readonly now: number;
}

/** Objects as the API server stores them. Those of another shape count for nothing. */
export interface ClusterObjects {
  readonly namespaces: readonly unknown[];
  readonly profiles: readonly unknown[];
  readonly exemptions: readonly unknown[];
}

const labelled = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
});
const dated = z.looseObject({
  metadata: z.looseObject({ name: z.string(), creationTimestamp: z.string().catch('') }),
});

/**
 * The facts, and sentences about ImageProfiles that count for nothing. Refused where the profiles
 * of the command line are.
 */
export function factsOf(
  { namespaces, profiles, exemptions }: ClusterObjects,
  { catalogue, mirrors, policy, now }: SurveyOptions,
): Result<{ readonly facts: SurveyFacts; readonly unready: readonly string[] }> {
  const objects = profiles.flatMap((each): readonly ClusterObject[] => {
    const read = dated.safeParse(each);
    return read.success ? [read.data] : [];
  });
  const merged = mergeClusterProfiles(catalogue.profiles, objects, { mirrors });
  if (!merged.ok) return merged;
  const { catalogue: whole, verdicts } = merged.value;
  const unready = [...verdicts].filter(([, { ready }]) => !ready).map(([name]) => name);
  const byName = namespaceFacts(namespaces);
  const byNamespace = inForce(exemptions, now);
  return {
    ok: true,
    value: {
      facts: {
        catalogue: whole,
        policy,
        namespace: (name) =>
          byName.get(name) ?? (isNeverSelected(name, {}) ? ownOrSystem : undefined),
        exemptions: (namespace) => byNamespace.get(namespace) ?? none,
      },
      unready:
        unready.length === 0
          ? []
          : [
              `ImageProfiles that count for nothing: ${shownList(unready)}; kubectl get iprof says why`,
            ],
    },
  };
}

const none: readonly Exemption[] = [];
/** Whatever its labels are. */
const ownOrSystem: NamespaceFacts = { enforced: false, neverSelected: true };

function namespaceFacts(objects: readonly unknown[]): ReadonlyMap<string, NamespaceFacts> {
  return new Map(
    objects.flatMap((each) => {
      const read = labelled.safeParse(each);
      if (!read.success) return [];
      const { name, labels } = read.data.metadata;
      const enforced = labels?.[`${labelPrefix}enforce`] !== undefined;
      return [[name, { enforced, neverSelected: isNeverSelected(name, labels ?? {}) }]];
    }),
  );
}

function inForce(
  objects: readonly unknown[],
  now: number,
): ReadonlyMap<string, readonly Exemption[]> {
  const sound = objects.flatMap((each) => {
    const read = parseExemption(each);
    return read.ok && now < read.value.expires ? [read.value] : [];
  });
  return groupBy(sound, ({ namespace }) => namespace);
}
