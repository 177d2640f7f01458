// `lithopod install` beside `kubectl kustomize`, of the same files.

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { cli } from '../cli/run.ts';
import { findBinaries } from './control-plane/binaries.ts';
import { ownFolder, removeFolder, runCommand } from './control-plane/owned-process.ts';
import { copyManifests, type Manifest } from './installation.ts';

/** kubectl's kustomize takes these for namespaced; the API server takes the namespace off again. */
const UNKNOWN_TO_KUSTOMIZE = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

describe('lithopod install', () => {
  let folder: string;
  let kubectl: string;

  before(async () => {
    ({ kubectl } = await findBinaries());
    folder = await mkdtemp(join(tmpdir(), 'lithopod-install-'));
    ownFolder(folder);
    await copyManifests(folder);
  });
  after(() => {
    removeFolder(folder);
  });

  /** What kubectl makes of a kustomization over one of ours, by kind and name. */
  async function kustomized(base: string, more: string): Promise<Map<string, Manifest>> {
    const overlay = await mkdtemp(join(folder, 'overlay-'));
    await writeFile(
      join(overlay, 'kustomization.yaml'),
      `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../${base}]\n${more}`,
    );
    const args = ['kustomize', overlay];
    const env = { HOME: folder, PATH: process.env['PATH'] };
    const { code, stdout, stderr } = await runCommand(kubectl, args, { timeoutMs: 30_000, env });
    expect(code, stderr).to.equal(0);
    return byName(stdout, '1.1');
  }

  async function installed(flags: readonly string[]): Promise<Map<string, Manifest>> {
    const { code, stdout, stderr } = await cli(['install', ...flags]);
    expect(code, stderr).to.equal(0);
    const manifests = byName(stdout, '1.1');
    expect(byName(stdout, '1.2')).to.deep.equal(manifests);
    return manifests;
  }

  function byName(text: string, version: '1.1' | '1.2'): Map<string, Manifest> {
    const manifests = parseAllDocuments(text, { version }).map((each) => each.toJS() as Manifest);
    return new Map(
      manifests.map((each) => [`${each.kind}/${each.metadata.name}`, clusterWide(each)]),
    );
  }

  function clusterWide(manifest: Manifest): Manifest {
    if (!UNKNOWN_TO_KUSTOMIZE.includes(manifest.kind)) return manifest;
    const { namespace: _namespace, ...metadata } = manifest.metadata as Record<string, unknown>;
    return { ...manifest, metadata: metadata as Manifest['metadata'] };
  }

  function expectSame(left: Map<string, Manifest>, right: Map<string, Manifest>): void {
    expect([...left.keys()]).to.have.members([...right.keys()]);
    for (const [name, manifest] of left) expect(manifest, name).to.deep.equal(right.get(name));
  }

  const names = ['stone', 'lithopod', 'a', 'x'.repeat(63)];
  /** kustomize drops the quotes of an object that a JSON Patch of the overlay has changed. */
  const numbers = ['1e3', '0o7', 'null'];
  for (const [flags, base, namespaces] of [
    [[], 'manifests', [...names, ...numbers]],
    [['--cert-manager'], 'overlays/cert-manager', names],
  ] as const) {
    describe(`of ${base}`, () => {
      it('is the same', async () => {
        expectSame(await installed(flags), await kustomized(base, ''));
      });

      for (const namespace of namespaces) {
        it(`is the same in the namespace ${namespace}, without a trace of another`, async () => {
          const ours = await installed([...flags, '--namespace', namespace]);
          const theirs = await kustomized(base, `namespace: '${namespace}'\n`);
          expectSame(ours, theirs);
          for (const text of [ours, theirs].map((each) => JSON.stringify([...each.values()]))) {
            expect(text).not.to.contain('lithopod-system');
            expect(text).to.contain(namespace);
          }
        });
      }

      it('is the same with another image', async () => {
        const image = 'registry.corp:5000/mirror/lithopod:9';
        const images =
          'images: [{ name: ghcr.io/lithopod/lithopod, newName: registry.corp:5000/mirror/lithopod, newTag: "9" }]\n';
        expectSame(await installed([...flags, '--image', image]), await kustomized(base, images));
      });
    });
  }

  it('goes into an overlay of overlays, in a namespace of its own', async () => {
    await mkdir(join(folder, 'inner'));
    await writeFile(
      join(folder, 'inner/kustomization.yaml'),
      'namespace: inner\nresources: [../manifests]\n',
    );
    const text = JSON.stringify([...(await kustomized('inner', 'namespace: outer\n')).values()]);
    expect(text).to.contain('outer').and.not.contain('inner').and.not.contain('lithopod-system');
  });
});
