/**
 * The reference of every field of a profile and of its tests, from their JSON schemas: a new field
 * is here by itself.
 */
import { imageProfileTestJsonSchema } from '../src/cli/commands/profiles/test-document.ts';
import { imageProfileJsonSchema } from '../src/core/catalogue/parse/schema.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** The text of each page, by its path relative to the project's root. */
export function referencePages(note: string): Readonly<Record<string, string>> {
  return {
    'docs/profile-reference.md': `# Every field of a profile

${note}From the schema by which profiles are read; editors take it from [image-profile.schema.json](../profiles/image-profile.schema.json). A field that is not here is refused, and so is what [the lints](lints.md) have something against. How to write a profile is in [Writing profiles](authoring.md).

${tables('ImageProfile', imageProfileJsonSchema())}`,
    'docs/profile-test-reference.md': `# Every field of a profile's tests

${note}Tests are YAML documents of the kind \`ImageProfileTest\`, which \`lithopod profiles test\` runs: see [Writing profiles](authoring.md#test).

${tables('ImageProfileTest', imageProfileTestJsonSchema())}`,
  };
}

/** A table for each map, the outer ones first; maps that are the same are one. */
function tables(name: string, schema: Schema): string {
  /** The section of each map. */
  const seen = new Map<string, string>();
  const sections: string[] = [];
  const waiting: (readonly [path: string, schema: Schema])[] = [[name, schema]];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [path, { description, properties = {}, required = [] }] = next;
    const rows = Object.entries(properties).map(([field, value]) => {
      const own = path === name ? field : `${path}.${field}`;
      const map = mapIn(value, own);
      if (map !== undefined && !seen.has(identityOf(map[1]))) {
        seen.set(identityOf(map[1]), map[0]);
        waiting.push(map);
      }
      const isRequired = required.includes(field) && value.default === undefined;
      return `| \`${field}\` | ${kindOf(value)}${linkTo(map, seen)} | ${isRequired ? 'yes' : defaultOf(value)} | ${cell(value.description ?? '')} |`;
    });
    const intro = description === undefined || path === name ? '' : `${description}\n\n`;
    sections.push(
      `## ${path}\n\n${intro}| field | value | needed | |\n|---|---|---|---|\n${rows.join('\n')}\n`,
    );
  }
  return sections.join('\n');
}

function identityOf({ properties }: Schema): string {
  return JSON.stringify(properties);
}

/** The map that a field holds, or holds a list of, if any, and what the section of it is called. */
function mapIn(schema: Schema, path: string): readonly [string, Schema] | undefined {
  if (schema.properties !== undefined) return [path, schema];
  if (schema.items !== undefined) return mapIn(schema.items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object')
    return mapIn(schema.additionalProperties, `${path}.*`);
  for (const choice of schema.anyOf ?? []) {
    const map = mapIn(choice, path);
    if (map !== undefined) return map;
  }
  return undefined;
}

function linkTo(
  map: readonly [path: string, schema: Schema] | undefined,
  seen: ReadonlyMap<string, string>,
): string {
  if (map === undefined) return '';
  const heading = seen.get(identityOf(map[1])) ?? map[0];
  return `: [${heading}](#${heading.toLowerCase().replace(/[^a-z0-9-]/g, '')})`;
}

function kindOf({ anyOf, const: only, enum: choices, type, items, ...rest }: Schema): string {
  if (only !== undefined) return `\`${plain(only)}\``;
  if (choices !== undefined) return choices.map((choice) => `\`${plain(choice)}\``).join(', ');
  if (anyOf !== undefined) {
    const kinds = anyOf.filter((choice) => choice.type !== 'null').map(kindOf);
    return [...new Set(kinds)].join(' or ');
  }
  if (type === 'array') return `list of ${items === undefined ? 'anything' : kindOf(items)}`;
  if (type === 'object') {
    const { additionalProperties: values } = rest;
    return typeof values === 'object' &&
      values.properties === undefined &&
      Object.keys(values).length > 0
      ? `map of ${kindOf(values)}`
      : 'map';
  }
  const names: Readonly<Record<string, string>> = {
    boolean: '`true`, `false`',
    integer: 'number',
    string: 'text',
  };
  const types = [type ?? []].flat().filter((each) => each !== 'null');
  return types.map((each) => names[each] ?? each).join(' or ') || 'anything';
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `else \`${plain(value)}\``;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cell(value: string): string {
  return value.replaceAll('|', '\\|').replace(/[*<_]/g, '\\$&');
}
