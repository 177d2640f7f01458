/** What a schema has against a document, in words. */
import type * as z from 'zod';

/**
 * The sentence for an issue, to follow the path of its field. Given to the schema as its error map:
 * `input` is what the document has.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small') return 'is empty.';
  if (issue.code === 'too_big') return `has more than ${String(issue.maximum)} entries.`;
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return undefined;
  if (issue.input === undefined) return 'is missing.';
  const wanted =
    issue.code === 'invalid_type'
      ? typeName(issue.expected)
      : issue.values.map(String).join(' or ');
  return `must be ${wanted}, not ${shown(issue.input)}.`;
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    array: 'a list',
    boolean: 'true or false',
    object: 'a map',
    record: 'a map',
    string: 'a text',
  };
  return names[expected] ?? `a ${expected}`;
}

function shown(input: unknown): string {
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' ? 'a map' : JSON.stringify(input);
}
