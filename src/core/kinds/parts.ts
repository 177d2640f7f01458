/**
 * A pod made of parts: the containers, volumes and security contexts that a kind keeps in places of
 * its own, put together as a pod, with the way back for what is changed in it.
 */
import { isObject } from '../values/json.ts';
import { pathPointer, valueAt, valuesAt } from './path.ts';
import type { JsonObject } from '../values/json.ts';
import type { PodParts } from './kind.ts';
import type { Found } from './path.ts';

/** Where a part of the pod is in the object. */
export interface PartPlace {
  /** JSON pointer into the pod. */
  readonly pod: string;
  /** JSON pointer into the object; undefined where it has no place for it. */
  readonly object: string | undefined;
  /**
   * The part is made of more than what is in that place: a change of it writes the whole of it
   * there.
   */
  readonly whole?: boolean;
  /** Of a list: entries from elsewhere come before those that are in that place. */
  readonly offset?: number;
  /** Nothing is in that place yet. */
  readonly absent?: boolean;
}

/** A pod made of parts. */
export interface PodOfParts {
  readonly pod: JsonObject;
  readonly places: readonly PartPlace[];
  /** Pointers of the texts that change the pod once it is made. */
  readonly patches: readonly string[];
}

/**
 * The pod that the object at `at` is; undefined where it holds no container. `root` is the whole
 * object, `at` a JSON pointer into it.
 */
export function podOfParts(
  root: unknown,
  at: string,
  value: unknown,
  parts: PodParts,
): PodOfParts | undefined {
  if (!isObject(value)) return undefined;
  if (parts.unless !== undefined && isObject(value[parts.unless])) return undefined;
  const from: Origin = { root, at, value };
  const { inherits = {} } = parts;
  const places: PartPlace[] = [];
  const image = read(from, inherits.image)?.value;
  const shared = read(from, inherits.container)?.value;
  const containers: JsonObject[] = [];
  for (const path of parts.containers) {
    for (const { pointer, value: given } of valuesAt(value, path)) {
      const container = containerOf(given, image, shared);
      if (container === undefined) continue;
      const pod = `/spec/containers/${containers.length}`;
      places.push({ pod, object: at + pointer });
      const own = isObject(given) ? given['securityContext'] : undefined;
      if (isObject(shared) && container['securityContext'] !== own) {
        const object = `${at}${pointer}/securityContext`;
        places.push({ pod: `${pod}/securityContext`, object, whole: true });
      }
      containers.push(container);
    }
  }
  if (containers.length === 0) return undefined;
  return {
    pod: {
      ...metadataOf(from, parts, places),
      spec: {
        ...initContainersOf(from, parts, places),
        containers: named(containers, parts.name ?? 'container'),
        ...volumesOf(from, parts, places),
        ...securityContextOf(from, parts, places),
        ...(read(from, inherits.hostNetwork)?.value === true && { hostNetwork: true }),
      },
    },
    places,
    patches: (parts.patches ?? []).flatMap((path) => {
      const found = read(from, path);
      return typeof found?.value === 'string' && found.value !== '' ? [found.pointer] : [];
    }),
  };
}

interface Origin {
  readonly root: unknown;
  readonly at: string;
  readonly value: JsonObject;
}

/** What a path of a part names; with a dot in front the path begins at the whole object. */
function read({ root, at, value }: Origin, path: string | undefined): Found | undefined {
  if (path === undefined) return undefined;
  return path.startsWith('.')
    ? { pointer: pathPointer(path.slice(1)), value: valueAt(root, path.slice(1)) }
    : { pointer: at + pathPointer(path), value: valueAt(value, path) };
}

function containerOf(given: unknown, image: unknown, shared: unknown): JsonObject | undefined {
  if (!isObject(given)) return undefined;
  const own = given['image'] ?? image;
  if (typeof own !== 'string' || own === '') return undefined;
  const inherited = isObject(shared) ? shared['securityContext'] : undefined;
  if (!isObject(inherited)) return { ...given, image: own };
  const context = given['securityContext'];
  const securityContext = isObject(context) ? { ...inherited, ...context } : (context ?? inherited);
  return { ...given, image: own, securityContext };
}

/** Each container has a name; those that the kind gives itself are not written. */
export function named(containers: readonly unknown[], name: string): readonly unknown[] {
  const first = containers.findIndex(hasNoName);
  return containers.map((container, index) => {
    if (!hasNoName(container)) return container;
    return { ...container, name: index === first ? name : `${name}-${index}` };
  });
}

function hasNoName(container: unknown): container is JsonObject {
  return isObject(container) && (container['name'] ?? '') === '';
}

function metadataOf(from: Origin, { metadata }: PodParts, places: PartPlace[]): JsonObject {
  const found = read(from, metadata);
  places.push({ pod: '/metadata', object: found?.pointer });
  if (!isObject(found?.value)) return {};
  const { annotations } = found.value;
  return { metadata: annotations == null ? {} : { annotations } };
}

function initContainersOf(
  from: Origin,
  { initContainers }: PodParts,
  places: PartPlace[],
): JsonObject {
  const found = read(from, initContainers);
  places.push({ pod: '/spec/initContainers', object: found?.pointer });
  return found?.value == null ? {} : { initContainers: found.value };
}

function volumesOf(from: Origin, { volumes, inherits }: PodParts, places: PartPlace[]): JsonObject {
  const own = read(from, volumes);
  const shared = read(from, inherits?.volumes)?.value;
  const before: readonly unknown[] = Array.isArray(shared) ? shared : [];
  places.push({
    pod: '/spec/volumes',
    object: own?.pointer,
    ...(before.length > 0 && { offset: before.length, absent: own?.value == null }),
  });
  if (own?.value != null && !Array.isArray(own.value)) return { volumes: own.value };
  const after: readonly unknown[] = Array.isArray(own?.value) ? own.value : [];
  return own?.value == null && before.length === 0 ? {} : { volumes: [...before, ...after] };
}

function securityContextOf(
  from: Origin,
  { securityContext, inherits }: PodParts,
  places: PartPlace[],
): JsonObject {
  const own = read(from, securityContext);
  const inherited = own?.value == null ? read(from, inherits?.securityContext)?.value : undefined;
  places.push({
    pod: '/spec/securityContext',
    object: own?.pointer,
    ...(inherited != null && { whole: true }),
  });
  const value = own?.value ?? inherited;
  return value == null ? {} : { securityContext: value };
}
