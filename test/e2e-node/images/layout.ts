// An OCI image layout: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md

import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Layer } from './layer.ts';
import type { ImageConfig } from './recipe.ts';

/** An image, ready to be written. */
export interface BuiltImage {
  readonly refs: readonly string[];
  readonly config: ImageConfig;
  /** From the bottom up. */
  readonly layers: readonly Layer[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = 'application/vnd.oci.image';
/** The name under which containerd stores an imported image: its core/images/annotations.go. */
const NAME = 'io.containerd.image.name';

/**
 * Writes a layout into the empty folder `dir`. Layers are links to where they are: to be packed
 * with `tar -h`. Those of `known`, by their digests, are left out, since whoever reads it has them.
 */
export async function writeLayout(
  images: readonly BuiltImage[],
  dir: string,
  known: ReadonlySet<string> = new Set(),
): Promise<void> {
  const blobs = join(dir, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const linked = new Set<string>(known);
  const manifests: object[] = [];
  for (const image of images) {
    for (const { digest, tar } of image.layers) {
      if (!linked.has(digest)) await symlink(tar, join(blobs, hex(digest)));
      linked.add(digest);
    }
    const descriptor = await writeManifest(image, blobs);
    for (const ref of image.refs) manifests.push({ ...descriptor, annotations: { [NAME]: ref } });
  }
  await writeFile(join(dir, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const index = { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests };
  await writeFile(join(dir, 'index.json'), JSON.stringify(index));
}

async function writeManifest({ config, layers }: BuiltImage, blobs: string): Promise<Descriptor> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const image = { architecture, os: 'linux', config, rootfs };
  return writeJson(blobs, `${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: await writeJson(blobs, `${OCI}.config.v1+json`, image),
    layers: layers.map(({ digest, size }) => ({
      mediaType: `${OCI}.layer.v1.tar`,
      digest,
      size,
    })),
  });
}

async function writeJson(blobs: string, mediaType: string, object: object): Promise<Descriptor> {
  const content = JSON.stringify(object);
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  await writeFile(join(blobs, hex(digest)), content);
  return { mediaType, digest, size: Buffer.byteLength(content) };
}

function hex(digest: string): string {
  return digest.slice('sha256:'.length);
}
