/** What a schema has against a document of a file, with its place. */
import { pointerOf } from '../../core/values/json-pointer.ts';
import { lineOf } from '../../documents/index.ts';
import type { z } from 'zod';
import type { Problem } from '../../core/values/result.ts';
import type { ManifestFile } from '../../documents/index.ts';

/** The issue as a problem of the file, at the field that it is about. */
export function issueProblem(
  issue: z.core.$ZodIssue,
  file: ManifestFile,
  document: number,
): Problem {
  const steps = issue.path.map(String);
  const path = steps.join('.');
  const message =
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: not a field here.`
      : issue.message;
  return {
    file: file.name,
    ...lineOf(file, document, pointerOf(steps)),
    ...(path !== '' && { path }),
    message,
  };
}
