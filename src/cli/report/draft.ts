/** Prints drafts of profiles. */
import { printable, wrap } from '../terminal/columns.ts';
import { printWarning } from '../terminal/problems.ts';
import type { DraftSpec } from '../../core/learn/draft-spec.ts';
import type { Draft } from '../../core/learn/draft.ts';
import type { Note } from '../../core/learn/notes.ts';
import type { Io } from '../terminal/io.ts';

/**
 * What `learn -o json` prints. Fields may be added; none is removed or changes its meaning while
 * `version` is 1.
 */
export interface DraftReport {
  readonly version: 1;
  readonly drafts: readonly {
    /** An ImageProfile in YAML. */
    readonly profile: string;
    readonly spec: DraftSpec;
    readonly notes: readonly Note[];
  }[];
}

/** Prints the drafts, as data or as YAML, and their notes on stderr. */
export function printDrafts(drafts: readonly Draft[], output: 'yaml' | 'json', io: Io): void {
  const report: DraftReport = { version: 1, drafts };
  io.stdout(
    output === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : drafts.map(({ profile }) => profile).join('---\n'),
  );
  for (const draft of drafts) printNotes(draft, io);
}

/** Notes that ask for something to be done: the others are printed as they are. */
const warned: ReadonlySet<string> = new Set(['incomplete', 'no-copy', 'no-place', 'too-many']);

/** Prints the notes of a draft on stderr, one after the other. */
function printNotes({ spec, notes }: Draft, io: Io): void {
  for (const { code, text } of notes) {
    if (warned.has(code)) printWarning({ file: spec.name }, text, io);
    else io.stderr(`${wrap(`note: ${printable(text)}`, io.stderrColumns ?? 1000).join('\n')}\n`);
  }
}
