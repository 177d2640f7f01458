/**
 * The files of src/core/pod/generated, made from the table of fields: the types of a pod, the
 * check that every review makes, and the views that rules work on. They are source files and are
 * not made at run time, so that they are as fast as code written by hand, and run where no text
 * may be evaluated as code.
 */
import { format, resolveConfig } from 'prettier';
import { isRequired, kindOf } from '../src/core/pod/field-kinds.ts';
import type { Kind, Part } from '../src/core/pod/field-kinds.ts';

/** The text of each generated file, by the file's name. `pod` is the table in fields.ts. */
export async function podSource(pod: Part): Promise<ReadonlyMap<string, string>> {
  const parts = partsOf(pod);
  const files = new Map<string, string>();
  for (const [name, text] of [
    ['pod-types.ts', typesOf(parts)],
    ['pod-check.ts', checksOf(pod, parts)],
    ['pod-views.ts', viewsOf(pod, parts)],
  ] as const) {
    files.set(name, await format(text, { ...(await resolveConfig(name)), filepath: name }));
  }
  return files;
}

const header = (what: string): string => `/**
 * ${what}
 *
 * Generated from ../fields.ts by \`npm run generate\`: do not edit.
 */
`;

/** The part and all parts below it, each once. */
function partsOf(top: Part): readonly Part[] {
  const found = new Set<Part>();
  const visit = (part: Part): void => {
    if (found.has(part)) return;
    found.add(part);
    for (const field of Object.values(part.fields)) {
      const below = partIn(kindOf(field));
      if (below !== undefined) visit(below);
    }
  };
  visit(top);
  return [...found];
}

function partIn(kind: Kind): Part | undefined {
  const below = typeof kind === 'object' && 'listOf' in kind ? kind.listOf : kind;
  return typeof below === 'object' ? below : undefined;
}

// Types

function typesOf(parts: readonly Part[]): string {
  return `${header('The part of a Pod that Lithopod reads.')}
type Absent = null | undefined;

${parts.map(typeOf).join('\n')}`;
}

function typeOf({ name, fields, hasSource }: Part): string {
  const lines = Object.entries(fields).map(([key, field]) => {
    const type = typeOfKind(kindOf(field));
    return isRequired(field) ? `readonly ${key}: ${type};` : `readonly ${key}?: ${type} | Absent;`;
  });
  if (hasSource) lines.push('readonly [source: string]: unknown;');
  return `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

function typeOfKind(kind: Kind): string {
  if (kind === 'any object') return 'Readonly<Record<string, unknown>>';
  if (kind === 'map of strings') return 'Readonly<Record<string, string | null>>';
  if (typeof kind === 'string') return kind;
  if (!('listOf' in kind)) return kind.name;
  return `readonly ${typeof kind.listOf === 'string' ? kind.listOf : kind.listOf.name}[]`;
}

// The check

function checksOf(top: Part, parts: readonly Part[]): string {
  const checks = parts.map((part) => checkOf(part, part === top)).join('\n');
  const helpers = ['isListOf', 'isMapOfStrings', 'isString'].filter((helper) =>
    checks.includes(helper),
  );
  return `${header('Whether a value is a pod; read-pod.ts says why one is not.')}
import type { ${top.name} } from './pod-types.ts';
import { isObject } from '../../values/json.ts';
import { ${helpers.join(', ')} } from '../value-checks.ts';

${checks}`;
}

function checkOf({ name, fields }: Part, isTop: boolean): string {
  const conditions = Object.entries(fields).map(([key, field]) => {
    const check = checkOfKind(kindOf(field), key);
    return isRequired(field) ? check : `(${key} == null || ${check})`;
  });
  const signature = `is${name}(given: unknown): ${isTop ? `given is ${name}` : 'boolean'}`;
  return `${isTop ? 'export ' : ''}function ${signature} {
  if (!isObject(given)) return false;
  const { ${Object.keys(fields).join(', ')} } = given;
  return (${conditions.join(' && ')});
}
`;
}

function checkOfKind(kind: Kind, value: string): string {
  if (kind === 'any object') return `isObject(${value})`;
  if (kind === 'map of strings') return `isMapOfStrings(${value})`;
  if (typeof kind === 'string') return `typeof ${value} === '${kind}'`;
  if (!('listOf' in kind)) return `is${kind.name}(${value})`;
  const each = typeof kind.listOf === 'string' ? 'isString' : `is${kind.listOf.name}`;
  return `isListOf(${value}, ${each})`;
}

// The views

function viewsOf(top: Part, parts: readonly Part[]): string {
  const uniform = parts.filter(({ isUniform }) => isUniform);
  const types = uniform.map(({ name }) => name).sort();
  return `${header('Views with the fields that Lithopod reads (uniform-pod.ts).')}
import type { ${types.join(', ')} } from './pod-types.ts';
import { origin } from '../uniform-pod.ts';
import type { View } from '../uniform-pod.ts';

${uniform.map((part) => viewOf(part, part === top)).join('\n')}`;
}

function viewOf({ name, fields }: Part, isTop: boolean): string {
  const lines = Object.entries(fields).map(([key, field]) => {
    const raw = `raw.${key}`;
    const view = viewOfKind(kindOf(field), raw);
    const isAlways = view === raw || isRequired(field);
    return `${key}: ${isAlways ? view : `${raw} == null ? ${raw} : ${view}`},`;
  });
  return `${isTop ? 'export ' : ''}function toUniform${name}(raw: ${name}): ${name} {
  const view: View<${name}> = {
    [origin]: raw,
    ${lines.join('\n')}
  };
  return view;
}
`;
}

function viewOfKind(kind: Kind, raw: string): string {
  const below = partIn(kind);
  if (below?.isUniform !== true) return raw;
  return kind === below ? `toUniform${below.name}(${raw})` : `${raw}.map(toUniform${below.name})`;
}
