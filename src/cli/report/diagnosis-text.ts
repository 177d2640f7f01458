/** Prints diagnoses and the suggested profile for people. */
import pc from 'picocolors';
import { hanging, printable } from '../terminal/columns.ts';
import { firstNote } from './suggested-profile.ts';
import type { Diagnosis } from '../../core/diagnose/diagnosis.ts';
import type { TextStyle } from './check-text.ts';
import type { Suggestion } from './suggested-profile.ts';

/** The lines of one diagnosis, indented by `indent` spaces. */
export function diagnosisLines(
  { cause, path, line, detail, advice, mend: fix }: Diagnosis,
  indent: number,
  { colour, columns }: TextStyle,
): readonly string[] {
  const { red, dim, cyan } = pc.createColors(colour);
  const lead = ' '.repeat(indent);
  const heading = path === undefined ? cause : `${cause} ${printable(path)}`;
  return [
    `${lead}${cause === 'benign' ? dim(heading) : red(heading)}`,
    dim(`${lead}  | ${printable(line)}`),
    hanging(`${lead}  `, printable(detail), columns),
    ...(fix === undefined ? [] : [`${lead}  profile:`]),
    ...(fix ?? []).map((text) => cyan(`${lead}    ${printable(text)}`)),
    // The advice names other fixes, so it comes after the profile's.
    ...(advice === undefined ? [] : [hanging(`${lead}  `, printable(advice), columns)]),
  ];
}

/** The lines of the suggested profile, after notes as YAML comments, so that all can be pasted. */
export function suggestionLines(suggestion: Suggestion, { columns }: TextStyle): readonly string[] {
  const left = suggestion.left.map(({ addition, problem }) => {
    const what = addition.field === 'writable' ? addition.path : addition.field;
    return hanging('# ', `Not in it: ${printable(what)}, which ${printable(problem)}`, columns);
  });
  const notes = [
    hanging('# ', `${firstNote} ${printable(suggestion.where)}`, columns),
    hanging(
      '# ',
      'Then create the pod anew. A program tells of one thing at a time: if it still crashes, its log tells of the next.',
      columns,
    ),
    ...left,
  ];
  return [...notes.map((text) => text.replaceAll('\n  ', '\n# ')), suggestion.profile.trimEnd()];
}
