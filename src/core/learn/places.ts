/**
 * Which directories must be writable for what was written: the narrowest that will do. A directory
 * in which the program made a name is one; where the lints refuse it, those that it made there.
 */
import { lintPath } from '../catalogue/lints/index.ts';
import { maxPath } from '../catalogue/profile/bounds.ts';
import { isRandom } from '../diagnose/generated-names.ts';
import { baseName, lineage, parentOf } from '../mounts/paths.ts';
import { compareText } from '../values/text.ts';
import { contentsOf, isShared } from './contents.ts';
import type { Knowledge, SeenPath } from './merge.ts';

/** A directory, or a file of the image, that has to be writable. */
export interface Place {
  readonly path: string;
  readonly contents: 'empty' | 'seeded';
  /** What was written that asks for it. */
  readonly for: readonly SeenPath[];
  /** In which observations. */
  readonly in: ReadonlySet<number>;
}

/** What was written where no profile can have a mount. */
export interface Misplaced {
  readonly path: string;
  /** Follows the directory: `is a system directory: …` */
  readonly why: string;
  readonly directory: string;
}

export interface Places {
  readonly places: readonly Place[];
  readonly misplaced: readonly Misplaced[];
}

/** More directories than this are made writable by the one that they are in. */
const severalDirectories = 4;

/** Sorted by path; none contains another. `images`: the profile's patterns, for the lints. */
export function placesOf(knowledge: Knowledge, images: readonly string[]): Places {
  const search = new Search(knowledge, images);
  for (const [directory, children] of childrenByDirectory(knowledge))
    search.forChildren(directory, children);
  for (const item of knowledge.written.values()) search.forItself(item);
  for (const [path, seen] of knowledge.touched) search.forTouched(path, seen);
  return { places: outermost(search), misplaced: search.misplaced };
}

/** Made by the program, as far as anybody knows: nothing of the image is in it. */
function isMade(item: SeenPath | undefined): boolean {
  return item?.type === 'directory' && (item.change === 'created' || item.change === 'unknown');
}

/** What was made or changed in directories that the program did not make. */
function childrenByDirectory({ written }: Knowledge): ReadonlyMap<string, readonly SeenPath[]> {
  const children = new Map<string, SeenPath[]>();
  for (const item of written.values()) {
    const parent = parentOf(item.path);
    if (isMade(written.get(parent))) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [item]);
    else siblings.push(item);
  }
  return children;
}

class Search {
  readonly places = new Map<string, Place>();
  readonly misplaced: Misplaced[] = [];
  readonly knowledge: Knowledge;
  readonly images: readonly string[];

  constructor(knowledge: Knowledge, images: readonly string[]) {
    this.knowledge = knowledge;
    this.images = images;
  }

  forChildren(directory: string, all: readonly SeenPath[]): void {
    // Of the image's own directories each is looked at by itself.
    const children = all.filter(({ type, change }) => type !== 'directory' || change !== 'changed');
    if (children.length === 0) return;
    const contents = contentsOf(directory, all, this.knowledge);
    const refused = this.refusal(directory, contents);
    const made = children.filter((item) => isMade(item));
    const isEach =
      made.length === children.length &&
      (directory === '/' || isShared(directory) || contents === 'seeded') &&
      made.length <= severalDirectories &&
      made.every(({ path }) => !isRandom(baseName(path)));
    if (refused === undefined && !isEach) this.add(directory, contents, children);
    else for (const item of children) this.forOne(item, directory, refused);
  }

  /** One child of a directory that is not to be mounted, or cannot be. */
  private forOne(item: SeenPath, directory: string, refused: string | undefined): void {
    const own = isMade(item) ? 'empty' : 'seeded';
    const hasOwn = isMade(item) || (item.type === 'file' && item.change === 'changed');
    const problem = hasOwn ? this.refusal(item.path, own) : undefined;
    if (hasOwn && problem === undefined) this.add(item.path, own, [item]);
    else
      this.misplaced.push({
        path: item.path,
        directory: problem === undefined ? directory : item.path,
        why: problem ?? refused ?? '',
      });
  }

  /** A directory of the image of which the owner, the mode or the times were changed. */
  forItself(item: SeenPath): void {
    const { path, type, change } = item;
    if (type !== 'directory' || change !== 'changed') return;
    // It was copied up for what is below it.
    if (this.knowledge.above.has(path)) return;
    this.addOrRefuse(path, item);
  }

  /** A directory in which names were made, and nothing of it is left. */
  forTouched(path: string, seen: ReadonlySet<number>): void {
    if (isMade(this.knowledge.written.get(path)) || this.places.has(path)) return;
    for (const at of lineage(parentOf(path))) if (this.places.has(at)) return;
    const item: SeenPath = { path, type: 'directory', change: 'changed', in: seen };
    this.addOrRefuse(path, item);
  }

  private addOrRefuse(path: string, item: SeenPath): void {
    const contents = contentsOf(path, [], this.knowledge);
    const why = this.refusal(path, contents);
    if (why === undefined) this.add(path, contents, [item]);
    else this.misplaced.push({ path, directory: path, why });
  }

  private add(path: string, contents: Place['contents'], items: readonly SeenPath[]): void {
    const known = this.places.get(path);
    this.places.set(path, {
      path,
      contents: known?.contents === 'seeded' ? 'seeded' : contents,
      for: [...(known?.for ?? []), ...items],
      in: new Set([...(known?.in ?? []), ...items.flatMap((item) => [...item.in])]),
    });
  }

  private refusal(path: string, contents: Place['contents']): string | undefined {
    if (path === '/') return 'is the root itself.';
    // A program may give its files any name.
    if (path.length > maxPath) return 'is longer than a path of a profile may be.';
    if (/[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(path)) return 'has characters that no profile may have.';
    return lintPath({ path, contents }, this.images);
  }
}

/** A directory of the image inside another must be in the copy of that. */
function outermost({ places, knowledge }: Search): readonly Place[] {
  const outer = new Map<string, Place>();
  for (const place of [...places.values()].sort((a, b) => compareText(a.path, b.path))) {
    const above = [...lineage(parentOf(place.path))].find((at) => outer.has(at));
    const around = above === undefined ? undefined : outer.get(above);
    if (around === undefined) {
      outer.set(place.path, place);
      continue;
    }
    const isNeeded = !isMade(knowledge.written.get(place.path));
    const hasImage = knowledge.directories.get(around.path)?.inImage !== false;
    outer.set(around.path, {
      ...around,
      contents: isNeeded && hasImage ? 'seeded' : around.contents,
      for: [...around.for, ...place.for],
      in: new Set([...around.in, ...place.in]),
    });
  }
  return [...outer.values()].sort((a, b) => compareText(a.path, b.path));
}
