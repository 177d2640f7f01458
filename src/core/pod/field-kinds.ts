/**
 * The functions and types with which fields.ts describes a pod.
 *
 * Values come from JSON or YAML and are never class instances. YAML gives `null` for a key without
 * a value. As for the API server, `null` means absent here: in every field that is not required,
 * and under every key of a map.
 */

/** What a field holds. The content of `any object` is not read. */
export type Kind<P extends Part = Part> = Scalar | 'any object' | 'map of strings' | List<P> | P;
type Scalar = 'string' | 'boolean' | 'number';
interface List<P extends Part> {
  readonly listOf: 'string' | P;
}

/** A field that may be absent, or a required one. */
export type Field<P extends Part = Part> = Kind<P> | Required<P>;
interface Required<P extends Part> {
  readonly required: Kind<P>;
}

/** An object of the API. */
export interface Part {
  /** The name of its type, of its check and of its view. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Whether rules see it as a view, which always has all fields in this order. */
  readonly isUniform: boolean;
  /** Whether it has one more key, which says its source: `emptyDir`, `configMap`… */
  readonly hasSource: boolean;
}

interface PlainPart extends Part {
  readonly isUniform: false;
}
/** Fields without uniform parts: views are made only of parts whose parents are uniform too. */
type PlainFields = Readonly<Record<string, Field<PlainPart>>>;

/** An object that rules see as the author wrote it. */
export function part(name: string, fields: PlainFields): PlainPart {
  return { name, fields, isUniform: false, hasSource: false };
}

/** A `part` with one more key that is not listed: where its content comes from. */
export function partWithSource(name: string, fields: PlainFields): PlainPart {
  return { name, fields, isUniform: false, hasSource: true };
}

/** An object that rules see as a view (uniform-pod.ts). */
export function uniformPart(name: string, fields: Part['fields']): Part {
  return { name, fields, isUniform: true, hasSource: false };
}

/** A list with elements of one kind. */
export function listOf<E extends 'string' | Part>(element: E): { readonly listOf: E } {
  return { listOf: element };
}

/** A field that must be present. */
export function required<K extends Kind>(kind: K): { readonly required: K } {
  return { required: kind };
}

/** Whether the field must be present. */
export function isRequired(field: Field): field is Required<Part> {
  return typeof field === 'object' && 'required' in field;
}

/** The kind of the field, required or not. */
export function kindOf(field: Field): Kind {
  return isRequired(field) ? field.required : field;
}
