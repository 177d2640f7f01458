// From a folder to a layer of an OCI image.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';

/** An uncompressed layer: its digest is its diff id. */
export interface Layer {
  readonly tar: string;
  /** `sha256:…` */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

const TAR_MS = 5 * 60_000;

/** Packs `root` into `folder`/layer.tar, with what `readLayer` needs beside it. */
export async function packLayer(root: string, folder: string): Promise<void> {
  const tar = join(folder, 'layer.tar');
  const args = [
    '--sort=name',
    '--numeric-owner',
    '--xattrs',
    '--xattrs-include=security.capability',
    '--directory',
    root,
    '--create',
    '--file',
    tar,
    '.',
  ];
  const { code, stderr } = await runCommand('tar', args, { timeoutMs: TAR_MS });
  if (code !== 0) throw new Error(`tar of ${root}: ${stderr}`);
  await writeFile(join(folder, 'digest'), await sha256(tar));
}

/** The layer that {@link packLayer} left in `folder`. */
export async function readLayer(folder: string): Promise<Layer> {
  const tar = join(folder, 'layer.tar');
  const digest = await readFile(join(folder, 'digest'), 'utf8');
  return { tar, digest, size: (await stat(tar)).size };
}

/**
 * Turns what overlayfs keeps for a deleted file, a character device 0:0, into what a layer has for
 * it: an empty file `.wh.NAME`; and a folder that hides the one below it, marked by an attribute
 * there, into one with `.wh..wh..opq`.
 */
export async function convertWhiteouts(upper: string): Promise<void> {
  const opaque = await runCommand(
    'getfattr',
    ['-R', '-h', '--absolute-names', '-n', 'trusted.overlay.opaque', upper],
    { timeoutMs: TAR_MS },
  );
  const named = [...opaque.stdout.matchAll(/^# file: (.*)$/gm)].map(([, path]) => path ?? '');
  for (const folder of named) await writeFile(join(folder, '.wh..wh..opq'), '');
  for (const entry of await readdir(upper, { recursive: true, withFileTypes: true })) {
    if (!entry.isCharacterDevice()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await lstat(path)).rdev !== 0) continue;
    await rm(path);
    await writeFile(join(entry.parentPath, `.wh.${entry.name}`), '');
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
