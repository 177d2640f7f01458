/** What a webhook configuration in a cluster has otherwise than the one that `install` prints. */
import { isDeepStrictEqual } from 'node:util';

type Entry = Readonly<Record<string, unknown>> & { readonly name: string };

/** The API server fills these in; ours are written out in the manifests otherwise. */
const defaults: Readonly<Record<string, unknown>> = { objectSelector: {}, matchConditions: [] };

/**
 * Sentences, in the order of the entries. A `caBundle` is never compared: it is a matter of
 * certificates.
 */
export function webhookDifferences(
  wanted: readonly Entry[],
  present: readonly Entry[],
): readonly string[] {
  const byName = new Map(present.map((entry) => [entry.name, entry]));
  const known = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted.flatMap((entry) => {
      const own = byName.get(entry.name);
      return own === undefined ? [`${entry.name} is missing`] : differingFields(entry, own);
    }),
    ...present
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `${name} is not one of ours`),
  ];
}

function differingFields(wanted: Entry, present: Entry): readonly string[] {
  const fields = new Set([...Object.keys(wanted), ...Object.keys(present)]);
  fields.delete('name');
  const other = [...fields].filter(
    (field) => !isDeepStrictEqual(comparable(wanted, field), comparable(present, field)),
  );
  return other.map((field) => `${wanted.name}: ${field} is ${shownValue(present[field])}`);
}

function comparable(entry: Entry, field: string): unknown {
  const value = entry[field] ?? defaults[field];
  if (field !== 'clientConfig') return value;
  const { caBundle: _bundle, ...rest } = value as { readonly caBundle?: unknown };
  return rest;
}

function shownValue(value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value === 'string' || typeof value === 'number') return String(value).slice(0, 100);
  return 'another one';
}
