/**
 * What a reader of text returns: a value, or everything that is wrong with the text.
 *
 * Bad input is expected, so no reader throws for it. It returns all problems at once, each with
 * its place, so that one run shows an author everything that needs a fix.
 */

/** A value, or the problems because of which there is none. */
export type Result<T, P = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly P[] };

/** A place in a text, as far as it is known. */
export interface Place {
  /** As the caller named it: a path, `<stdin>`, or the name of a cluster object. */
  readonly file?: string;
  /** Counted from 1, as editors do. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
}

/** One thing that is wrong in a text. */
export interface Problem extends Place {
  /** Where in the document: `spec.writable[0].path`. */
  readonly path?: string;
  /** The same place as a JSON pointer. */
  readonly pointer?: string;
  /** Which lint reports it, for programs; `schema` for the schema. */
  readonly lint?: string;
  /** One or more sentences for people, without the place. */
  readonly message: string;
}

/** The Result with a value. */
export function success<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** The Result with problems. */
export function failure<P = Problem>(
  ...problems: readonly P[]
): { readonly ok: false; readonly problems: readonly P[] } {
  return { ok: false, problems };
}

/**
 * One line, `file:line:column: path: message`, without the parts that are not known: a form that
 * editors can jump to.
 */
export function formatProblem(problem: Problem): string {
  return [formatPlace(problem), problem.path, problem.message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

/** `web.yaml:3:1`, without the parts that are not known. */
export function formatPlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
