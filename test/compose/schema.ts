/** The published schemas of Compose files: today's and those of each older version. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import draft04 from 'ajv-draft-04';

const folder = new URL('schemas/', import.meta.url);

function readJson(url: URL): object {
  return JSON.parse(readFileSync(url, 'utf8')) as object;
}

const compiled = new Map<string, ValidateFunction>();

/** `compose-spec`, or `config_schema_v3.8`. */
function validatorOf(name: string): ValidateFunction {
  let validate = compiled.get(name);
  if (validate === undefined) {
    // The older schemas are of draft 4, and name formats that only their reader knows.
    const options = { strict: false, validateFormats: false, logger: false } as const;
    const { $schema: _dialect, ...schema } = readJson(new URL(`${name}.json`, folder)) as {
      $schema: string;
    };
    validate =
      name === 'compose-spec'
        ? new Ajv(options).compile(schema)
        : new draft04.default(options).compile(schema);
    compiled.set(name, validate);
  }
  return validate;
}

/** The schema for a document, by the version that it names. */
export function schemaOf(value: unknown): string {
  const { version, services } = value as {
    readonly version?: unknown;
    readonly services?: unknown;
  };
  if (version === undefined) return services === undefined ? 'config_schema_v1' : 'compose-spec';
  const text = typeof version === 'string' ? version : JSON.stringify(version);
  const full = text.includes('.') ? text : `${text}.0`;
  return Number(full) > 3.8 ? 'compose-spec' : `config_schema_v${full}`;
}

/** What the schema says against the value; empty where it is valid. */
export function schemaFaults(value: unknown, name = schemaOf(value)): readonly string[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath} ${message ?? ''}`,
  );
}
