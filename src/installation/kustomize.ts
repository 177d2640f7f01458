/**
 * Puts manifests together as `kubectl kustomize` does, as far as the kustomizations of this package
 * go: manifests/ and overlays/ are the one source for kubectl and for `lithopod install`. A field
 * that is not read here is an error, so that the two cannot differ without a word; a test holds
 * them equal.
 */
import { posix } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { applyPatch } from '../core/patch.ts';
import { AppError } from '../error.ts';
import type { Operation } from '../core/patch.ts';
import type { Manifest, ReadText } from './manifest.ts';

/** The fields that are read, of a Kustomization and of a Component. */
interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly Patch[];
  readonly vars?: readonly Variable[];
}

interface Patch {
  readonly target: { readonly kind: string; readonly name: string };
  /** YAML: a JSON Patch, or an object that says `$patch: delete`. */
  readonly patch: string;
}

/** `$(name)` in a text stands for the name of an object. */
interface Variable {
  readonly name: string;
  readonly objref: { readonly kind: string; readonly name: string };
  readonly fieldref: { readonly fieldPath: string };
}

/** What a folder comes to before its variables are filled in. */
interface Accumulated {
  readonly manifests: readonly Manifest[];
  readonly variables: readonly Variable[];
}

/**
 * `configurations` says where kustomize finds references to a namespace. Here every text that is
 * the name of Lithopod's own namespace is one.
 */
const fields = new Set([
  'apiVersion',
  'kind',
  'resources',
  'components',
  'patches',
  'vars',
  'configurations',
]);

/**
 * The manifests of a folder with a kustomization. `namespace` replaces the name of its one
 * Namespace wherever that is written, as `namespace:` of a kustomization over it does.
 *
 * Throws `own-fault` where a kustomization says something that is not read here.
 */
export function buildKustomization(
  folder: string,
  namespace: string | undefined,
  read: ReadText,
): readonly Manifest[] {
  const { manifests, variables } = accumulate(folder, { manifests: [], variables: [] }, read);
  const own = manifests.find(({ kind }) => kind === 'Namespace')?.metadata.name ?? '';
  const name = namespace ?? own;
  const values = new Map(variables.map((each) => [`$(${each.name})`, valueOf(each, own, name)]));
  return manifests.map(
    (manifest) =>
      mapTexts(manifest, (text) => (text === own ? name : filledIn(text, values))) as Manifest,
  );
}

function accumulate(folder: string, before: Accumulated, read: ReadText): Accumulated {
  const path = posix.join(folder, 'kustomization.yaml');
  const kustomization = parse(read(path)) as Kustomization;
  for (const field of Object.keys(kustomization)) {
    if (!fields.has(field)) throw new AppError('own-fault', `${path}: ${field} is not read`);
  }
  let { manifests, variables } = before;
  for (const resource of kustomization.resources ?? []) {
    const at = posix.join(folder, resource);
    if (!resource.endsWith('.yaml'))
      ({ manifests, variables } = accumulate(at, { manifests, variables }, read));
    else manifests = [...manifests, ...readManifests(at, read)];
  }
  for (const component of kustomization.components ?? []) {
    const at = posix.join(folder, component);
    ({ manifests, variables } = accumulate(at, { manifests, variables }, read));
  }
  for (const patch of kustomization.patches ?? []) manifests = patched(manifests, patch, path);
  return { manifests, variables: [...variables, ...(kustomization.vars ?? [])] };
}

/** The objects of one file. */
export function readManifests(path: string, read: ReadText): readonly Manifest[] {
  return parseAllDocuments(read(path)).map((document) => document.toJS() as Manifest);
}

function patched(
  manifests: readonly Manifest[],
  { target, patch }: Patch,
  path: string,
): readonly Manifest[] {
  // An expression for kustomize, which anchors it by itself.
  const name = target.name.replace(/^\^/, '').replace(/\$$/, '');
  const isTarget = (each: Manifest): boolean =>
    each.kind === target.kind && each.metadata.name === name;
  if (!manifests.some(isTarget)) {
    throw new AppError('own-fault', `${path}: no ${target.kind} ${target.name} to patch`);
  }
  const parsed = parse(patch) as readonly Operation[] | { readonly $patch?: string };
  if (isOperations(parsed)) {
    return manifests.map((each) =>
      isTarget(each) ? (applyPatch(each, parsed) as Manifest) : each,
    );
  }
  if (parsed.$patch !== 'delete') {
    throw new AppError('own-fault', `${path}: a patch of ${target.name} is not read`);
  }
  return manifests.filter((each) => !isTarget(each));
}

function isOperations(
  patch: readonly Operation[] | { readonly $patch?: string },
): patch is readonly Operation[] {
  return Array.isArray(patch);
}

function valueOf({ name, objref, fieldref }: Variable, own: string, renamed: string): string {
  if (
    objref.kind !== 'Namespace' ||
    objref.name !== own ||
    fieldref.fieldPath !== 'metadata.name'
  ) {
    throw new AppError('own-fault', `the variable ${name} is not read`);
  }
  return renamed;
}

function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  let filled = text;
  for (const [variable, value] of values) filled = filled.replaceAll(variable, value);
  return filled;
}

/** A copy in which every text, but no key, went through `change`. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]),
  );
}
