/**
 * Finds the pods and pod templates in objects of the API, by the table of kinds.
 *
 * Only the kinds of the table count: any resource may be called Deployment, and it is not known
 * what it does with a field called `template`.
 */
import { builtInKinds } from '../kinds/built-in.ts';
import { named, podOfParts } from '../kinds/parts.ts';
import { valueAt, valuesAt } from '../kinds/path.ts';
import { isObject, textOf } from '../values/json.ts';
import type { KindTable, PodKind, Refusal } from '../kinds/kind.ts';
import type { PartPlace } from '../kinds/parts.ts';
import type { JsonObject } from '../values/json.ts';

/** A pod or pod template in a manifest object. */
export interface TemplateLocation {
  /**
   * JSON pointer, inside the document, of the object that is shaped like a pod (`metadata` and
   * `spec`): '' for a Pod, `/spec/template` for a Deployment, `/items/0/spec/template` for one in
   * a List. Of a pod that is made of parts, the object that holds them.
   */
  readonly pointer: string;
  /** The kind of the object that holds the template: `Deployment`, not `List`. */
  readonly kind: string;
  /** `metadata.name`, else `metadata.generateName`, else ''. */
  readonly name: string;
  readonly namespace?: string;
  /**
   * Names of a StatefulSet's volumeClaimTemplates and the like, else empty. The StatefulSet
   * controller puts a volume of each such name into its pods, and it replaces a volume of the same
   * name. So no injected volume may have such a name.
   */
  readonly claims: readonly string[];
  /** The object at the pointer, or the pod made of its parts. Its content is not checked. */
  readonly pod: unknown;
  /** Of a pod that is made of parts: where each is in the document. */
  readonly places?: readonly PartPlace[];
  /** What the kind's own validation refuses. */
  readonly refuses?: readonly Refusal[];
  /** Pointers, inside the document, of texts that change the pod once it is made. */
  readonly patches?: readonly string[];
}

