/** Takes pods one after the other, and counts those that cannot be read. */
import { z } from 'zod';
import { podStatusOf } from '../cluster/pod-status.ts';
import { readPod } from '../core/pod/read-pod.ts';
import { formatProblem } from '../core/values/result.ts';
import { judgePod } from './judge-pod.ts';
import { makeTally } from './tally.ts';
import type { SurveyFacts } from './judge-pod.ts';
import type { Survey } from './survey.ts';

export interface PodIntake {
  /** Any value: what is no pod is counted, and said. A pod that is being deleted is passed over. */
  readonly take: (object: unknown) => void;
  readonly survey: (about: Pick<Survey, 'namespace' | 'unread'>) => Survey;
}

const named = z.object({
  metadata: z.object({
    name: z.string().catch(''),
    namespace: z.string().catch('default'),
    deletionTimestamp: z.string().nullish().catch(undefined),
  }),
});

const finishedPhases: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

/** Begins with no pod. */
export function makePodIntake(facts: SurveyFacts): PodIntake {
  const tally = makeTally(facts.policy);
  let unreadable = 0;
  let example = '';
  return {
    take(object) {
      const metadata = named.safeParse(object);
      const pod = readPod(object);
      if (!metadata.success || !pod.ok) {
        unreadable++;
        const [problem] = pod.ok ? [] : pod.problems;
        if (problem !== undefined && example === '') {
          example = `: ${metadata.success ? `${metadata.data.metadata.name}: ` : ''}${formatProblem(problem)}`;
        }
        return;
      }
      const { namespace, deletionTimestamp } = metadata.data.metadata;
      if (deletionTimestamp != null) return;
      const { phase, runs } = podStatusOf(object);
      const run = { namespace, finished: finishedPhases.has(phase), runs };
      tally.take(judgePod(pod.value, run, facts), run);
    },
    survey({ unread, ...about }) {
      const malformed =
        unreadable === 0
          ? []
          : [`${unreadable} ${unreadable === 1 ? 'pod' : 'pods'} of another shape${example}`];
      return tally.survey({ ...about, unread: [...unread, ...malformed] });
    },
  };
}
