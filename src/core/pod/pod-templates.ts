/**
 * Finds the pod templates in objects of the API.
 *
 * Only the built-in kinds of the built-in API groups count: a custom resource may be called
 * Deployment too, and it is not known what it does with a field called `template`.
 *
 * Source: k8s.io/api v1.34 (core, apps, batch) and, for the versions that clusters no longer serve
 * but manifests still carry, the removed extensions/v1beta1, apps/v1beta1, apps/v1beta2,
 * batch/v1beta1 and batch/v2alpha1.
 */
import { isObject } from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';

/** A pod or pod template in a manifest object. */
export interface TemplateLocation {
  /**
   * JSON pointer, inside the document, of the object that is shaped like a pod (`metadata` and
   * `spec`): '' for a Pod, `/spec/template` for a Deployment, `/items/0/spec/template` for one in
   * a List.
   */
  readonly pointer: string;
  /** The kind of the object that holds the template: `Deployment`, not `List`. */
  readonly kind: string;
  /** `metadata.name`, else `metadata.generateName`, else ''. */
  readonly name: string;
  readonly namespace?: string;
  /**
   * Names of a StatefulSet's volumeClaimTemplates, else empty. The StatefulSet controller puts a
   * volume of each such name into its pods, and it replaces a volume of the same name. So no
   * injected volume may have such a name.
   */
  readonly claims: readonly string[];
  /** The object at the pointer. Its content is not checked. */
  readonly pod: unknown;
}

/** `kubectl get -o yaml` never nests lists; a crafted file may, and recursion must end. */
const maxListDepth = 8;

const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  ReplicationController: ['spec', 'template'],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

const kindsByApiVersion: Readonly<Record<string, readonly string[]>> = {
  v1: ['Pod', 'PodTemplate', 'ReplicationController'],
  'apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  'apps/v1beta2': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
  'apps/v1beta1': ['Deployment', 'StatefulSet'],
  'extensions/v1beta1': ['Deployment', 'DaemonSet', 'ReplicaSet'],
  'batch/v1': ['Job', 'CronJob'],
  'batch/v1beta1': ['CronJob'],
  'batch/v2alpha1': ['CronJob'],
};

/**
 * The pod templates of one manifest object, in the order of the document: none for a kind without
 * templates, one for a workload, any number for a `List` or a typed list such as `DeploymentList`
 * (whose items may have no apiVersion and kind, as in answers of the API server). A template that
 * is not an object is left out. Takes any value and never throws.
 */
export function podTemplates(object: unknown): readonly TemplateLocation[] {
  return templatesAt(object, '', undefined, maxListDepth);
}

interface TypeMeta {
  readonly apiVersion: unknown;
  readonly kind: unknown;
}

function templatesAt(
  object: unknown,
  pointer: string,
  itemType: TypeMeta | undefined,
  depth: number,
): readonly TemplateLocation[] {
  if (!isObject(object)) return [];
  const apiVersion = object['apiVersion'] ?? itemType?.apiVersion;
  const kind = object['kind'] ?? itemType?.kind;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  if (holdsTemplate(apiVersion, kind)) return templateOf(object, kind, pointer);
  const { items } = object as { readonly items?: unknown };
  const listed = listedType(apiVersion, kind);
  if (listed === undefined || depth === 0 || !Array.isArray(items)) return [];
  return items.flatMap((item: unknown, index) =>
    templatesAt(item, `${pointer}/items/${index}`, listed, depth - 1),
  );
}

function holdsTemplate(apiVersion: string, kind: string): boolean {
  return (
    Object.hasOwn(kindsByApiVersion, apiVersion) &&
    kindsByApiVersion[apiVersion]?.includes(kind) === true
  );
}

/**
 * The type of an item that does not name one itself; undefined where the object is not a list that
 * may hold templates.
 */
function listedType(apiVersion: string, kind: string): TypeMeta | undefined {
  if (apiVersion === 'v1' && kind === 'List') return { apiVersion: undefined, kind: undefined };
  if (!kind.endsWith('List')) return undefined;
  const itemKind = kind.slice(0, -'List'.length);
  return holdsTemplate(apiVersion, itemKind) ? { apiVersion, kind: itemKind } : undefined;
}

function templateOf(
  object: JsonObject,
  kind: string,
  pointer: string,
): readonly TemplateLocation[] {
  const path = templatePaths[kind] ?? [];
  const pod = path.reduce<unknown>(
    (value, key) => (isObject(value) ? value[key] : undefined),
    object,
  );
  if (!isObject(pod)) return [];
  const { name, generateName, namespace } = (
    isObject(object['metadata']) ? object['metadata'] : {}
  ) as Readonly<Record<'name' | 'generateName' | 'namespace', unknown>>;
  return [
    {
      pointer: [pointer, ...path].join('/'),
      kind,
      name: [name, generateName].find(isName) ?? '',
      ...(isName(namespace) ? { namespace } : {}),
      claims: kind === 'StatefulSet' ? claimNames(object) : [],
      pod,
    },
  ];
}

function claimNames(statefulSet: JsonObject): readonly string[] {
  const spec = statefulSet['spec'];
  const claims = isObject(spec) ? spec['volumeClaimTemplates'] : undefined;
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