/** An object in a document: the document itself, or an item of a list. */
export interface ObjectLocation {
  readonly pointer: string;
  readonly object: JsonObject;
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** `kubectl get -o yaml` never nests lists; a crafted file may, and recursion must end. */
const maxListDepth = 8;

/**
 * The pod templates of one manifest object, in the order of the document: none for a kind without
 * templates, one for a workload, any number for a `List` or a typed list such as `DeploymentList`
 * (whose items may have no apiVersion and kind, as in answers of the API server). A template that
 * is not an object is left out. Takes any value and never throws.
 */
export function podTemplates(
  object: unknown,
  kinds: KindTable = builtInKinds,
): readonly TemplateLocation[] {
  return objectsIn(object, kinds).flatMap((location) => templatesOf(location, kinds));
}

/** The object that a document is, or those of which it is a list. */
export function objectsIn(
  object: unknown,
  kinds: KindTable = builtInKinds,
): readonly ObjectLocation[] {
  return objectsAt(object, '', undefined, kinds, maxListDepth);
}

/** The pods of one object that is no list. */
export function templatesOf(
  { object, pointer, apiVersion, kind }: ObjectLocation,
  kinds: KindTable,
): readonly TemplateLocation[] {
  if (apiVersion === undefined || kind === undefined) return [];
  const known = kinds.find(apiVersion, kind);
  return known === undefined ? [] : podsOf(object, known, pointer);
}

interface TypeMeta {
  readonly apiVersion: unknown;
  readonly kind: unknown;
}

function objectsAt(
  object: unknown,
  pointer: string,
  itemType: TypeMeta | undefined,
  kinds: KindTable,
  depth: number,
): readonly ObjectLocation[] {
  if (!isObject(object)) return [];
  const apiVersion = textOf(object['apiVersion'] ?? itemType?.apiVersion);
  const kind = textOf(object['kind'] ?? itemType?.kind);
  const { items } = object as { readonly items?: unknown };
  const listed = apiVersion === undefined ? undefined : listedType(apiVersion, kind, kinds);
  if (listed === undefined || depth === 0 || !Array.isArray(items)) {
    return [{ pointer, object, apiVersion, kind }];
  }
  return items.flatMap((item: unknown, index) =>
    objectsAt(item, `${pointer}/items/${index}`, listed, kinds, depth - 1),
  );
}

/**
 * The type of an item that does not name one itself; undefined where the object is not a list that
 * may hold templates.
 */
function listedType(
  apiVersion: string,
  kind: string | undefined,
  kinds: KindTable,
): TypeMeta | undefined {
  if (kind?.endsWith('List') !== true) return undefined;
  if (isMixedList(apiVersion, kind)) return { apiVersion: undefined, kind: undefined };
  const itemKind = kind.slice(0, -'List'.length);
  return kinds.find(apiVersion, itemKind) && { apiVersion, kind: itemKind };
}

/** A list whose items say what they are: kubectl's, and that of functions of kustomize and kpt. */
function isMixedList(apiVersion: string, kind: string): boolean {
  return (
    (apiVersion === 'v1' && kind === 'List') ||
    (apiVersion.startsWith('config.kubernetes.io/') && kind === 'ResourceList')
  );
}

type Found = Pick<TemplateLocation, 'pointer' | 'pod' | 'places' | 'patches' | 'refuses'>;

function podsOf(object: JsonObject, known: PodKind, pointer: string): readonly TemplateLocation[] {
  const found = [
    ...(known.templates ?? []).flatMap((path) => templatesAt(object, path, pointer, known)),
    ...(known.podSpecs ?? []).flatMap((path) => podSpecsAt(object, path, pointer)),
    ...partsIn(object, pointer, known),
  ];
  if (found.length === 0) return [];
  const about = aboutObject(object, known);
  return found.map(({ pointer: at, pod, ...rest }) => ({ pointer: at, ...about, pod, ...rest }));
}

function aboutObject(object: JsonObject, { kind, claims, refuses }: PodKind) {
  const { name, generateName, namespace } = (
    isObject(object['metadata']) ? object['metadata'] : {}
  ) as Readonly<Record<'name' | 'generateName' | 'namespace', unknown>>;
  return {
    kind,
    name: [name, generateName].find(isName) ?? '',
    ...(isName(namespace) ? { namespace } : {}),
    claims: claims === undefined ? [] : claimNames(object, claims),
    ...(refuses && { refuses }),
  };
}

function templatesAt(
  object: JsonObject,
  path: string,
  pointer: string,
  { containerName }: PodKind,
): readonly Found[] {
  return valuesAt(object, path)
    .filter(({ value }) => isObject(value))
    .map((found) => ({
      pointer: pointer + found.pointer,
      pod: containerName === undefined ? found.value : withNames(found.value, containerName),
    }));
}

function withNames(pod: unknown, name: string): unknown {
  const spec = isObject(pod) ? pod['spec'] : undefined;
  const containers = isObject(spec) ? spec['containers'] : undefined;
  if (!isObject(pod) || !isObject(spec) || !Array.isArray(containers)) return pod;
  return { ...pod, spec: { ...spec, containers: named(containers, name) } };
}

function podSpecsAt(object: JsonObject, path: string, pointer: string): readonly Found[] {
  return valuesAt(object, path)
    .filter(({ value }) => isObject(value))
    .map((found) => {
      const at = pointer + found.pointer;
      const places = [
        { pod: '/spec', object: at },
        { pod: '/metadata', object: undefined },
      ];
      return { pointer: at, pod: { spec: found.value }, places };
    });
}

function partsIn(
  object: JsonObject,
  pointer: string,
  { parts = [], refuses = [] }: PodKind,
): readonly Found[] {
  const under = (place: string): string => pointer + place;
  return parts.flatMap((each) =>
    valuesAt(object, each.at).flatMap(({ pointer: at, value }): readonly Found[] => {
      const made = podOfParts(object, at, value, each);
      if (made === undefined) return [];
      const places = made.places.map((place) => ({
        ...place,
        object: place.object === undefined ? undefined : under(place.object),
      }));
      const patches = made.patches.length > 0 && { patches: made.patches.map(under) };
      const all = each.refuses && { refuses: [...refuses, ...each.refuses] };
      return [{ pointer: under(at), pod: made.pod, places, ...patches, ...all }];
    }),
  );
}

/** The place in the document of a field of the pod, or of what is around it. */
export function documentPointer(
  { pointer, places }: Pick<TemplateLocation, 'pointer' | 'places'>,
  field: string,
): string {
  if (places === undefined) return pointer + field;
  const place = placeOf(places, field);
  return place?.object === undefined ? pointer : place.object + field.slice(place.pod.length);
}

/** Where the innermost part is that the field belongs to. */
export function placeOf(places: readonly PartPlace[], field: string): PartPlace | undefined {
  let innermost: PartPlace | undefined;
  for (const place of places) {
    const isWithin = field === place.pod || field.startsWith(`${place.pod}/`);
    if (isWithin && place.pod.length >= (innermost?.pod.length ?? 0)) innermost = place;
  }
  return innermost;
}

function claimNames(object: JsonObject, path: string): readonly string[] {
  const claims = valueAt(object, path);
  if (!Array.isArray(claims)) return [];
  return claims
    .map((claim: unknown) =>
      isObject(claim) && isObject(claim['metadata']) ? claim['metadata'] : {},
    )
    .map((metadata) => metadata['name'])
    .filter(isName);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
