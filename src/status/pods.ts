/** Counts pods, and finds those that are mutable. */
import { z } from 'zod';
import { exemptionsIn, readAnnotation } from '../core/annotation.ts';
import { readPod } from '../core/pod/read-pod.ts';
import { skipReason } from '../core/context/unsupported-pods.ts';
import { shownList } from '../core/values/text.ts';
import { weaknessesOf } from '../core/weaknesses.ts';
import { loadCatalogue } from '../profile-files/catalogue-files.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { MutablePod, PodFacts } from './facts.ts';

export interface PodCounterOptions {
  /** Exemptions that have not ended, as `namespace/name`. */
  readonly inForce: ReadonlySet<string>;
  /** False: they could not be read, so of none it is said that it ended. */
  readonly exemptionsKnown: boolean;
}

export interface PodCounter {
  readonly take: (pod: Readonly<Record<string, unknown>>) => void;
  readonly facts: () => PodFacts;
}

/** A line for each is enough of them; the count is of all. */
const maxNamed = 1000;

const running = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(''),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().nullish(),
  }),
});

export async function makePodCounter(options: PodCounterOptions): Promise<PodCounter> {
  const catalogue = await loadCatalogue();
  if (!catalogue.ok) throw new Error('the built-in catalogue cannot be read');
  const mutable: MutablePod[] = [];
  const byEnded: { readonly name: string; readonly exemption: string }[] = [];
  let count = 0;
  return {
    take(object) {
      const parsed = running.safeParse(object);
      const pod = readPod(object);
      if (!parsed.success || !pod.ok || parsed.data.metadata.deletionTimestamp != null) return;
      const { name: short, namespace, creationTimestamp: since } = parsed.data.metadata;
      const name = `${namespace}/${short}`;
      count++;
      // Of a Windows pod there is no root to make read-only; a static pod comes from a file.
      if (skipReason(pod.value) !== undefined) return;
      // As `namespace/name`: whoever may write pods may have written anything.
      const spared = exemptionsIn(readAnnotation(pod.value) ?? {}).map(
        (each) => `${namespace}/${each}`,
      );
      const ended = spared.filter((each) => options.exemptionsKnown && !options.inForce.has(each));
      for (const exemption of ended) {
        if (byEnded.length < maxNamed) byEnded.push({ name, exemption });
      }
      const weaknesses = weaknessesOf(pod.value, catalogue.value);
      if (weaknesses.length === 0) return;
      const [exemption] = spared.filter((each) => !ended.includes(each));
      const why = brokenRules(weaknesses);
      mutable.push({ name, since, why, ...(exemption !== undefined && { exemption }) });
    },
    facts: () => ({ count, mutable, byEnded }),
  };
}

/** `container "web" does not meet no-privileged, read-only-root`, for each container. */
function brokenRules(weaknesses: readonly Finding[]): string {
  const byContainer = new Map<string, Set<string>>();
  for (const { container, rule } of weaknesses) {
    const subject = container === undefined ? 'the pod' : `container "${container}"`;
    const rules = byContainer.get(subject);
    if (rules === undefined) byContainer.set(subject, new Set([rule]));
    else rules.add(rule);
  }
  return shownList(
    [...byContainer],
    ([subject, rules]) => `${subject} does not meet ${[...rules].join(', ')}`,
  );
}
