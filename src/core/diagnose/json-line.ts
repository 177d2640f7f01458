/** The texts in a log record that is written as JSON. */

/** A longer record is read as text. */
const maxRecord = 64 * 1024;
const maxDepth = 4;
const maxMessages = 16;

/** Names under which loggers keep what they were called with; of an error, its message or stack. */
const messageKeys = /^(?:log|message|msg|error|err|exception|stack|reason|detail|text|cause)/i;

/**
 * The texts of the fields that hold messages, decoded, in their order; undefined where the line is
 * no JSON object. A record without such a field has none.
 */
export function messagesIn(line: string): readonly string[] | undefined {
  if (line.length > maxRecord) return undefined;
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  const found: string[] = [];
  collect(record, maxDepth, found);
  return found;
}

function collect(value: unknown, depth: number, found: string[]): void {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const [key, inner] of Object.entries(value)) {
    if (found.length >= maxMessages) return;
    if (!Array.isArray(value) && !messageKeys.test(key)) continue;
    if (typeof inner === 'string') found.push(inner);
    else collect(inner, depth - 1, found);
  }
}
