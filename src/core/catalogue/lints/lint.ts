/**
 * The contract of a lint: what takes more than one field, or knowledge of images, to see that it is
 * wrong.
 *
 * A lint looks at an outline and not at a profile, so that it runs beside the schema on a document
 * that the schema refuses: an author then gets all problems at once.
 */

/** Keys and indexes from the top of the document: `['spec', 'writable', 0, 'path']`. */
export type DocumentPath = readonly (string | number)[];

/** `spec.writable[0].path`. */
export function pathText(path: DocumentPath): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`,
    )
    .join('');
}

export interface Located {
  readonly at: DocumentPath;
  readonly text: string;
}

export interface OutlineEntry {
  /** The place of the entry's `path`. */
  readonly at: DocumentPath;
  readonly list: 'writable' | 'data';
  /** As it is written: not normalised, and perhaps not absolute. */
  readonly path: string;
  readonly contents: 'empty' | 'seeded';
  /** A variable or flag says where it is. */
  readonly movable: boolean;
  /** Other directories to which a seeded entry may move. */
  readonly seededAt: readonly Located[];
}

/** A variable that the profile sets. */
export interface OutlineVariable {
  /** The place of the variable. */
  readonly at: DocumentPath;
  readonly name: string;
  readonly value: string;
}

export interface OutlineVariant {
  readonly tags?: readonly string[];
  /** Whether it asks for root or for another user. */
  readonly user?: string;
  /** The conditions on variables of the container. */
  readonly env: readonly Located[];
  readonly entries: readonly OutlineEntry[];
  readonly maskable: readonly Located[];
  readonly environment: readonly OutlineVariable[];
}

/** What could be read of a document. Parts of another type than they should have are left out. */
export interface ProfileOutline {
  readonly name: string;
  /** It continues another profile, whose entries are not in it. */
  readonly extended: boolean;
  readonly images: readonly Located[];
  readonly entries: readonly OutlineEntry[];
  readonly maskable: readonly Located[];
  readonly environment: readonly OutlineVariable[];
  readonly ownDirectories: readonly Located[];
  /** The image's VOLUMEs. */
  readonly volumes: readonly Located[];
  readonly variants: readonly OutlineVariant[];
}

export interface LintProblem {
  readonly at: DocumentPath;
  /** Follows the path of the field: `is a system directory.` */
  readonly message: string;
}

export interface Lint {
  /** Equals the file's name. */
  readonly id: string;
  readonly title: string;
  check(outline: ProfileOutline): readonly LintProblem[];
}

/** All entries, those of variants too. */
export function allEntries(outline: ProfileOutline): readonly OutlineEntry[] {
  return [...outline.entries, ...outline.variants.flatMap((variant) => variant.entries)];
}

/** The entry at the other places that the profile names for it. */
function placesOf(entry: OutlineEntry): readonly OutlineEntry[] {
  return entry.seededAt.map(({ at, text }) => ({ ...entry, at, path: text, seededAt: [] }));
}

/** What a lint of paths judges. */
export type JudgedPath = Pick<OutlineEntry, 'path' | 'contents'>;

/** A lint that judges one path by itself, so that it can judge one that a pod moves as well. */
export interface PathLint extends Lint {
  /** What the lint has against the path in these images. */
  refuse(entry: JudgedPath, images: ProfileOutline['images']): string | undefined;
}

/** The lint of all entries of a profile, made from the judgement of one path. */
export function makePathLint({ id, title, refuse }: Omit<PathLint, 'check'>): PathLint {
  const check: Lint['check'] = (outline) =>
    checkEntries(outline, (entry) => refuse(entry, outline.images));
  return { id, title, refuse, check };
}

/**
 * A problem for each entry, and each place to which it may move, that `refuse` has something
 * against.
 */
export function checkEntries(
  outline: ProfileOutline,
  refuse: (entry: OutlineEntry) => string | undefined,
): readonly LintProblem[] {
  return allEntries(outline)
    .flatMap((entry) => [entry, ...placesOf(entry)])
    .flatMap((entry) => {
      const message = refuse(entry);
      return message === undefined ? [] : [{ at: entry.at, message }];
    });
}
