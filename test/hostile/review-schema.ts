/**
 * Every place of an AdmissionReview that somebody may fill, as a tree: the Pod as the Kubernetes
 * OpenAPI has it, from the models of @kubernetes/client-node, within the review as k8s.io/api
 * admission/v1 has it.
 */
import * as models from '@kubernetes/client-node';

export type Schema =
  | { readonly kind: 'text' | 'number' | 'flag' | 'any' }
  | { readonly kind: 'list' | 'map'; readonly of: Schema }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Schema> };

/** A place in the tree. */
export interface Position {
  /** The keys on the way, `[]` for an element of a list. */
  readonly keys: readonly string[];
  readonly schema: Schema;
}

const scalars: Readonly<Record<string, Schema>> = {
  string: { kind: 'text' },
  Date: { kind: 'text' },
  IntOrString: { kind: 'text' },
  number: { kind: 'number' },
  boolean: { kind: 'flag' },
  any: { kind: 'any' },
};

interface Model {
  readonly getAttributeTypeMap?: () => readonly {
    readonly baseName: string;
    readonly type: string;
  }[];
}

/**
 * The schema of a type by the name that the models have for it. Throws for a name that none has.
 */
function schemaOf(type: string): Schema {
  const scalar = scalars[type];
  if (scalar !== undefined) return scalar;
  const element = /^Array<(.*)>$/.exec(type)?.[1];
  if (element !== undefined) return { kind: 'list', of: schemaOf(element) };
  const entry = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (entry !== undefined) return { kind: 'map', of: schemaOf(entry) };
  const model = (models as unknown as Readonly<Record<string, Model>>)[type];
  const attributes = model?.getAttributeTypeMap?.();
  if (attributes === undefined) throw new Error(`client-node has no model ${type}`);
  return objectOf(
    Object.fromEntries(attributes.map(({ baseName, type: own }) => [baseName, schemaOf(own)])),
  );
}

function objectOf(fields: Readonly<Record<string, Schema>>): Schema {
  return { kind: 'object', fields: new Map(Object.entries(fields)) };
}

const text: Schema = { kind: 'text' };
const texts: Schema = { kind: 'list', of: text };
const kind = objectOf({ group: text, version: text, kind: text });
const resource = objectOf({ group: text, version: text, resource: text });

const pod = schemaOf('V1Pod');

export const reviewSchema: Schema = objectOf({
  apiVersion: text,
  kind: text,
  request: objectOf({
    uid: text,
    kind,
    resource,
    subResource: text,
    requestKind: kind,
    requestResource: resource,
    requestSubResource: text,
    name: text,
    namespace: text,
    operation: text,
    userInfo: objectOf({
      username: text,
      uid: text,
      groups: texts,
      extra: { kind: 'map', of: texts },
    }),
    object: pod,
    oldObject: pod,
    dryRun: { kind: 'flag' },
    options: { kind: 'any' },
  }),
});

/** What is at the keys; throws where the schema has no such place. */
export function schemaAt(keys: readonly string[]): Schema {
  return keys.reduce<Schema>((schema, key) => {
    const next =
      schema.kind === 'object'
        ? schema.fields.get(key)
        : schema.kind === 'list' || schema.kind === 'map'
          ? schema.of
          : undefined;
    if (next === undefined) throw new Error(`no ${key} in ${keys.join('.')}`);
    return next;
  }, reviewSchema);
}

/** Every text, list and map of the tree: what can be made long or many. */
export function fillablePositions(
  schema: Schema = reviewSchema,
  keys: readonly string[] = [],
): readonly Position[] {
  switch (schema.kind) {
    case 'text':
      return [{ keys, schema }];
    case 'number':
    case 'flag':
      return [];
    // Of the values of a map nothing but their number and length can matter; of `any`, what is in
    // it.
    case 'any':
    case 'map':
      return [{ keys, schema }];
    case 'list':
      return [{ keys, schema }, ...fillablePositions(schema.of, [...keys, '[]'])];
    case 'object':
      return [...schema.fields].flatMap(([key, field]) => fillablePositions(field, [...keys, key]));
  }
}

/** `spec.containers[].name`; of what is not the object itself, from the review on. */
export function pathOf(keys: readonly string[]): string {
  const path = keys.join('.').replaceAll('.[]', '[]');
  return path.startsWith('request.object.') ? path.slice('request.object.'.length) : path;
}
