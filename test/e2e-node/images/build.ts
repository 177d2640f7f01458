// From recipes to images.

import { copyFile, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';
import { BASE_VERSION, makeBase } from './base.ts';
import { openCache, type Cache } from './cache.ts';
import type { Debian } from './debian.ts';
import { convertWhiteouts, packLayer, readLayer } from './layer.ts';
import type { BuiltImage } from './layout.ts';
import { filesOf, keyOf, rootOf, type Recipe } from './recipe.ts';
import { toolchain } from './recipes/base.ts';

const SCRIPT_MS = 30 * 60_000;
const IN_ROOT = join(import.meta.dirname, 'in-root.sh');

interface Workshop {
  readonly cache: Cache;
  /** The folder of the base, with `root` and its layer, and its key. */
  readonly base: Made;
  readonly toolchain: () => Promise<Made>;
}

interface Made {
  readonly folder: string;
  readonly key: string;
}

/**
 * Brings each recipe's image from the cache, or makes it: minutes the first time, reported on
 * stderr.
 */
export async function buildImages(
  recipes: readonly Recipe[],
  debian: Debian,
): Promise<readonly BuiltImage[]> {
  const workshop = await openWorkshop(debian);
  const images: BuiltImage[] = [];
  for (const recipe of recipes) {
    const { folder } = await make(recipe, workshop);
    const own = await readLayer(folder);
    const layers = recipe.from === 'scratch' ? [own] : [await readLayer(workshop.base.folder), own];
    images.push({ refs: recipe.refs, config: recipe.config, layers });
  }
  return images;
}

async function openWorkshop(debian: Debian): Promise<Workshop> {
  const cache = await openCache();
  const key = `${debian.release}-${BASE_VERSION}`;
  const folder = await cache.folder('base', key, (unfinished) => makeBase(debian, unfinished));
  const workshop: Workshop = {
    cache,
    base: { folder, key },
    toolchain: () => make(toolchain, workshop),
  };
  return workshop;
}

async function make(recipe: Recipe, workshop: Workshop): Promise<Made> {
  const { build, install, files } = filesOf(recipe);
  const compiler = build === undefined ? undefined : await workshop.toolchain();
  const key = await keyOf(recipe, [
    ...(recipe.from === 'debian' ? [workshop.base.key] : []),
    ...(compiler ? [compiler.key] : []),
  ]);
  const folder = await workshop.cache.folder(rootOf(recipe), key, async (unfinished) => {
    const out = join(unfinished, 'out');
    const upper = join(unfinished, 'upper');
    await mkdir(out);
    if (build !== undefined && compiler !== undefined) {
      const lower = [compiler.folder + '/upper', workshop.base.folder + '/root'];
      await runInRoot(
        workshop,
        unfinished,
        { lower, upper: join(unfinished, 'built'), out },
        build,
      );
      await rm(join(unfinished, 'built'), { recursive: true });
    }
    for (const [path, source] of Object.entries(recipe.hostFiles ?? {})) {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await copyFile(await realpath(source), join(out, path));
    }
    if (recipe.from === 'debian') {
      const script = install ?? (await emptyScript(unfinished));
      const lower = [workshop.base.folder + '/root'];
      await runInRoot(workshop, unfinished, { lower, upper, out, files }, script);
      if (recipe.refs.length === 0) return; // Stays an overlay's lower folder.
      await convertWhiteouts(upper);
    }
    await packLayer(recipe.from === 'scratch' ? out : upper, unfinished);
    await rm(upper, { recursive: true, force: true });
    await rm(out, { recursive: true });
  });
  return { folder, key };
}

interface Root {
  /** The topmost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly out: string;
  readonly files?: string | undefined;
}

async function runInRoot(
  { cache }: Workshop,
  folder: string,
  { lower, upper, out, files }: Root,
  script: string,
): Promise<void> {
  const work = join(folder, 'work');
  const noFiles = join(folder, 'no-files');
  await mkdir(work);
  await mkdir(noFiles, { recursive: true });
  const log = join(cache.dir, 'build.log');
  const { code, stdout, stderr } = await runCommand(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'],
      ...['nice', IN_ROOT, lower.join(':'), upper, work, script],
      ...[files ?? noFiles, out, join(cache.dir, 'apt')],
    ],
    { timeoutMs: SCRIPT_MS },
  );
  await writeFile(log, `== ${script}\n${stdout}\n${stderr}\n`, { flag: 'a' });
  if (code !== 0) throw new Error(`${script} ended with code ${code}:\n${lastLines(stderr)}`);
  await rm(work, { recursive: true });
  await rm(noFiles, { recursive: true });
}

async function emptyScript(folder: string): Promise<string> {
  const path = join(folder, 'empty.sh');
  await writeFile(path, '');
  return path;
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-30).join('\n');
}
