import { expect } from 'chai';
import { cli, cliWithProfiles, withFolder } from './run.ts';
import type { ExplainedContainer, Explanation } from '../../src/cli/report/explanation.ts';

function pod(container: string, rest = ''): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - ${container}\n${rest}`;
}

async function explained(stdin: string, ...flags: string[]): Promise<ExplainedContainer> {
  const argv = ['explain', '-o', 'json', ...flags];
  const { code, stdout, stderr } = await cliWithProfiles(argv, { stdin });
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  const [object] = (JSON.parse(stdout) as Explanation).objects;
  return object!.containers[0]!;
}

function landings({ paths }: ExplainedContainer): Readonly<Record<string, unknown>> {
  return Object.fromEntries(paths.map(({ path, mounted }) => [path, mounted]));
}

describe('lithopod explain', () => {
  it('tells where each path lands: with its author, with Lithopod, or nowhere', async () => {
    const container = await explained(
      pod(
        '{name: web, image: registry.test/web, volumeMounts: [{name: c, mountPath: /var/cache}, {name: r, mountPath: /run/, readOnly: true}]}',
        '  volumes: [{name: c, emptyDir: {}}, {name: r, emptyDir: {}}]\n',
      ),
    );
    expect(landings(container)).to.deep.equal({
      '/var/cache/web': { by: 'author', volume: 'c', mountPath: '/var/cache' },
      '/var/run': { by: 'nobody', reason: 'mounts "r" read-only at /run/' },
    });
  });

  it('knows its own mounts again on hardened manifests', async () => {
    const text = pod('{name: store, image: registry.test/store}');
    const { stdout } = await cliWithProfiles(['harden'], { stdin: text });
    const [before, after] = [await explained(text), await explained(stdout)];
    expect(landings(after)).to.deep.equal(landings(before));
    expect(after.paths.map(({ mounted }) => mounted.by)).to.deep.equal(['lithopod', 'lithopod']);
    expect(new Set(after.rules.map(({ outcome }) => outcome))).to.deep.equal(new Set(['holds']));
  });

  it('makes data writable above what its author mounts below', async () => {
    const container = await explained(
      pod(
        '{name: store, image: registry.test/store, volumeMounts: [{name: d, mountPath: /data/deep}]}',
        '  volumes: [{name: d, emptyDir: {}}]\n',
      ),
    );
    expect(landings(container)['/data']).to.deep.equal({
      by: 'lithopod',
      volume: 'lithopod-store-data-9d1c8e',
      mountPath: '/data',
    });
  });

  it('tells why an image cannot be seeded', async () => {
    const profiles = `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: {name: bare}
spec:
  images: [registry.test/bare]
  writable: [{path: /srv/state, why: state, contents: seeded}]
  cp: none
  evidence: [{kind: source, ref: x, seen: 2026-11-21}]
`;
    await withFolder({ 'bare.yaml': profiles }, async (folder) => {
      const { stdout } = await cli(['explain', '--profiles', folder], {
        stdin: pod('{name: bare, image: registry.test/bare}'),
      });
      expect(stdout).to.include(
        '/srv/state  stays read-only: its image has files and no program to copy them with\n',
      );
    });
  });

  it('names the image as written and as runtimes read it, mirrors rewritten', async () => {
    const container = await explained(
      pod('{name: tool, image: corp.test/hub/tool:1}'),
      '--mirror',
      'corp.test/hub/=registry.test/',
    );
    expect(container.image).to.deep.equal({
      written: 'corp.test/hub/tool:1',
      reference: 'registry.test/tool:1',
    });
    expect(container.profile).to.deep.equal({
      name: 'test-tool',
      source: 'directory',
      pattern: 'registry.test/tool',
      skipped: false,
    });
  });

  it('says where the default profile stands in, where none may, and what is no image', async () => {
    const unknown = pod('{name: a, image: registry.test/unknown}');
    const texts = await Promise.all(
      [
        { stdin: unknown, flags: [] },
        { stdin: unknown, flags: ['--unprofiled', 'skip'] },
        { stdin: pod('{name: a, image: "No Image"}'), flags: [] },
        { stdin: pod('{name: a}'), flags: [] },
      ].map(({ stdin, flags }) => cliWithProfiles(['explain', ...flags], { stdin })),
    );
    const [standIn, skipped, noReference, none] = texts.map(({ stdout }) => stdout);
    expect(standIn).to.include('profile   default (built-in), since none matches\n');
    expect(skipped).to.include('profile   none matches; the policy leaves');
    expect(skipped).not.to.include('writable  ');
    expect(noReference).to.include('image     No Image, which is no image reference\n');
    expect(none).to.include('image     none\n');
  });

  it('covers init containers and ephemeral ones, and leaves seeding containers out', async () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers: [{name: first, image: registry.test/tool}]
  containers:
    - name: web
      image: registry.test/web
      volumeMounts: [{name: t, mountPath: /etc/web/templates}]
  ephemeralContainers: [{name: debug, image: registry.test/tool}]
  volumes: [{name: t, configMap: {name: t}}]
`;
    const { stdout: hardened } = await cliWithProfiles(['harden'], { stdin: text });
    expect(hardened).to.include('lithopod-seed-web');
    for (const stdin of [text, hardened]) {
      const { stdout } = await cliWithProfiles(['explain', '-o', 'json'], { stdin });
      const [object] = (JSON.parse(stdout) as Explanation).objects;
      expect(object?.containers.map(({ name, list }) => `${list} ${name}`)).to.deep.equal([
        'initContainers first',
        'containers web',
        'ephemeralContainers debug',
      ]);
      expect(object?.containers[2]?.paths[0]?.mounted).to.deep.equal({
        by: 'nobody',
        reason: 'an ephemeral container can be given no volume',
      });
    }
  });
});
