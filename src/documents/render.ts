/** Manifest objects as text of our own, where the input's text is not kept. */
import { stringify } from 'yaml';
import { writeOptions } from './dialect.ts';

/**
 * JSON as kubectl prints it, indented by four spaces and ending with a newline: one object as
 * itself, none or many as the items of a v1 List.
 */
export function renderJson(objects: readonly unknown[]): string {
  const whole =
    objects.length === 1 ? objects[0] : { apiVersion: 'v1', kind: 'List', items: objects };
  return `${JSON.stringify(whole, null, 4)}\n`;
}

/**
 * YAML as kubectl prints it (indented by two, lists not indented), the documents with `---` between
 * them.
 */
export function renderYaml(objects: readonly unknown[]): string {
  return objects
    .map((object) => stringify(object, { ...writeOptions, indent: 2, indentSeq: false }))
    .join('---\n');
}

/** YAML in one line: `{ op: test, path: /a, value: b }`. */
export function renderFlow(object: unknown): string {
  return stringify(object, { ...writeOptions, collectionStyle: 'flow' }).trimEnd();
}
