// What an image is made of.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The part of an OCI image configuration that decides how a container starts; the names are the
 * format's own.
 */
export interface ImageConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
}

/**
 * An image: the folder roots/`root`, and this.
 *
 * - `build.sh` there runs in the toolchain and leaves what it made in /mnt/out.
 * - `files` there are copied over that, `install.sh` then runs in the image itself.
 */
export interface Recipe {
  readonly name: string;
  /** `name` unless told: images that differ in their configuration alone share a root. */
  readonly root?: string;
  /** Full references; the image answers to each. A recipe without any is there for others only. */
  readonly refs: readonly string[];
  /** `scratch`: the image holds what `build.sh` left, and nothing else. */
  readonly from: 'debian' | 'scratch';
  readonly config: ImageConfig;
  /**
   * Files of this machine that `install.sh` finds in the image: from the path there to the path
   * here.
   */
  readonly hostFiles?: Readonly<Record<string, string>>;
  /**
   * To be different when something is that neither the folder nor this shows, such as a file of
   * this machine.
   */
  readonly salt?: string;
}

const ROOTS = join(import.meta.dirname, 'roots');

/** The files of a recipe, as absolute paths; `undefined` for those it does without. */
export interface RecipeFiles {
  readonly build: string | undefined;
  readonly install: string | undefined;
  readonly files: string | undefined;
}

/** Looks into the recipe's folder. */
export function filesOf(recipe: Recipe): RecipeFiles {
  const existing = (entry: string): string | undefined => {
    const path = join(ROOTS, rootOf(recipe), entry);
    return existsSync(path) ? path : undefined;
  };
  return {
    build: existing('build.sh'),
    install: existing('install.sh'),
    files: existing('files'),
  };
}

/** The name of the folder that the image's root is made of. */
export function rootOf({ name, root = name }: Recipe): string {
  return root;
}

/**
 * 16 hexadecimal digits that change with anything that could change the root: `on` are the keys of
 * what it stands on.
 */
export async function keyOf(recipe: Recipe, on: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([recipe.from, recipe.salt, on]));
  const folder = join(ROOTS, rootOf(recipe));
  const entries = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  for (const entry of [...entries].sort()) {
    const path = join(folder, entry);
    const { mode } = await stat(path);
    const isFile = (mode & 0o170000) === 0o100000;
    const isProgram = (mode & 0o100) !== 0;
    hash.update(`\0${entry}\0${isFile && isProgram ? 'x' : ''}\0`);
    if (isFile) hash.update(await readFile(path));
  }
  return hash.digest('hex').slice(0, 16);
}
