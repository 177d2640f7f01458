/**
 * Objects that look as if they held containers and that Lithopod does not look into: of a kind that
 * it does not know, of a mistyped one, or without the pod template that their kind has.
 */
import { groupVersion } from '../kinds/kind.ts';
import { valuesAt } from '../kinds/path.ts';
import { escapeToken, pointerTokens } from '../values/json-pointer.ts';
import { isObject } from '../values/json.ts';
import { shown } from '../values/text.ts';
import { objectsIn, templatesOf } from './pod-templates.ts';
import type { KindTable, PodKind } from '../kinds/kind.ts';
import type { JsonObject } from '../values/json.ts';
import type { ObjectLocation } from './pod-templates.ts';

/** An object that is not looked into. */
export interface UnreadObject {
  /** JSON pointer to it in its document. */
  readonly pointer: string;
  readonly apiVersion?: string;
  readonly kind?: string;
  /** `metadata.name`, or ''. */
  readonly name: string;
  /** What follows the object's kind and name in a sentence. */
  readonly why: string;
}

/** The objects of a document that are not looked into. Takes any value and never throws. */
export function unreadObjects(document: unknown, kinds: KindTable): readonly UnreadObject[] {
  const budget = { nodes: maxNodes };
  return objectsIn(document, kinds).flatMap((location) => {
    const why = whyUnread(location, kinds, budget);
    if (why === undefined) return [];
    const { pointer, apiVersion, kind, object } = location;
    const metadata = isObject(object['metadata']) ? object['metadata'] : {};
    const name = typeof metadata['name'] === 'string' ? metadata['name'] : '';
    return [
      {
        pointer,
        ...(apiVersion !== undefined && { apiVersion }),
        ...(kind !== undefined && { kind }),
        name,
        why,
      },
    ];
  });
}

interface Budget {
  nodes: number;
}

/** How many values of a document are looked at for containers, and how deep. */
const maxNodes = 200_000;
const maxDepth = 64;

function whyUnread(location: ObjectLocation, kinds: KindTable, budget: Budget): string | undefined {
  const { object, apiVersion, kind } = location;
  const known =
    apiVersion === undefined || kind === undefined ? undefined : kinds.find(apiVersion, kind);
  if (known !== undefined) return whyWithoutPod(location, known, kinds, budget);
  const mistake = kind === undefined ? undefined : mistakeIn(apiVersion, kind, kinds);
  if (mistake !== undefined) return mistake;
  const place = containersIn(object, budget);
  if (place === undefined) return undefined;
  const missing = [
    ...(apiVersion === undefined ? ['apiVersion'] : []),
    ...(kind === undefined ? ['kind'] : []),
  ];
  return missing.length > 0
    ? `has no ${missing.join(' and no ')}, so its containers at ${place} were not looked into`
    : `is of a kind that Lithopod does not know, so its containers at ${place} were not looked into`;
}

function whyWithoutPod(
  location: ObjectLocation,
  known: PodKind,
  kinds: KindTable,
  budget: Budget,
): string | undefined {
  const { object } = location;
  if (templatesOf(location, kinds).length > 0) return undefined;
  if (known.elsewhere !== undefined && valuesAt(object, known.elsewhere).length > 0) {
    return undefined;
  }
  const [template] = known.templates ?? known.podSpecs ?? [];
  if (template !== undefined && known.parts === undefined) {
    return `has no pod template at ${template.replaceAll('[]', '[*]')}, so there was nothing to look into`;
  }
  const place = containersIn(object, budget);
  return place && `has containers at ${place}, where its kind has none: they were not looked into`;
}

/** A kind or version of Kubernetes itself that is plainly a mistake. */
function mistakeIn(
  apiVersion: string | undefined,
  kind: string,
  kinds: KindTable,
): string | undefined {
  const candidates = kinds.named(kind);
  const right = candidates.map(({ group, versions = [] }) => ({ group, version: versions[0] }));
  // The names of Kubernetes' own groups have no dot: elsewhere the same name is another kind.
  const builtIn = right.filter(({ version }) => version !== undefined);
  const [name = kind] = candidates.map((each) => each.kind);
  if (apiVersion === undefined) {
    return builtIn.length === 0
      ? undefined
      : `has no apiVersion: a ${name} is of ${placesOf(builtIn)}`;
  }
  const { group } = groupVersion(apiVersion);
  const same = candidates.find((each) => each.group === group.toLowerCase());
  if (same !== undefined && same.kind !== kind) {
    return `has the kind "${shown(kind)}", which is written ${same.kind}`;
  }
  if (same !== undefined) {
    const is = same.versions === undefined ? `${group}/v1 or the like` : placesOf(right);
    return `has the apiVersion "${shown(apiVersion)}", which has no ${kind}: write ${is}`;
  }
  if (group.includes('.') || builtIn.length === 0) return undefined;
  return `has the apiVersion "${shown(apiVersion)}", which has no ${name}: write ${placesOf(builtIn)}`;
}

function placesOf(
  places: readonly { readonly group: string; readonly version: string | undefined }[],
): string {
  const [first] = places.map(({ group, version = 'v1' }) =>
    group === '' ? version : `${group}/${version}`,
  );
  return first ?? 'v1';
}

/**
 * Where the object holds what looks like containers, dotted: a list of objects with an image, or a
 * container by that name. What is below `status` was observed, and is nobody's to change.
 */
function containersIn(object: JsonObject, budget: Budget): string | undefined {
  for (const [key, value] of Object.entries(object)) {
    if (key === 'status' || key === 'metadata') continue;
    const pointer = search(value, `/${escapeToken(key)}`, key, 1, budget);
    if (pointer !== undefined) return fieldName(pointer);
  }
  return undefined;
}

function search(
  value: unknown,
  pointer: string,
  key: string,
  depth: number,
  budget: Budget,
): string | undefined {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return undefined;
  if (--budget.nodes < 0) return undefined;
  if (Array.isArray(value)) {
    if (value.some(hasImage)) return pointer;
    return firstOf(value.entries(), pointer, key, depth, budget);
  }
  if (containerKeys.has(key) && hasImage(value)) return pointer;
  return firstOf(Object.entries(value), pointer, undefined, depth, budget);
}

function firstOf(
  entries: Iterable<readonly [string | number, unknown]>,
  pointer: string,
  key: string | undefined,
  depth: number,
  budget: Budget,
): string | undefined {
  for (const [name, value] of entries) {
    const at = `${pointer}/${escapeToken(String(name))}`;
    const found = search(value, at, key ?? String(name), depth + 1, budget);
    if (found !== undefined) return found;
  }
  return undefined;
}

const containerKeys: ReadonlySet<string> = new Set(['container', 'podTemplate', 'script']);

function hasImage(value: unknown): boolean {
  return isObject(value) && typeof value['image'] === 'string' && value['image'] !== '';
}

/** `/spec/containers/0/name` in the form that people write: `spec.containers[0].name`. */
export function fieldName(pointer: string): string {
  return pointerTokens(pointer)
    .map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${token}`))
    .join('')
    .replace(/^\./, '');
}
