/**
 * Writes the changes of a document into its text. A service that is another one's alias, or merges
 * one, gets most of its changes with it: they are written once, where the anchor is. Where that
 * would give a service anything else than what is meant for it, each is written by itself.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import { escapeToken, pointerTokens, valueAtPointer } from '../core/values/json-pointer.ts';
import { servicePointer } from './form.ts';
import { isObject } from '../core/values/json.ts';
import { applyPatch } from '../core/patch.ts';
import { success } from '../core/values/result.ts';
import { editManifests, editSharing, readManifests } from '../documents/index.ts';
import type { YAMLMap } from 'yaml';
import type { JsonObject } from '../core/values/json.ts';
import { syntaxOf } from './syntax.ts';
import type { Operation } from '../core/patch.ts';
import type { Result } from '../core/values/result.ts';
import type { ManifestFile } from '../documents/index.ts';
import type { Layer } from './layer.ts';

/** The text of a file with the operations of each of its documents. */
export function writeEdits(
  file: ManifestFile,
  layers: readonly Layer[],
  edits: ReadonlyMap<number, readonly Operation[]>,
): Result<string> {
  const [only, ...others] = layers;
  const operations = only === undefined ? [] : (edits.get(only.document) ?? []);
  const shared =
    only === undefined || others.length > 0 ? undefined : writeShared(only, operations, true);
  if (shared !== undefined) return success(shared);
  const edited = editManifests(file, edits);
  return edited.ok ? success(edited.value.text) : edited;
}

/**
 * Undefined where no service shares anything, or where one would not get what is meant for it.
 * `detaches`: a service that needs something else is parted from what it shares, once.
 */
function writeShared(
  layer: Layer,
  operations: readonly Operation[],
  detaches: boolean,
): string | undefined {
  const { file, document, value } = layer;
  const sharing = sharingServices(layer).map((name) => servicePointer(layer.form, name));
  const isSharers = ({ path }: Operation): boolean =>
    sharing.some((pointer) => path.startsWith(`${pointer}/`));
  if (sharing.length === 0) {
    return detaches ? undefined : reread(file, document, operations)?.file.text;
  }
  const own = operations.filter((operation) => !isSharers(operation));
  const once = reread(file, document, own);
  if (once === undefined) return undefined;
  const expected = applyPatch(value, operations);
  const rest = sharing.map((pointer) => missing(pointer, value, once.value, expected, operations));
  const apart = sharing.filter((_, index) => rest[index] === undefined);
  if (apart.length > 0) {
    const parted = detaches ? detach(layer, apart) : undefined;
    return parted && writeShared({ ...layer, file: parted }, operations, false);
  }
  const twice = reread(
    once.file,
    document,
    rest.flatMap((each) => each ?? []),
  );
  return twice !== undefined && isDeepStrictEqual(twice.value, expected)
    ? twice.file.text
    : undefined;
}

/** The file in which the services at the pointers share nothing, and are what they were. */
function detach(
  { file, document, value }: Layer,
  pointers: readonly string[],
): ManifestFile | undefined {
  const operations = pointers.flatMap((pointer): readonly Operation[] => {
    const service = valueAtPointer(value, pointer);
    const [key] = isObject(service) ? Object.keys(service) : [];
    const node = nodeAt(syntaxOf(file, document)?.contents, pointer);
    const merged = isMap(node) && isObject(service) ? mergedKey(node, service) : key;
    if (!isObject(service) || merged === undefined) return [];
    const path = `${pointer}/${escapeToken(merged)}`;
    // What is taken away and comes back must be a key of the service's own.
    return [
      { op: 'remove', path },
      { op: 'add', path, value: service[merged] },
    ];
  });
  const text = editManifests(file, new Map([[document, operations]]));
  const read = text.ok ? readManifests(text.value.text, file.name) : undefined;
  return read?.ok === true ? read.value : undefined;
}

/** A key that a map has by a merge alone. */
function mergedKey(node: YAMLMap, service: JsonObject): string | undefined {
  const own = new Set(node.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')));
  return Object.keys(service).find((key) => !own.has(key));
}

function nodeAt(contents: unknown, pointer: string): unknown {
  return pointerTokens(pointer).reduce(childOf, contents);
}

interface Reread {
  readonly file: ManifestFile;
  readonly value: unknown;
}

function reread(
  file: ManifestFile,
  document: number,
  operations: readonly Operation[],
): Reread | undefined {
  // A file of which nothing changes need not be read again.
  if (operations.length === 0) return { file, value: file.documents[document]?.value };
  const text = editSharing(file, new Map([[document, operations]]));
  const read = text === undefined ? undefined : readManifests(text, file.name);
  if (read?.ok !== true) return undefined;
  return { file: read.value, value: read.value.documents[document]?.value };
}

/** The services that are another one's alias, or merge one. */
function sharingServices({ file, document, form, services }: Layer): readonly string[] {
  const contents: unknown = syntaxOf(file, document)?.contents;
  const all = form.services === '' ? contents : childOf(contents, 'services');
  const nodes = [...services.keys()].map((name) => [name, childOf(all, name)] as const);
  const anchors = new Set(nodes.map(([, node]) => (isMap(node) ? node.anchor : undefined)));
  const isService = (node: unknown): boolean => isAlias(node) && anchors.has(node.source);
  return nodes.flatMap(([name, node]) => {
    const merged = isMap(node) ? node.items.filter(({ key }) => isMergeKey(key)) : [];
    const sources = merged.flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
    return isService(node) || sources.some(isService) ? [name] : [];
  });
}

/** The library gives such a key a symbol for its value, or its text where it has the tag. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (typeof key.value === 'symbol' || key.value === '<<');
}

function childOf(node: unknown, name: string): unknown {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isPair(pair) && String(pair.key) === name)?.value;
}

/**
 * The operations of a service that it does not have by what it shares. Undefined where it has a
 * part of one.
 */
function missing(
  pointer: string,
  before: unknown,
  now: unknown,
  expected: unknown,
  operations: readonly Operation[],
): readonly Operation[] | undefined {
  const [was, is, wanted] = [before, now, expected].map((value) => valueAtPointer(value, pointer));
  if (!isObject(was) || !isObject(is) || !isObject(wanted)) return undefined;
  const found: Operation[] = [];
  for (const key of new Set([...Object.keys(is), ...Object.keys(wanted)])) {
    if (isDeepStrictEqual(is[key], wanted[key])) continue;
    if (!isDeepStrictEqual(is[key], was[key])) return undefined;
    const field = `${pointer}/${escapeToken(key)}`;
    found.push(...operations.filter(({ path }) => path === field || path.startsWith(`${field}/`)));
  }
  return found;
}
