// Where roots and layers are kept between runs.

import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { locked } from '../node/lock.ts';

/** Folders that hold a finished result under a key, and nothing unfinished. */
export interface Cache {
  readonly dir: string;
  /**
   * The folder of `name` and `key`, made by `make` when there is none. `make` gets an empty folder,
   * which takes its place when it is done; when it fails, nothing stays.
   */
  readonly folder: (
    name: string,
    key: string,
    make: (unfinished: string) => Promise<void>,
  ) => Promise<string>;
}

/** The cache of whoever runs the tests. */
export async function openCache(): Promise<Cache> {
  const configured = process.env['XDG_CACHE_HOME'];
  const home =
    configured === undefined || configured === '' ? join(homedir(), '.cache') : configured;
  const dir = join(home, 'lithopod', 'e2e-node');
  await mkdir(dir, { recursive: true });
  await removeAbandoned(dir);
  const folder: Cache['folder'] = async (name, key, make) => {
    const path = join(dir, `${name}-${key}`);
    if (!existsSync(path)) {
      const lock = join(dir, `${name}.lock`);
      await locked(lock, () => finish(name, key, path, make));
    }
    return path;
  };
  const finish = async (
    name: string,
    key: string,
    path: string,
    make: (unfinished: string) => Promise<void>,
  ): Promise<void> => {
    // Another process may have made it meanwhile.
    if (existsSync(path)) return;
    const unfinished = `${path}.${process.pid}.tmp`;
    const started = Date.now();
    process.stderr.write(`[e2e-node] making ${name}\n`);
    try {
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished);
      await make(unfinished);
      await rename(unfinished, path);
      await removeOthers(dir, name, key);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    process.stderr.write(
      `[e2e-node] made ${name} in ${Math.round((Date.now() - started) / 1000)} s\n`,
    );
  };
  return { dir, folder };
}

/** What was made from an earlier recipe would only fill the disk. */
async function removeOthers(dir: string, name: string, key: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    const [, ofKey] = entry.startsWith(`${name}-`)
      ? (/^-(\w+)$/.exec(entry.slice(name.length)) ?? [])
      : [];
    if (ofKey !== undefined && ofKey !== key) await rm(join(dir, entry), { recursive: true });
  }
}

/** What a process left that was killed in the middle of it. */
async function removeAbandoned(dir: string): Promise<void> {
  for (const entry of await readdir(dir)) {
    const [, pid] = /\.(\d+)\.tmp$/.exec(entry) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(join(dir, entry), { recursive: true });
  }
}
