/**
 * What other projects recorded of running containers, as objects of the API:
 *
 * - AppArmorProfile of the Security Profiles Operator (api/apparmorprofile/v1, the same fields in
 *   v1alpha1): `spec.abstract.filesystem.{writeOnlyPaths,readWritePaths}`
 * - ContainerProfile of Kubescape (spdx.softwarecomposition.kubescape.io/v1beta1): `spec.opens`
 *   with paths and flags; ApplicationProfile: the same for each of its containers
 *
 * Both generalise names: `*`, `**`, `?`, `@{pid}`, Kubescape's `⋯`. Of such a path the directory
 * above the first generalised name is known.
 */
import { normalisePath } from '../../core/mounts/paths.ts';
import { isObject, textOf } from '../../core/values/json.ts';
import { failure, success } from '../../core/values/result.ts';
import { shown } from '../../core/values/text.ts';
import { readManifests } from '../../documents/index.ts';
import { emptyObservation, maxPaths } from './reading.ts';
import { collectPaths } from './written-paths.ts';
import type { JsonObject } from '../../core/values/json.ts';
import type { Observation } from '../../core/learn/observation.ts';
import type { Problem, Result } from '../../core/values/result.ts';
import type { Origin, Reading } from './reading.ts';
import type { WrittenPaths } from './written-paths.ts';

/** One container's part of an object. */
interface Recorded {
  /** Where it is in the object: a prefix of problems' paths. */
  readonly at: string;
  readonly image?: string | undefined;
  readonly digest?: string | undefined;
  readonly paths: readonly unknown[];
}

/** How one kind is read: its parts, or the field that is missing. */
type Kind = (object: JsonObject) => readonly Recorded[] | string;

/** Reads AppArmorProfiles. Refused as `readRecording` says. */
export function readAppArmorProfile(text: string, origin: Origin): Result<Reading> {
  return readRecording(text, origin, { AppArmorProfile: appArmorParts });
}

/** Reads Kubescape's ContainerProfiles and ApplicationProfiles. Refused as `readRecording` says. */
export function readContainerProfile(text: string, origin: Origin): Result<Reading> {
  return readRecording(text, origin, {
    ContainerProfile: (object) => kubescapeParts([['spec', specOf(object)]]),
    ApplicationProfile: applicationParts,
  });
}

/**
 * Reads objects of the given kinds: YAML or JSON, one or several, a List too. Refused with every
 * problem and its place: a text that is no YAML, an object of another kind, a missing or malformed
 * field, more than `maxPaths` paths. A path that generalises everything is left out, with a note.
 */
function readRecording(
  text: string,
  origin: Origin,
  kinds: Readonly<Record<string, Kind>>,
): Result<Reading> {
  const { file } = origin;
  const manifests = readManifests(text, file);
  if (!manifests.ok) return manifests;
  const problems: Problem[] = [];
  const notes: string[] = [];
  const observations: Observation[] = [];
  for (const { at, value } of objectsOf(manifests.value.documents.map((doc) => doc.value))) {
    const parts = partsOf(value, kinds);
    if (typeof parts === 'string') {
      problems.push({ file, ...(at !== '' && { path: at }), message: parts });
      continue;
    }
    for (const part of parts) {
      const written = collectPaths();
      for (const [index, path] of part.paths.entries()) {
        const problem = addPath(path, written, notes);
        if (problem === undefined) continue;
        const place = [at, `${part.at}[${index}]`].filter((step) => step !== '').join('.');
        problems.push({ file, path: place, message: problem });
      }
      if (written.isFull()) problems.push({ file, message: `names more than ${maxPaths} paths` });
      observations.push(observationOf(part, written, origin));
    }
  }
  if (problems.length > 0) return failure(...problems.slice(0, 10));
  if (observations.length > 0) return success({ observations, notes });
  return failure({ file, message: `holds no ${Object.keys(kinds).join(' and no ')}` });
}

function observationOf(part: Recorded, written: WrittenPaths, origin: Origin): Observation {
  return {
    ...emptyObservation('recording', origin),
    image: part.image ?? origin.image,
    digest: part.digest,
    written: written.list(),
  };
}

