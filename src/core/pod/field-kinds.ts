/**
 * The words in which fields.ts describes a pod.
 *
 * Values come from JSON or YAML and are never class instances. `null` is what YAML gives for a key
 * without a value; the API server treats it as absent, and so do we: in every field that is not
 * required, and under every key of a map.
 */

/** What a field holds. Nobody looks into `any object`. */
export type Kind<P extends Part = Part> = Scalar | 'any object' | 'map of strings' | List<P> | P;
type Scalar = 'string' | 'boolean' | 'number';
interface List<P extends Part> {
  readonly listOf: 'string' | P;
}

/** Absent or of its kind, or of its kind at all times. */
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
  /** Whether it has one more key, out of many: `emptyDir`, `configMap`… */
  readonly hasSource: boolean;
}

interface PlainPart extends Part {
  readonly isUniform: false;
}
/** No view leads to a uniform part below a plain one. */
type PlainFields = Readonly<Record<string, Field<PlainPart>>>;

/** An object that rules see as the author wrote it. */
export function part(name: string, fields: PlainFields): PlainPart {
  return { name, fields, isUniform: false, hasSource: false };
}

/** The same, with one more key that is not listed: where its content comes from. */
export function partWithSource(name: string, fields: PlainFields): PlainPart {
  return { name, fields, isUniform: false, hasSource: true };
}

/** An object that rules see as a view (uniform-pod.ts). */
export function uniformPart(name: string, fields: Part['fields']): Part {
  return { name, fields, isUniform: true, hasSource: false };
}

export function listOf<E extends 'string' | Part>(element: E): { readonly listOf: E } {
  return { listOf: element };
}

export function required<K extends Kind>(kind: K): { readonly required: K } {
  return { required: kind };
}

export function isRequired(field: Field): field is Required<Part> {
  return typeof field === 'object' && 'required' in field;
}

export function kindOf(field: Field): Kind {
  return isRequired(field) ? field.required : field;
}
