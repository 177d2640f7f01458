/**
 * What the formats for machines are made of: results of `check` and of `profiles lint` in one
 * form.
 */
import type { Suppression } from './findings.ts';
import type { Severity } from './threshold.ts';

/** What a result is of. */
export interface ResultRule {
  readonly id: string;
  /** One line. */
  readonly title: string;
  /** Sentences. */
  readonly help: string;
  /** Absolute. */
  readonly helpUri: string;
}

/** One thing that somebody should look at. */
export interface MachineResult {
  /** As the command names it; `<stdin>` for stdin. */
  readonly file: string;
  /** Counted from 1; absent where the whole file is meant. */
  readonly line?: number;
  readonly column?: number;
  /** JSON pointer into the document. */
  readonly pointer?: string;
  /** Of what it is: `Deployment/web`. */
  readonly subject?: string;
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence or more. */
  readonly message: string;
  readonly fingerprint?: string;
  readonly suppressed?: Suppression;
  /** More for tools: names to texts. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** The results of one run of a command. */
export interface MachineResults {
  /** The command, for people: `lithopod check`. */
  readonly title: string;
  /** Every rule that a result may be of. */
  readonly rules: readonly ResultRule[];
  readonly results: readonly MachineResult[];
  /** All that was looked at: what has no result is fine. */
  readonly subjects: readonly { readonly file: string; readonly subject: string }[];
  /** One sentence. */
  readonly summary: string;
  readonly version: string;
}

/** What the severities are sorted by: the gravest comes first. */
const order: readonly Severity[] = ['error', 'warning', 'note'];

/** The results that are not suppressed, the gravest first. */
export function openResults(results: readonly MachineResult[]): readonly MachineResult[] {
  return results
    .filter(({ suppressed }) => suppressed === undefined)
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** The pages to which rules link. */
export const docs = 'https://github.com/lithopod/lithopod/blob/main/docs';

export const formats = ['sarif', 'junit', 'github', 'markdown'] as const;
export type MachineFormat = (typeof formats)[number];