function* objectsOf(values: readonly unknown[]): Generator<{ at: string; value: unknown }> {
  for (const value of values) {
    if (value === null) continue;
    const isList = isObject(value) && textOf(value['kind'])?.endsWith('List') === true;
    if (!isList || !Array.isArray(value['items'])) yield { at: '', value };
    else for (const [i, item] of value['items'].entries()) yield { at: `items[${i}]`, value: item };
  }
}

function partsOf(
  value: unknown,
  kinds: Readonly<Record<string, Kind>>,
): readonly Recorded[] | string {
  const kind = isObject(value) ? textOf(value['kind']) : undefined;
  const wanted = Object.keys(kinds).join(' or ');
  if (!isObject(value) || kind === undefined) return `is no object of kind ${wanted}`;
  const read = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return read?.(value) ?? `is of kind ${shown(kind)}, and not ${wanted}`;
}

function appArmorParts(object: JsonObject): readonly Recorded[] | string {
  const spec = specOf(object);
  const abstract = isObject(spec) ? (spec['abstract'] ?? {}) : undefined;
  const filesystem = isObject(abstract) ? (abstract['filesystem'] ?? {}) : undefined;
  if (!isObject(filesystem)) return 'spec.abstract.filesystem is missing, or no map';
  const all: unknown[] = [];
  for (const key of ['writeOnlyPaths', 'readWritePaths']) {
    const paths = filesystem[key] ?? [];
    if (!Array.isArray(paths)) return `spec.abstract.filesystem.${key} is no list`;
    // Once allowed among the paths, and no path.
    all.push(
      ...(paths as readonly unknown[]).filter((path) => !/^ptrace\b/.test(textOf(path) ?? '')),
    );
  }
  return [{ at: 'spec.abstract.filesystem', paths: all }];
}

function applicationParts(object: JsonObject): readonly Recorded[] | string {
  const spec = specOf(object);
  if (!isObject(spec)) return 'spec is missing, or no map';
  const containers: (readonly [string, unknown])[] = [];
  for (const key of ['containers', 'initContainers', 'ephemeralContainers']) {
    const list = spec[key] ?? [];
    if (!Array.isArray(list)) return `spec.${key} is no list`;
    for (const [i, item] of list.entries()) containers.push([`spec.${key}[${i}]`, item]);
  }
  return kubescapeParts(containers);
}

function kubescapeParts(
  containers: readonly (readonly [string, unknown])[],
): readonly Recorded[] | string {
  const parts: Recorded[] = [];
  for (const [at, container] of containers) {
    if (!isObject(container)) return `${at} is missing, or no map`;
    const opens = container['opens'] ?? [];
    if (!Array.isArray(opens)) return `${at}.opens is no list`;
    const paths: unknown[] = [];
    for (const [i, open] of opens.entries()) {
      const flags = isObject(open) ? (open['flags'] ?? []) : undefined;
      if (!isObject(open) || !Array.isArray(flags))
        return `${at}.opens[${i}] has no path and flags`;
      if (flags.some((flag) => writeFlags.has(textOf(flag) ?? ''))) paths.push(open['path']);
    }
    parts.push({
      at: `${at}.opens`,
      paths,
      image: textOf(container['imageTag']),
      digest: /sha256:[0-9a-f]+/.exec(textOf(container['imageID']) ?? '')?.[0],
    });
  }
  return parts;
}

const writeFlags: ReadonlySet<string> = new Set([
  'O_WRONLY',
  'O_RDWR',
  'O_CREAT',
  'O_TRUNC',
  'O_APPEND',
]);

const generalised = /[*?{}[\]@\u22ef]/;

/** Adds a path; gives what is wrong with it. */
function addPath(path: unknown, written: WrittenPaths, notes: string[]): string | undefined {
  const text = textOf(path);
  if (text?.startsWith('/') !== true) return 'is no absolute path';
  const segments = normalisePath(text).split('/');
  const first = segments.findIndex((segment) => generalised.test(segment));
  // A directory is written with a slash behind it in AppArmor's rules.
  if (first === -1) written.add(text, 'unknown', text.endsWith('/') ? 'directory' : 'unknown');
  else if (first > 1) written.add(segments.slice(0, first).join('/'), 'unknown', 'directory');
  else if (notes.length < 10) notes.push(`${shown(text)} says no directory, and is left out`);
  return undefined;
}

function specOf(object: JsonObject): unknown {
  return object['spec'];
}
