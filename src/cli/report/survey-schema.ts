/**
 * The schema of what `survey -o json` prints, which is published for programs that read it. Only
 * the generator of the docs and tests load it.
 */
import { z } from 'zod';
import { profileSources } from '../../core/catalogue/profile/profile.ts';
import { levels, ruleIds } from '../../core/findings/finding.ts';
import { reasons } from '../../core/findings/reasons.ts';
import { mutableReasons, profileKinds, verdicts } from '../../survey/survey.ts';
import type { ReasonCode } from '../../core/findings/reasons.ts';
import type { VerdictCode } from '../../survey/survey.ts';

const count = z.int().min(0);
const codes: readonly VerdictCode[] = [
  ...(Object.keys(reasons) as ReasonCode[]),
  'crash-loop',
  'never-selected',
];
const counts = { cannot: count, learn: count, ready: count };
const byMutableReason = z.partialRecord(z.enum(mutableReasons), count);

const image = z.object({
  image: z.string().describe('In full: `docker.io/library/nginx:1.29`.'),
  profile: z.object({
    kind: z.enum(profileKinds),
    name: z.string(),
    source: z.enum(profileSources),
    pattern: z.string().optional(),
  }),
  pods: count.describe('All, also those that ended.'),
  finished: count.describe('Those that ended.'),
  namespaces: z.array(z.string()).describe('At most twenty of them.'),
  levels: z
    .object({ restricted: count, immutable: count, none: count })
    .describe('How many pods hold which level: each is counted once, at the strictest.'),
  mutable: z
    .object({
      pods: count,
      reasons: byMutableReason,
      rules: z.partialRecord(z.enum([...ruleIds, 'unsupported-pod']), count),
    })
    .describe('Of the pods that have not ended.'),
  restarts: count.describe('Of containers that hold a level: since they were hardened.'),
  verdict: z.enum(verdicts),
  why: z.array(
    z.object({
      verdict: z.enum(['cannot', 'learn']),
      code: z.enum(codes),
      detail: z.string().describe('One sentence for people, without its subject.'),
      pods: count,
    }),
  ),
});

/** The survey. Fields may be added while the version stays, so others than these are allowed. */
export const surveySchema = z.object({
  version: z.literal(1),
  level: z.enum(levels).describe('The level that the verdicts are for.'),
  namespace: z.string().optional().describe('Absent: all namespaces, or those of the files.'),
  images: z.array(image).describe('By verdict, then by the number of pods.'),
  others: z
    .object({ uses: count, mutable: count, ...counts })
    .optional()
    .describe('Of images beyond those listed. Each pod is counted once for each of its images.'),
  summary: z.object({
    pods: count,
    finished: count,
    images: count,
    verdicts: z.object(counts),
    mutable: byMutableReason,
  }),
  unread: z.array(z.string()).describe('What is not known, and why.'),
});

/** As JSON Schema, of which the file in schemas/ is made. */
export function surveyJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://raw.githubusercontent.com/lithopod/lithopod/main/schemas/survey.v1.schema.json',
    title: 'lithopod survey -o json',
    description: 'Fields may be added; none is removed or changes its meaning while version is 1.',
    ...z.toJSONSchema(surveySchema, { io: 'input' }),
  };
}
