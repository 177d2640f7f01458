import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { volumeName } from '../pods/names.ts';
import { builtinDirectory } from '../../src/profile-files/compiled-profiles.ts';
import { cli, testProfiles, withFolder } from './run.ts';

const ownTool = `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: {name: NAME}
spec:
  images: [registry.test/IMAGE]
  writable: [{path: /own, why: a reason}]
  evidence: [{kind: source, ref: x, seen: 2026-11-21}]
`;

function profile(name: string, image: string): string {
  return ownTool.replace('NAME', name).replace('IMAGE', image);
}

describe('lithopod profiles list', () => {
  it('lists every profile with its source, by name', async () => {
    const { code, stdout } = await cli(['profiles', 'list', '--profiles', testProfiles]);
    expect(code).to.equal(0);
    const [heading, ...lines] = stdout.trimEnd().split('\n');
    expect(heading).to.match(/^NAME +SOURCE +IMAGES +WRITABLE PATHS$/);
    const names = lines.map((line) => line.split(/ +/)[0]);
    expect(names).to.deep.equal([...names].sort());
    expect(stdout).to.match(/^test-store +--profiles +registry\.test\/store +\/scratch \/data$/m);
    expect(stdout).to.match(/^default +built-in +\(all others\) +\/tmp$/m);
  });

  it('fits a terminal', async () => {
    const { stdout } = await cli(['profiles', 'list'], { columns: 80 });
    const longest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(longest).to.be.at.most(80);
  });

  it('gives each profile whole as JSON', async () => {
    const { stdout } = await cli(['profiles', 'list', '-o', 'json', '--profiles', testProfiles]);
    const listed = JSON.parse(stdout) as Record<string, unknown>[];
    const tool = listed.find(({ name }) => name === 'test-tool');
    expect(tool).to.include({
      source: 'directory',
      file: join(testProfiles, 'images.yaml'),
    });
    expect(tool?.['writable']).to.deep.equal([
      { path: '/tmp', why: 'scratch files', contents: 'empty', medium: 'Disk', readableBy: 'any' },
    ]);
  });

  it('stops at a profile with problems', async () => {
    await withFolder({ 'a.yaml': 'kind: Nothing\n' }, async (folder) => {
      const { code, stdout, stderr } = await cli(['profiles', 'list', '--profiles', folder]);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.match(new RegExp(`^${folder}/a.yaml:\\d+:\\d+: error: `));
    });
  });
});

describe('--profiles', () => {
  it('may be given several times, and names directories and files', async () => {
    const files = { 'platform/a.yaml': profile('a', 'a'), 'shop/b.yaml': profile('b', 'b') };
    await withFolder(files, async (folder) => {
      const paths = ['--profiles', `${folder}/platform`, '--profiles', `${folder}/shop/b.yaml`];
      const { stdout } = await cli(['profiles', 'list', '-o', 'json', ...paths]);
      const own = (JSON.parse(stdout) as { name: string; source: string }[]).filter(
        ({ source }) => source === 'directory',
      );
      expect(own.map(({ name }) => name)).to.deep.equal(['a', 'b']);
    });
  });
});

