// A registry's client: https://github.com/opencontainers/distribution-spec/blob/v1.0.1/spec.md

import { createHash } from 'node:crypto';

import { request } from './http-client.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: string;
}

const DOCKER = 'application/vnd.docker';

/**
 * Pushes an image of one layer to `repository`, and finds its tag listed; rejects where the
 * registry refuses.
 */
export async function pushAndList(origin: string, repository: string): Promise<void> {
  const base = `${origin}/v2/${repository}`;
  const config = await pushBlob(base, '{}', `${DOCKER}.container.image.v1+json`);
  const layer = await pushBlob(base, 'layer', `${DOCKER}.image.rootfs.diff.tar.gzip`);
  const mediaType = `${DOCKER}.distribution.manifest.v2+json`;
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] });
  const headers = { 'content-type': mediaType };
  await request(`${base}/manifests/1.0`, { method: 'PUT', headers, body }, { status: 201 });
  await request(`${base}/tags/list`, {}, { status: 200, body: /"1\.0"/ });
  await request(`${base}/blobs/${layer.digest}`, {}, { status: 200, body: /^layer$/ });
}

async function pushBlob(base: string, content: string, mediaType: string): Promise<Descriptor> {
  const started = await request(`${base}/blobs/uploads/`, { method: 'POST' }, { status: 202 });
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const upload = new URL(started.get('location') ?? '', base);
  upload.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await request(upload, { method: 'PUT', headers, body: content }, { status: 201 });
  return { mediaType, size: Buffer.byteLength(content), digest };
}
