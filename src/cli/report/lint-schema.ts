/**
 * The schema of what `profiles lint -o json` prints, which is published for programs that read it.
 * Only the generator of the docs and tests load it.
 */
import { z } from 'zod';

const count = z.int().min(0);

/** As JSON Schema, of which the file in schemas/ is made. */
export function lintReportJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://raw.githubusercontent.com/lithopod/lithopod/main/schemas/lint-report.v1.schema.json',
    title: 'lithopod profiles lint -o json',
    description: 'Fields may be added; none is removed or changes its meaning while version is 1.',
    ...z.toJSONSchema(lintReportSchema, { io: 'input' }),
  };
}

const lintReportSchema = z.object({
  version: z.literal(1),
  files: z.array(z.object({ file: z.string() })),
  findings: z.array(
    z.object({
      file: z.string(),
      line: z.int().min(1).optional(),
      column: z.int().min(1).optional(),
      path: z.string().optional().describe('As in `spec.writable[0].path`.'),
      pointer: z.string().optional().describe('The same as a JSON pointer into the document.'),
      lint: z.string().describe('One of docs/lints.md; or `yaml`, `schema`, `together`.'),
      severity: z.enum(['error', 'warning']).describe('A hint is a warning.'),
      detail: z.string(),
      fingerprint: z.string().describe('Stays when lines or files move.'),
    }),
  ),
  summary: z.object({ files: count, profiles: count, problems: count, hints: count }),
});
