/** `lithopod compose` as a command, and Compose files given to other commands. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cli, withFolder } from '../cli/run.ts';

const web = 'services:\n  web:\n    image: nginx:1.27\n';

/** Two thousand services, each with a part of the next. */
function chain(part: (next: string) => string): string {
  const services = Array.from({ length: 2000 }, (_, i) => `  s${i}: {${part(`s${i + 1}`)}}\n`);
  return `services:\n${services.join('')}  s2000: {image: nginx}\n`;
}

describe('lithopod compose', () => {
  it('prints the files, each a project of its own, or one of stdin', () =>
    withFolder(
      { 'a.yaml': web, 'b.yaml': web.replace('nginx:1.27', 'httpd:2.4') },
      async (folder) => {
        const both = await cli(['compose', join(folder, 'a.yaml'), join(folder, 'b.yaml')]);
        expect(both.code).to.equal(0);
        expect(both.stdout).to.match(/\/var\/cache\/nginx[^]*---[^]*apache2\/logs/);
        const piped = await cli(['compose', '-'], { stdin: web });
        expect(piped.stdout).to.equal(both.stdout.split('---\n')[0]);
      },
    ));

  it('of a directory takes the Compose files alone', () =>
    withFolder(
      {
        'pod.yaml': 'apiVersion: v1\nkind: Pod\n',
        'sub/a.yml': web,
        'b.yml': web,
      },
      async (folder) => {
        const flat = await cli(['compose', folder]);
        expect(flat.stdout.match(/read_only/g)).to.have.length(1);
        const deep = await cli(['compose', '-R', folder]);
        expect(deep.stdout.match(/read_only/g)).to.have.length(2);
      },
    ));

  it('--in-place rewrites what changes, and says how many do not', () =>
    withFolder({ 'compose.yaml': `# mine\n${web}` }, async (folder) => {
      const path = join(folder, 'compose.yaml');
      const first = await cli(['compose', '--in-place', path]);
      expect(first.stderr).to.include(`hardened ${path}`);
      const text = await readFile(path, 'utf8');
      expect(text)
        .to.match(/^# mine\n/)
        .and.to.include('read_only: true');
      const second = await cli(['compose', '-i', path]);
      expect(second.stderr).to.equal('1 file needs no change\n');
      expect(await readFile(path, 'utf8')).to.equal(text);
    }));

  it('--output writes one file, or several into a folder', () =>
    withFolder(
      { 'a.yaml': web, 'b.yaml': 'services:\n  web:\n    privileged: true\n' },
      async (folder) => {
        const [a, b, out] = ['a.yaml', 'b.yaml', 'out'].map((name) => join(folder, name));
        expect(
          (await cli(['compose', '-f', a ?? '', '-f', b ?? '', '-o', out ?? ''])).code,
        ).to.equal(0);
        expect(await readFile(join(out ?? '', 'a.yaml'), 'utf8')).to.include('read_only: true');
        expect(await readFile(join(out ?? '', 'b.yaml'), 'utf8')).to.include('privileged: false');
        await cli(['compose', a ?? '', '-o', join(folder, 'one.yaml')]);
        expect(await readFile(join(folder, 'one.yaml'), 'utf8')).to.include('read_only: true');
      },
    ));

  it('without files takes what docker compose finds, with its override', () =>
    withFolder(
      {
        'docker-compose.yml': web,
        'docker-compose.override.yml': 'services:\n  web:\n    privileged: true\n',
      },
      async (folder) => {
        const before = process.cwd();
        process.chdir(folder);
        try {
          const { code, stdout } = await cli(['compose', '--diff'], { stdin: '' });
          expect(code).to.equal(0);
          expect(stdout).to.include('b/docker-compose.yml').and.to.include('+    read_only: true');
          expect(stdout).to.include('b/docker-compose.override.yml');
        } finally {
          process.chdir(before);
        }
      },
    ));

  it('takes the image of a service that is built', async () => {
    const stdin = 'services:\n  web:\n    build: .\n';
    const { stdout } = await cli(['compose', '--image', 'web=httpd:2.4', '-'], { stdin });
    expect(stdout).to.include('apache2/logs').and.not.to.include('image:');
    const unknown = await cli(['compose', '--image', 'db=httpd:2.4', '-'], { stdin });
    expect(unknown).to.include({ code: 2, stdout: '' });
    expect(unknown.stderr).to.include('there is no service db');
    expect((await cli(['compose', '--image', 'web', '-'], { stdin })).code).to.equal(2);
  });

  it('takes variables from --env-file in the place of .env', () =>
    withFolder(
      {
        'c.yaml': 'services:\n  a:\n    image: ${LITHOPOD_TEST_IMAGE}\n',
        v: 'LITHOPOD_TEST_IMAGE=httpd:2.4\n',
      },
      async (folder) => {
        const path = join(folder, 'c.yaml');
        const { stdout } = await cli(['compose', '--env-file', join(folder, 'v'), path]);
        expect(stdout).to.include('apache2/logs').and.to.include('${LITHOPOD_TEST_IMAGE}');
        const missing = await cli(['compose', '--env-file', join(folder, 'w'), path]);
        expect(missing.code).to.equal(2);
      },
    ));

  it('--swarm and --no-swarm say for whom a file is', async () => {
    const forms = await Promise.all(
      ['--swarm', '--no-swarm'].map((flag) => cli(['compose', flag, '-'], { stdin: web })),
    );
    expect(forms[0]?.stdout).to.include('type: tmpfs').and.not.to.include('tmpfs:');
    expect(forms[1]?.stdout).to.include('tmpfs:');
  });

  it('--unprofiled=skip leaves what has no profile', async () => {
    const stdin = 'services:\n  a:\n    image: registry.corp/a\n';
    const { stdout, stderr } = await cli(['compose', '--unprofiled', 'skip', '-'], { stdin });
    expect(stdout).to.equal(stdin);
    expect(stderr).to.include('keeps a writable root');
  });

  it('refuses flags that do not go together', async () => {
    for (const flags of [
      ['-i', '-'],
      ['-o', 'x', '-d', '-'],
      ['-f', 'a', 'b'],
    ]) {
      expect(await cli(['compose', ...flags], { stdin: web })).to.include({ code: 2, stdout: '' });
    }
  });

  describe('refuses bad input with its place, and writes nothing', () => {
    for (const [name, text, message] of [
      ['no map', '- a\n', '1:1: error: A Compose file is a map'],
      ['Kubernetes', 'apiVersion: v1\nkind: Pod\n', '1:1: error: This is a Pod of Kubernetes'],
      ['nothing known', 'a: b\n', '1:1: error: This is no Compose file'],
      ['services as a list', 'services:\n  - a\n', '1:1: error: services must be a map'],
      ['a service as a text', 'services:\n  a: nginx\n', '2:3: error: a: a service must be a map'],
      [
        'an image as a map',
        'services:\n  a:\n    image: {b: c}\n',
        '3:5: error: a: image must be a text',
      ],
      [
        'volumes as a map',
        'services:\n  a:\n    volumes: {b: c}\n',
        '3:5: error: a: volumes must be a list',
      ],
      [
        'a list in cap_add',
        'services:\n  a:\n    cap_add: [[b]]\n',
        '3:5: error: a: cap_add must be a list of texts',
      ],
      [
        'read_only as a number',
        'services:\n  a:\n    read_only: 1\n',
        '3:5: error: a: read_only must be true or false',
      ],
      [
        'no service to extend',
        'services:\n  a:\n    extends: b\n',
        '3:5: error: extends: there is no service b',
      ],
      [
        'a circle',
        'services:\n  a:\n    extends: b\n  b:\n    extends: a\n',
        'error: extends: a extends itself',
      ],
      [
        'a long chain of extends',
        chain((next) => `extends: ${next}`),
        '35:3: error: s33 is behind',
      ],
      [
        'a long chain of volumes_from',
        chain((next) => `image: nginx, volumes_from: [${next}]`),
        '35:3: error: s33 is behind 32 services, by extends and volumes_from.',
      ],
      [
        'an alias inside its anchor',
        'services:\n  a: &x\n    image: nginx\n    labels: *x\n',
        '4:13: error: This alias is inside what its anchor &x names.',
      ],
      ['a tab', 'services:\n\ta: b\n', '2:1: error:'],
      ['a key twice', 'services:\n  a: {}\n  a: {}\n', '3:3: error: The key a is twice'],
      ['an unknown anchor', 'services:\n  a: *b\n', '2:6: error: There is no anchor &b'],
      ['include as a text', 'include: a.yaml\n', '1:1: error: include must be a list'],
    ] as const) {
      it(name, () =>
        withFolder({ 'compose.yaml': text }, async (folder) => {
          const path = join(folder, 'compose.yaml');
          const { code, stdout, stderr } = await cli(['compose', '-i', path]);
          expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
          expect(stderr).to.include(message);
          expect(await readFile(path, 'utf8')).to.equal(text);
        }),
      );
    }

    it('an extended file with a fault', () =>
      withFolder(
        {
          'a.yaml': 'services:\n  a:\n    extends: {file: b.yaml, service: b}\n',
          'b.yaml': 'services:\n  b: 1\n',
        },
        async (folder) => {
          const { code, stderr } = await cli(['compose', join(folder, 'a.yaml')]);
          expect(code).to.equal(2);
          expect(stderr).to.match(
            /a\.yaml:3:5: error: extends: .*b\.yaml:2: b: a service must be a map/,
          );
        },
      ));
  });

  it('ends soon with a text that is made to take long', async () => {
    const nested = '${A:-'.repeat(5000);
    const image = `services:\n  a:\n    image: "${nested}"\n  b:\n    image: "${'${'.repeat(20000)}"\n`;
    expect((await cli(['compose', '-'], { stdin: image })).code).to.equal(0);
    const deep = `services: ${'{a: '.repeat(5000)}${'}'.repeat(5000)}\n`;
    expect((await cli(['compose', '-'], { stdin: deep })).code).to.equal(2);
    const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c]\nservices:\n  a:\n    image: x\n    command: [*d, *d, *d, *d]\n`;
    expect((await cli(['compose', '-'], { stdin: bomb })).code).to.equal(2);
  });
});

describe('a Compose file given to', () => {
  it('check: its findings, with their lines', async () => {
    const { code, stdout } = await cli(['check', '-'], { stdin: web });
    expect(code).to.equal(1);
    expect(stdout).to.include('service web (nginx:1.27)');
    expect(stdout).to.match(/2:3 +changed +runs with read_only: true/);
    const hardened = await cli(['compose', '-'], { stdin: web });
    expect((await cli(['check', '-'], { stdin: hardened.stdout })).code).to.equal(0);
    const json = await cli(['check', '-o', 'json', '-'], { stdin: web });
    expect(json.stdout)
      .to.include('"kind": "Compose"')
      .and.to.include('service \\"web\\" runs with');
  });

  it('explain: image, profile, paths and rules of each service', async () => {
    const stdin = `${web}    tmpfs: /tmp\n  db:\n    image: postgres:16\n`;
    const { code, stdout } = await cli(['explain', '-'], { stdin });
    expect(code).to.equal(0);
    expect(stdout).to.include('/var/cache/nginx  mounted by Lithopod: a tmpfs');
    expect(stdout).to.include('/tmp  mounted by you: "tmpfs /tmp" at /tmp');
    expect(stdout).to.include('data, an anonymous volume that the image declares');
    expect(stdout).to.include('service db  <stdin>:5:3');
  });

  it('harden: a sentence that names the command for it', async () => {
    const { stdout, stderr } = await cli(['harden', '-'], { stdin: web });
    expect(stdout).to.equal(web);
    expect(stderr).to.include('`lithopod compose` hardens those');
  });
});
