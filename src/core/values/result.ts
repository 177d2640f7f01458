/**
 * What a reader of text gives back: a value, or everything that is wrong with the text.
 *
 * Expected bad input is never thrown. All problems come together, each with its place, so that one
 * run shows an author all there is to fix.
 */

export type Result<T, P = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly P[] };

export interface Place {
  /** As the caller named it: a path, `<stdin>`, or the name of a cluster object. */
  readonly file?: string;
  /** Counted from 1, as editors do. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
}

export interface Problem extends Place {
  /** Where in the document: `spec.writable[0].path`. */
  readonly path?: string;
  /** One or more sentences for people, without the place. */
  readonly message: string;
}

export function success<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function failure<P = Problem>(
  ...problems: readonly P[]
): { readonly ok: false; readonly problems: readonly P[] } {
  return { ok: false, problems };
}

/**
 * One line, `file:line:column: path: message`, without the parts that are not known: what editors
 * can jump to.
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
