import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { cli, withFolder } from './run.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../learning/fixtures/${name}`, import.meta.url));

interface Spec {
  readonly images: readonly string[];
  readonly writable: readonly { readonly path: string; readonly contents?: string }[];
  readonly data?: readonly { readonly path: string }[];
  readonly user?: object;
}

async function drafted(...argv: readonly string[]): Promise<Spec> {
  const { code, stdout, stderr } = await cli(['learn', ...argv]);
  expect(code, stderr).to.equal(0);
  return (parse(stdout) as { readonly spec: Spec }).spec;
}

const entries = ({ writable }: Spec): readonly string[] =>
  writable.map(({ path, contents }) => (contents === undefined ? path : `${path} ${contents}`));

describe('lithopod learn from files', () => {
  it('drafts from a difference and the image, in YAML and as data', async () => {
    const files = [
      '--from-diff',
      fixture('podman-diff.txt'),
      '--from-archive',
      fixture('podman-docker-archive.tar'),
    ];
    const spec = await drafted(...files);
    expect(entries(spec)).to.deep.equal([
      '/opt/old seeded',
      '/run',
      '/tmp',
      '/var/cache/app seeded',
    ]);
    expect(spec.images).to.deep.equal(['localhost/layered']);
    expect(spec.user).to.include({ uid: 1000, gid: 1001 });
    expect(spec.data?.map(({ path }) => path)).to.deep.equal(['/srv/data']);
    const { stdout } = await cli(['learn', '-o', 'json', ...files]);
    const report = JSON.parse(stdout) as { readonly drafts: readonly { readonly spec: object }[] };
    expect(report).to.have.property('version', 1);
    expect(report.drafts[0]?.spec).to.have.property('images').that.deep.equals(spec.images);
  });

  it('drafts from a trace, a recording, a difference on stdin', async () => {
    const trace = await drafted('app:1', '--from-strace', fixture('strace-fy.txt'));
    expect(entries(trace).join()).to.match(/\/srv\/app/);
    const recorded = await drafted('--from-container-profile', fixture('container-profile.yaml'));
    expect(entries(recorded)).to.deep.equal(['/run', '/tmp', '/var/cache/nginx']);
    const { stdout } = await cli(['learn', 'nginx', '--from-diff', '-'], { stdin: 'A /run/x\n' });
    expect(stdout).to.match(/path: \/run\n/);
  });

  it('takes those of the named image, of several', async () => {
    const flag = ['--from-container-profile', fixture('application-profile.yaml')];
    const spec = await drafted('redis:7.2', ...flag);
    expect(spec.images).to.deep.equal(['docker.io/library/redis']);
    const several = await cli(['learn', ...flag]);
    expect(several.code).to.equal(2);
    expect(several.stderr).to.match(/several images.*library\/redis, docker.io\/library\/busybox/);
    const none = await cli(['learn', 'mysql', ...flag]);
    expect(none).to.include({ code: 2, stdout: '' });
    expect(none.stderr).to.match(/nothing is about docker.io\/library\/mysql/);
  });

  it('refuses with the place, and prints nothing', async () => {
    await withFolder({ 'x.diff': 'A /x\nwhat\n' }, async (folder) => {
      const path = join(folder, 'x.diff');
      for (const [argv, expected] of [
        [['nginx', '--from-diff', path], `${path}:2: error: is no line of a difference`],
        [['nginx', '--from-strace', path], `${path}:1: error: no line is a system call`],
        [['nginx', '--from-archive', path], `${path}: error: is no tar archive`],
        [['nginx', '--from-checkpoint', path], `${path}: error: is no tar archive`],
        [['nginx', '--from-apparmor-profile', path], `${path}:`],
        [['nginx', '--from-diff', join(folder, 'none')], 'cannot be read: no such file'],
        [['--from-diff', fixture('podman-diff.txt')], 'do not say which image'],
        [['a b', '--from-diff', fixture('podman-diff.txt')], 'a b: error: '],
        [['nginx', '--from-archive', path, '--from-archive', path], 'one image is enough'],
      ] as const) {
        const { code, stdout, stderr } = await cli(['learn', ...argv]);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.include(expected);
      }
    });
  });
});