describe('lithopod profiles show', () => {
  it('prints the file as it is', async () => {
    const { code, stdout } = await cli(['profiles', 'show', 'nginx']);
    expect(code).to.equal(0);
    expect(stdout).to.equal(await readFile(join(builtinDirectory, 'nginx.yaml'), 'utf8'));
  });

  it('prints of a file with several profiles the one', async () => {
    const { stdout } = await cli(['profiles', 'show', '--profiles', testProfiles, 'test-store']);
    expect((parse(stdout) as { metadata: object }).metadata).to.deep.equal({ name: 'test-store' });
    expect(stdout).to.match(/^apiVersion:/);
    expect(stdout).not.to.include('---');
  });

  it('prints the stronger of two of one name, and tells of the other', async () => {
    await withFolder({ 'nginx.yaml': profile('nginx', 'nginx') }, async (folder) => {
      const { stdout, stderr } = await cli(['profiles', 'show', '--profiles', folder, 'nginx']);
      expect(stdout).to.equal(profile('nginx', 'nginx'));
      expect(stderr).to.include('warning: there is another profile of this name in ');
    });
  });

  it('refuses a name that no profile has', async () => {
    expect(await cli(['profiles', 'show', 'nothing'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'error: no profile is named "nothing": see lithopod profiles list\n',
    });
  });
});

describe('lithopod profiles match', () => {
  it('answers for what is a reference, and refuses the rest', async () => {
    const { code, stdout, stderr } = await cli(['profiles', 'match', 'NGINX', 'nginx']);
    expect(code).to.equal(2);
    expect(stdout).to.match(/^nginx\n {2}reference {2}docker\.io\/library\/nginx:latest\n/);
    expect(stderr).to.equal('NGINX: error: "NGINX" must be lower case.\n');
  });

  it('exits with 0 where the default profile stands in, and says so', async () => {
    const { code, stdout } = await cli(['profiles', 'match', 'registry.test/unknown']);
    expect(code).to.equal(0);
    expect(stdout).to.include('default (built-in): no pattern is for this image');
  });

  it('names the profiles that are for other tags of the repository', async () => {
    const text = `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: relay }
spec:
  images: ['registry.test/mail:>=2 <3']
  evidence: [{ kind: source, ref: a test, seen: 2026-11-21 }]
`;
    await withFolder({ 'relay.yaml': text }, async (folder) => {
      const flags = ['--profiles', folder];
      const { stdout } = await cli(['profiles', 'match', ...flags, 'registry.test/mail:main']);
      expect(stdout).to.match(/no pattern is for this tag; relay is for the tag >=2\s+<3$/m);
      const stdin =
        'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: registry.test/mail:x}]}\n';
      const explained = await cli(['explain', ...flags], { stdin });
      expect(explained.stdout).to.include('since none matches: relay is for the tag >=2 <3\n');
      expect(explained.stdout).to.include('there is no profile (relay is for the tag >=2 <3)');
    });
  });

  it('tells as JSON which variants the tag decides and which the container', async () => {
    const argv = ['profiles', 'match', '-o', 'json', '--profiles', testProfiles];
    const { stdout } = await cli([...argv, 'registry.test/web:1.2']);
    const [record] = JSON.parse(stdout) as { matched: string; variants: { applies: string }[] }[];
    expect(record?.matched).to.equal('pattern');
    expect(record?.variants.map(({ applies }) => applies)).to.deep.equal(['depends', 'no', 'yes']);
  });

  it('is told what the container sets, and decides by it', async () => {
    const argv = ['profiles', 'match', 'nginx:1.29'];
    const rendered = await cli([...argv, '--mount', '/etc/nginx/templates/']);
    expect(rendered.stdout).to.include('/etc/nginx/conf.d (seeded)').and.not.include('may apply');
    const other = await cli([...argv, '--mount', '/elsewhere']);
    expect(other.stdout).to.not.include('conf.d').and.not.include('(mounts');
    const set = ['--env', 'INFLUXDB3_DATA_DIR=/var/lib/influxdb3'];
    const words = ['--args', 'serve', '--args', '--data-dir=/var/lib/influxdb3'];
    for (const told of [set, words, ['--command', '--data-dir=/var/lib/influxdb3']]) {
      const { stdout } = await cli(['profiles', 'match', 'influxdb:3-core', ...told]);
      expect(stdout, told.join(' ')).to.include('/var/lib/influxdb3');
    }
  });

  it('knows where the container moves a path', async () => {
    const argv = ['profiles', 'match', 'postgres:17', '--env', 'PGDATA=/pg/data'];
    const { stdout } = await cli(argv);
    expect(stdout).to.match(/^ {2}writable .*\/pg \(data\) \(moved by PGDATA\)$/m);
    expect(stdout).to.not.include('/var/lib/postgresql');
  });

  it('tells the variables that the profile sets', async () => {
    const set = profile('own', 'own').replace(
      '  evidence',
      '  environment: [{name: OWN_CACHE, value: /own/cache, why: test}]\n  evidence',
    );
    await withFolder({ 'own.yaml': set }, async (folder) => {
      const argv = ['profiles', 'match', '--profiles', folder, 'registry.test/own'];
      expect((await cli(argv)).stdout).to.match(/^ {2}env +OWN_CACHE=\/own\/cache$/m);
      const test =
        'apiVersion: lithopod.dev/v1alpha1\nkind: ImageProfileTest\nmetadata: {name: own}\nspec:\n  tests:\n    - {name: a, image: registry.test/own, expect: {env: {OWN_CACHE: /own/cache}}}\n';
      const run = ['profiles', 'test', '--profiles', folder];
      expect((await cli(run, { stdin: test })).code).to.equal(0);
    });
  });

  it('leaves out at immutable what only restricted takes', async () => {
    const told = async (level: string): Promise<string> =>
      (await cli(['profiles', 'match', '--level', level, 'nginx:1.29'])).stdout;
    expect(await told('restricted')).to.match(/^ {2}user .*101:101\n {2}ports /m);
    expect(await told('immutable')).to.not.match(/^ {2}(?:user|ports) /m);
  });

  it('takes containers from a manifest, and then nothing else', async () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: { name: db }
spec:
  securityContext: { runAsUser: 70 }
  containers:
    - { name: db, image: 'postgres:17', volumeMounts: [{ name: d, mountPath: /var/lib/postgresql }] }
  volumes: [{ name: d, persistentVolumeClaim: { claimName: d } }]
`;
    const { code, stdout } = await cli(['profiles', 'match', '-f', '-'], { stdin: pod });
    expect(code).to.equal(0);
    expect(stdout).to.match(/^Pod\/db db: postgres:17\n/);
    expect(stdout).to.include('/var/lib/postgresql (data) (mounted by the pod)');
    expect(stdout, 'the pod’s own user').to.match(/^ {2}user +70(?:\n|:)/m);
    for (const more of [['nginx'], ['--args', 'x']]) {
      expect((await cli(['profiles', 'match', '-f', '-', ...more], { stdin: pod })).code).to.equal(
        2,
      );
    }
    expect((await cli(['profiles', 'match'])).code).to.equal(2);
  });

  it('takes a volume without a source for what it is', async () => {
    const name = volumeName('web', '/tmp');
    const pod = `{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {
      volumes: [{name: ${name}, emptyDir: }], containers: [{name: web, image: 'nginx:1.29'}]}}`;
    const { code, stdout, stderr } = await cli(['profiles', 'match', '-f', '-'], { stdin: pod });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^ {2}writable +\/tmp, /m);
  });

  it('rewrites mirrors, and refuses what is none', async () => {
    const mirrored = await cli([
      'profiles',
      'match',
      '--mirror',
      'a.test/hub/=docker.io/',
      '--mirror',
      'b.test/=docker.io/',
      'b.test/nginx',
    ]);
    expect(mirrored.stdout).to.include('reference  docker.io/library/nginx:latest');
    const refused = await cli(['profiles', 'match', '--mirror', 'nonsense', 'nginx']);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.include('has no "="');
  });
});

describe('lithopod profiles lint', () => {
  it('finds nothing wrong with the built-in profiles', async () => {
    const { code, stdout, stderr } = await cli(['profiles', 'lint', builtinDirectory]);
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
    expect(stderr).to.match(/^\d+ files checked: \d+ profiles, no problem\n$/);
  });

  it('prints every problem of every file with its place, and exits with 1', async () => {
    const bad = profile('a', 'a').replace('path: /own', 'path: own').replace('evidence', 'proof');
    await withFolder({ 'a.yaml': bad, 'b.yml': 'a: [' }, async (folder) => {
      const { code, stdout, stderr } = await cli(['profiles', 'lint', folder]);
      expect(code).to.equal(1);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).to.be.greaterThan(2);
      for (const line of lines) expect(line).to.match(/\/(?:a\.yaml|b\.yml):\d+:\d+: /);
      expect(stderr).to.equal(`2 files checked: ${lines.length} problems\n`);
    });
  });

  it('finds profiles that cannot stand together', async () => {
    await withFolder(
      { 'a.yaml': profile('a', 'x'), 'b.yaml': profile('b', 'x') },
      async (folder) => {
        const { code, stdout } = await cli(['profiles', 'lint', folder]);
        expect(code).to.equal(1);
        expect(stdout).to.equal(
          `${folder}/b.yaml:5:12: "registry.test/x" of profile b and "registry.test/x" of profile a (${folder}/a.yaml:5:12) are equally specific and both for some image.\n`,
        );
      },
    );
    const twice = `${profile('a', 'x')}---\n${profile('a', 'y')}`;
    await withFolder({ 'team/a.yaml': twice }, async (folder) => {
      const { code, stdout } = await cli(['profiles', 'lint', folder]);
      expect(code).to.equal(1);
      expect(stdout).to.equal(
        `${folder}/team/a.yaml:11:18: There is another profile named a (${folder}/team/a.yaml:3:18).\n`,
      );
    });
  });

  it('refuses what --profiles refuses, and takes what it takes', async () => {
    const files = {
      'empty.yaml': '# later\n',
      'latin.yaml': Buffer.from([0xff, 0x0a]),
      'fine.yaml': profile('fine', 'fine'),
      'fine.test.yaml': 'apiVersion: lithopod.dev/v1alpha1\nkind: ImageProfileTest\n',
      'team/bad.yaml': 'kind: Nothing\n',
      'notes.txt': 'no profile',
    };
    await withFolder(files, async (folder) => {
      for (const file of Object.keys(files)) {
        const path = `${folder}/${file}`;
        const linted = await cli(['profiles', 'lint', path]);
        const used = await cli(['profiles', 'list', '--profiles', path]);
        const refused = !file.startsWith('fine');
        expect(linted.code > 0, file).to.equal(refused);
        expect(used.code > 0, file).to.equal(refused);
        if (refused) expect(linted.stdout + linted.stderr).to.include(file);
      }
    });
  });

  it('tells a hint, and exits with 0', async () => {
    const stdin = profile('a', 'a').replace('/own', '/app');
    const { code, stdout, stderr } = await cli(['profiles', 'lint'], { stdin });
    expect({ code, stderr }).to.deep.equal({
      code: 0,
      stderr: '1 file checked: 1 profile, no problem, 1 hint\n',
    });
    expect(stdout).to.match(/^<stdin>:6:21: spec\.writable\[0\]\.path: hint: .* \/app, /);
    const moved = stdin.replace('/app', '/app, movedBy: { env: [APP_DIR] }');
    expect((await cli(['profiles', 'lint'], { stdin: moved })).stdout).to.equal('');
  });

  it('names a directory without profiles', async () => {
    await withFolder({ 'notes.md': '' }, async (folder) => {
      const { code, stderr } = await cli(['profiles', 'lint', folder]);
      expect({ code, stderr }).to.deep.equal({
        code: 2,
        stderr: `error: no file ends in .yaml or .yml: ${folder}\n`,
      });
    });
  });

  it('reads stdin, and exits with 2 where it cannot read', async () => {
    const piped = await cli(['profiles', 'lint'], { stdin: profile('a', 'a') });
    expect(piped).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: '1 file checked: 1 profile, no problem\n',
    });
    const missing = await cli(['profiles', 'lint', 'missing.yaml']);
    expect(missing).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'missing.yaml: error: cannot be read: no such file or directory\n',
    });
  });
});

describe('lithopod profiles test', () => {
  const test = (body: string): string =>
    `apiVersion: lithopod.dev/v1alpha1\nkind: ImageProfileTest\nmetadata: {name: own}\nspec:\n  tests:\n    - ${body}\n`;
  const passing = test('{name: a, image: registry.test/own, expect: {mounts: {/own: empty}}}');
  const files = { 'own.yaml': profile('own', 'own'), 'own.test.yaml': passing };

  it('runs the tests of a directory with the profiles beside them', async () => {
    await withFolder(files, async (folder) => {
      for (const path of [folder, `${folder}/own.test.yaml`]) {
        expect(await cli(['profiles', 'test', path])).to.deep.equal({
          code: 0,
          stdout: '',
          stderr: '1 test: all pass\n',
        });
      }
    });
  });

  it('runs tests in the file of their profile, and from stdin', async () => {
    await withFolder({ 'both.yaml': `${profile('own', 'own')}---\n${passing}` }, async (folder) => {
      expect((await cli(['profiles', 'test', folder])).code).to.equal(0);
      expect((await cli(['profiles', 'lint', folder])).code).to.equal(0);
      const piped = ['profiles', 'test', '-', '--profiles', folder];
      expect((await cli(piped, { stdin: passing })).stderr).to.equal('1 test: all pass\n');
    });
  });

  it('exits with 1 where the profile has changed', async () => {
    const changed = {
      ...files,
      'own.yaml': profile('own', 'own').replace('path: /own', 'path: /new'),
    };
    await withFolder(changed, async (folder) => {
      const { code, stdout, stderr } = await cli(['profiles', 'test', folder]);
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: '1 test: 1 failed\n' });
      expect(stdout).to.equal(
        `${folder}/own.test.yaml:6:7: failed: own: a\n  mounts: /own is none, not empty\n  mounts: /new is empty, and not expected\n`,
      );
    });
  });

  it('names profiles and variants that no test reaches', async () => {
    const varied = profile('own', 'own').replace(
      '  evidence',
      '  when: [{match: {tags: [edge]}, lowPorts: true}]\n  evidence',
    );
    const more = { ...files, 'own.yaml': varied, 'other.yaml': profile('other', 'other') };
    await withFolder(more, async (folder) => {
      const { code, stderr } = await cli(['profiles', 'test', folder]);
      expect(code).to.equal(0);
      expect(stderr.split('\n').slice(0, 2)).to.deep.equal([
        `${folder}/other.yaml:3:18: no test for profile other`,
        `${folder}/own.yaml:3:18: no test of own for the variant tags edge`,
      ]);
    });
  });

  it('refuses what is no test, each with its place', async () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      '{name: a, image: x, expect: {}}':
        /^<stdin>:6:\d+: error: spec\.tests\.0\.expect: expects nothing\.$/m,
      '{name: a, image: x, expect: {mounts: {/a: full}}}':
        /<stdin>:6:\d+: error: spec\.tests\.0\.expect\.mounts\.\/a: must be empty, seeded, Memory, none/,
      '{name: a, image: x, expects: {user: none}}':
        /<stdin>:6:\d+: error: .*expects: not a field here/,
      '{name: a, expect: {user: none}}': /a: has one of an image/,
      '{name: a, image: x, pod: {spec: {containers: []}}, expect: {user: none}}':
        /a: has one of an image/,
      '{name: a, pod: {containers: 5}, expect: {user: none}}': /a: pod\.spec\.containers /,
      '{name: a, image: x, expect: {noFindings: [no-profil]}}':
        /<stdin>:6:\d+: error: .*expect\.noFindings\.0: is no reason code\.$/m,
      '{name: a, image: x, expect: {container: other, user: none}}':
        /a: its pod has no container named other/,
    };
    for (const [body, message] of Object.entries(wrong)) {
      const { code, stdout, stderr } = await cli(['profiles', 'test'], { stdin: test(body) });
      expect({ code, stdout }, body).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr, body).to.match(message);
    }
    const none = await cli(['profiles', 'test'], { stdin: profile('own', 'own') });
    expect(none.code).to.equal(2);
    expect(none.stderr).to.include('no test in stdin');
  });
});

describe('lithopod profiles init', () => {
  const draftOf = async (image: string): Promise<string> =>
    (await cli(['profiles', 'init', image])).stdout;

  it('passes the lint but for what must be filled in', async () => {
    const images = ['registry.test:5000/shop/api:2.1', 'quay.io/a.b--c/d__e.f', 'own'];
    for (const image of [...images, `ghcr.io/x/y@sha256:${'0'.repeat(64)}`]) {
      const { code, stdout } = await cli(['profiles', 'lint'], { stdin: await draftOf(image) });
      expect(code).to.equal(1);
      const places = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ /, ''));
      expect(places, image).to.deep.equal([
        'spec.writable[1].path: is empty.',
        'spec.writable[1].why: is empty.',
        'spec.evidence[0].ref: is empty.',
      ]);
    }
  });

  it('once filled in is a profile with a test', async () => {
    const filled = (await draftOf('registry.test/shop/api'))
      .replace("path: ''", 'path: /var/cache/shop')
      .replace("why: ''", 'why: templates')
      .replace("ref: ''", 'ref: shop/api Dockerfile');
    await withFolder({ 'api.yaml': filled }, async (folder) => {
      expect((await cli(['profiles', 'lint', folder])).code).to.equal(0);
      const untold = await cli(['profiles', 'test', folder]);
      expect(untold.stdout).to.include('mounts: /var/cache/shop is empty, and not expected');
    });
    const told = filled.replace('/tmp: empty\n', '/tmp: empty\n          /var/cache/shop: empty\n');
    await withFolder({ 'api.yaml': told }, async (folder) => {
      expect((await cli(['profiles', 'test', folder])).stderr).to.equal('1 test: all pass\n');
    });
  });

  it('tells of a profile that the image has, and refuses what is no image', async () => {
    const { code, stderr } = await cli(['profiles', 'init', 'nginx:1.29']);
    expect(code).to.equal(0);
    expect(stderr).to.include('has the profile nginx (built-in)');
    expect((await cli(['profiles', 'init', 'No Image'])).code).to.equal(2);
  });
});
