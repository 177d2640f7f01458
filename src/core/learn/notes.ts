/** What is to be said beside a draft, since a profile has no field for it. */
import { isRandom } from '../diagnose/generated-names.ts';
import { baseName } from '../mounts/paths.ts';
import { groupBy } from '../values/group-by.ts';
import { shownList } from '../values/text.ts';
import type { DraftEntry } from './draft-spec.ts';
import type { Knowledge } from './merge.ts';
import type { Misplaced } from './places.ts';

/**
 * `no-place`: written where no profile can have a mount. `unreadable`: nothing is known of what is
 * in there. `differs`: found in some containers and not in others. `program-copied`: the copy of a
 * directory holds the program. `transient`: names that are made up. `mounted`: what the pod's own
 * mounts hold. `read-only`: the root was read-only already, so that attempts to write failed and
 * left no trace. `incomplete`: a limit was reached. `no-copy`: the image has no `cp` for its seeded
 * directories. `too-many`: more entries than a profile takes. `not-exercised`: always.
 */
export type NoteCode =
  | 'differs'
  | 'incomplete'
  | 'mounted'
  | 'no-copy'
  | 'no-place'
  | 'not-exercised'
  | 'program-copied'
  | 'read-only'
  | 'too-many'
  | 'transient'
  | 'unreadable';

export interface Note {
  readonly code: NoteCode;
  /** One or two sentences. */
  readonly text: string;
  readonly paths: readonly string[];
}

interface Outcome {
  readonly misplaced: readonly Misplaced[];
  readonly entries: readonly DraftEntry[];
  readonly omitted: number;
}

/** A copy of more files than this takes noticeable time at each start. */
const manyFiles = 500;

/** The notes, the most urgent first. */
export function notesOf(knowledge: Knowledge, outcome: Outcome): readonly Note[] {
  return [
    ...misplacedNotes(outcome.misplaced),
    ...unreadableNotes(knowledge),
    ...readOnlyNotes(knowledge),
    ...limitNotes(knowledge, outcome.entries),
    ...copyNotes(knowledge, outcome.entries),
    ...differenceNotes(knowledge, outcome.entries),
    ...(outcome.omitted > 0
      ? [
          note(
            'too-many',
            `A profile takes no more entries: ${outcome.omitted} are left out. Make a directory above them writable.`,
          ),
        ]
      : []),
    ...transientNotes(knowledge),
    ...mountNotes(knowledge),
    ...notExercised(knowledge),
  ];
}

function note(code: NoteCode, text: string, paths: readonly string[] = []): Note {
  return { code, text, paths };
}

function misplacedNotes(misplaced: readonly Misplaced[]): readonly Note[] {
  const byDirectory = groupBy(misplaced, ({ directory, why }) => `${directory} ${why}`);
  return [...byDirectory.values()].map((items) => {
    const [{ directory, why }] = items as [Misplaced];
    const paths = items.map(({ path }) => path);
    return note(
      'no-place',
      `No profile can make ${shownList(paths)} writable: ${directory} ${why} Let the program write elsewhere, or build what it writes into the image.`,
      paths,
    );
  });
}

function unreadableNotes({ observations }: Knowledge): readonly Note[] {
  const paths = [...new Set(observations.flatMap(({ unreadable }) => unreadable))].sort();
  if (paths.length === 0) return [];
  return [
    note(
      'unreadable',
      `${shownList(paths)} could not be read: what was written in there is unknown.`,
      paths,
    ),
  ];
}

/** Of a root that was read-only only what succeeded can be seen. */
function readOnlyNotes({ observations }: Knowledge): readonly Note[] {
  const isReadOnly = observations.some(({ mounts }) =>
    mounts.some(({ path, readOnly }) => path === '/' && readOnly),
  );
  if (!isReadOnly) return [];
  return [
    note(
      'read-only',
      'The root of a container was read-only already. What failed there with EROFS left no trace: see the container’s log, by lithopod explain -n NAMESPACE POD.',
    ),
  ];
}

function limitNotes({ observations }: Knowledge, entries: readonly DraftEntry[]): readonly Note[] {
  const notes: Note[] = [];
  if (observations.some(({ incomplete }) => incomplete === true))
    notes.push(note('incomplete', 'A limit was reached: more was written than was read.'));
  const seeded = entries.filter(({ contents }) => contents === 'seeded').map(({ path }) => path);
  if (seeded.length > 0 && observations.some(({ hasCp }) => hasCp === false))
    notes.push(
      note(
        'no-copy',
        `The image has no cp, by which ${shownList(seeded)} would be seeded: let the program write elsewhere, or mount a volume with the files.`,
        seeded,
      ),
    );
  return notes;
}

function copyNotes({ directories }: Knowledge, entries: readonly DraftEntry[]): readonly Note[] {
  const large = entries.filter(
    ({ path, contents }) =>
      contents === 'seeded' && (directories.get(path)?.imageFiles ?? 0) > manyFiles,
  );
  return large.map(({ path }) =>
    note(
      'program-copied',
      `${path} holds ${directories.get(path)?.imageFiles ?? 0} files of the image. All of them are copied at each start of a pod, and the program can change its copy: better let it write elsewhere.`,
      [path],
    ),
  );
}

function differenceNotes(
  { observations }: Knowledge,
  entries: readonly DraftEntry[],
): readonly Note[] {
  return entries
    .filter(({ seenIn }) => seenIn < observations.length)
    .map(({ path, seenIn }) =>
      note(
        'differs',
        `${path} was written in ${seenIn} of ${observations.length} containers, and is in the draft.`,
        [path],
      ),
    );
}

function transientNotes({ written }: Knowledge): readonly Note[] {
  const paths = [...written.keys()].filter((path) => isRandom(baseName(path)));
  if (paths.length === 0) return [];
  return [note('transient', `Made-up names: ${shownList(paths)}.`, paths.slice(0, 100))];
}

function mountNotes({ observations }: Knowledge): readonly Note[] {
  return observations.flatMap(({ mounts }) =>
    mounts
      .filter(({ from, readOnly, used }) => from === 'pod' && !readOnly && used !== undefined)
      .map(({ path, used = 0, fileSystem }) =>
        note('mounted', `${path} is a mount of the pod (${fileSystem}): ${used} bytes in it.`, [
          path,
        ]),
      ),
  );
}

function notExercised({ observations }: Knowledge): readonly Note[] {
  if (observations.every(({ means }) => means === 'image')) return [];
  return [
    note(
      'not-exercised',
      'What the containers did not do while they were observed is unknown: uploads, reloads, rotation of logs, crashes, upgrades.',
    ),
  ];
}
