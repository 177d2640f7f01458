/**
 * The schema of what `check -o json` prints, which is published for programs that read it. Only
 * the generator of the docs and tests load it.
 */
import { z } from 'zod';
import { levels, ruleIds } from '../../core/findings/finding.ts';
import { reasons } from '../../core/findings/reasons.ts';
import type { ReasonCode } from '../../core/findings/reasons.ts';

const count = z.int().min(0);
const position = { line: z.int().min(1), column: z.int().min(1) };
const day = z.string().describe('YYYY-MM-DD');

const objectPlace = {
  file: z.string().describe('As it was named; `<stdin>` for stdin.'),
  ...position,
  document: count.describe('Of the file, counted from 0.'),
  kind: z.string(),
  name: z.string().describe('Empty where it has none.'),
  namespace: z.string().optional(),
};

const suppression = z
  .object({
    by: z.enum(['comment', 'baseline']),
    reason: z.string().optional(),
    until: day.optional(),
  })
  .describe('Why the finding does not make the command fail.');

const codes = Object.keys(reasons) as [ReasonCode, ...ReasonCode[]];

const finding = z.object({
  ...objectPlace,
  pointer: z
    .string()
    .describe(
      'JSON pointer into the document: to the weak field, or to where it would be written.',
    ),
  container: z.string().optional(),
  image: z.string().optional(),
  profile: z.string().optional().describe('Of the image; `default` where none is for it.'),
  rule: z.enum([...ruleIds, 'unsupported-pod']),
  outcome: z.enum(['changed', 'skipped', 'conflict']),
  code: z.enum(codes),
  detail: z.string().describe('One sentence for people.'),
  fingerprint: z.string().describe('Stays when lines, containers or files move.'),
  suppressed: suppression.optional(),
});

const ignore = z.object({
  file: z.string(),
  ...position,
  state: z.enum(['used', 'unused', 'expired', 'invalid']),
  rules: z.array(z.string()),
  reason: z.string().optional(),
  until: z.string().optional(),
  detail: z.string(),
});

/** The report. Fields may be added while the version stays, so others than these are allowed. */
export const checkReportSchema = z.object({
  version: z.literal(1),
  level: z.enum(levels),
  files: z.array(z.object({ file: z.string(), documents: count })),
  objects: z.array(
    z.object({
      ...objectPlace,
      changed: z.boolean().describe('Hardening would change it.'),
      suppressed: z.literal(true).optional(),
    }),
  ),
  findings: z.array(finding),
  ignores: z.array(ignore).describe('The comments `lithopod-ignore`.'),
  unread: z
    .array(
      z.object({
        file: z.string(),
        ...position,
        document: count,
        apiVersion: z.string().optional(),
        kind: z.string().optional(),
        name: z.string(),
        detail: z.string(),
      }),
    )
    .describe('What looks as if it held containers and was not looked into.'),
  problems: z
    .array(
      z.object({
        file: z.string().optional(),
        line: position.line.optional(),
        column: position.column.optional(),
        path: z.string().optional(),
        message: z.string(),
      }),
    )
    .describe('Of files that could not be read: nothing else is said of them.'),
  summary: z.object({
    files: count,
    objects: count,
    changed: count.describe('Objects that would change, where that is not suppressed.'),
    unread: count,
    findings: z
      .object({ changed: count, skipped: count, conflict: count })
      .describe('Those that are not suppressed.'),
    suppressed: count.describe('Findings that are suppressed.'),
  }),
});

/** As JSON Schema, of which the file in schemas/ is made. */
export function checkReportJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://raw.githubusercontent.com/lithopod/lithopod/main/schemas/check-report.v1.schema.json',
    title: 'lithopod check -o json',
    description: 'Fields may be added; none is removed or changes its meaning while version is 1.',
    ...z.toJSONSchema(checkReportSchema, { io: 'input' }),
  };
}
