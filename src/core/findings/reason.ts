/** What the tables of reasons are made of. */

/**
 * `changed`: the pod was weaker and was fixed; `skipped`: left alone on purpose; `conflict`: could
 * not be fixed.
 */
export type Outcome = 'changed' | 'skipped' | 'conflict';

/**
 * A text follows the subject of its finding: `container "x"` or `the pod`. Where that does not fit,
 * it is a whole sentence with a subject of its own. Holds names and paths, never an environment
 * value.
 */
export type Said = string | { readonly sentence: string };

export interface Reason<Args> {
  readonly outcome: Outcome;
  /** One sentence for people who look the code up. */
  readonly summary: string;
  /** What a finding says of its pod: made only for whoever prints it. */
  readonly says: (args: Args) => Said;
  /**
   * The pod's author asked for something weaker, or the pod will not behave as its author expects:
   * the client gets a warning even where pods are changed silently otherwise.
   */
  readonly warn: boolean;
  /**
   * The final pod still shows it, so a second pass reports it again. The rule does not hold for
   * that container, and the annotation on the pod leaves it out.
   */
  readonly unresolved: boolean;
}

type Flags = Partial<Pick<Reason<never>, 'warn' | 'unresolved'>>;

/** Of a reason that says the same of every pod. */
export type NoArgs = Readonly<Record<string, never>>;

type MakeReason = <Args = NoArgs>(
  summary: string,
  says: (args: Args) => Said,
  flags?: Flags,
) => Reason<Args>;

export const changed: MakeReason = (summary, says, flags) => make('changed', summary, says, flags);
export const skipped: MakeReason = (summary, says, flags) => make('skipped', summary, says, flags);
export const conflict: MakeReason = (summary, says, flags) =>
  make('conflict', summary, says, flags);

function make<Args>(
  outcome: Outcome,
  summary: string,
  says: (args: Args) => Said,
  { warn = false, unresolved = false }: Flags = {},
): Reason<Args> {
  return { outcome, summary, says, warn, unresolved };
}
