/** What diffs, traces and recordings say of a container. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readDiff } from '../../src/learning/readers/diff.ts';
import { readAppArmorProfile, readContainerProfile } from '../../src/learning/readers/recording.ts';
import { readStrace } from '../../src/learning/readers/strace.ts';
import type { Result } from '../../src/core/values/result.ts';
import type { Reading } from '../../src/learning/readers/reading.ts';

const origin = { file: 'input', seen: '2026-11-30T00:00:00.000Z' };

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

function reading(result: Result<Reading>): Reading {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

/** `created file /run/app.pid`, sorted, of the only container. */
function written(result: Result<Reading>): readonly string[] {
  const [observation] = reading(result).observations;
  return observation!.written.map(({ path, change, type }) => `${change} ${type} ${path}`).sort();
}

function problem(result: Result<unknown>): string {
  if (result.ok) throw new Error('it was read');
  const [{ line, path, message }] = result.problems as [(typeof result.problems)[number]];
  return [line, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}

describe('a difference', () => {
  const expected = [
    'changed unknown /var/cache/app/seed',
    'created directory /run/app',
    'created unknown /run/app/app.pid',
    'created unknown /run/link',
    'deleted unknown /opt/old/file',
  ];

  for (const name of ['podman-diff.txt', 'podman-diff.json', 'docker-api-diff.json']) {
    it(`of ${name} says what was written, and not that a directory above it was`, () => {
      expect(written(readDiff(fixture(name), origin))).to.deep.equal(expected);
      const [{ directories }] = reading(readDiff(fixture(name), origin)).observations as [
        Reading['observations'][number],
      ];
      const facts = new Map(directories.map(({ path, ...rest }) => [path, rest]));
      expect(facts.get('/run/app')).to.deep.equal({ inImage: false, imageEntries: 0 });
      expect(facts.get('/var/cache/app')?.inImage).to.equal(true);
      expect(facts.get('/tmp')?.touched).to.equal(true);
    });
  }

  it('reads lines of Windows, and nothing at all', () => {
    expect(written(readDiff('A /x\r\n', origin))).to.deep.equal(['created unknown /x']);
    expect(written(readDiff('', origin))).to.deep.equal([]);
    expect(written(readDiff('{}', origin))).to.deep.equal([]);
  });

  it('leaves out the file systems of the kernel', () => {
    expect(written(readDiff('A /dev/x\nA /proc/y\nA /devices', origin))).to.deep.equal([
      'created unknown /devices',
    ]);
  });

  for (const [text, place] of [
    ['A /x\nM /y', /^2: is no line of a difference/],
    ['A x', /^1: /],
    ['A', /^1: /],
    ['{"changed": ["x"]}', /^changed\[0\]: /],
    ['{"changed": {}}', /^changed: /],
    ['{"Changed": []}', /^is not what/],
    ['[{"Path": "/x", "Kind": 3}]', /^\[0\]: /],
    ['[{"Path": "/x", "Kind": "constructor"}]', /^\[0\]: /],
    ['[1]', /^\[0\]: /],
    ['{', /^is no JSON/],
  ] as const) {
    it(`refuses ${text}`, () => {
      expect(problem(readDiff(text, origin))).to.match(place);
    });
  }
});

describe('a trace', () => {
  const shell = [
    'created directory /srv/app/run',
    'created directory /srv/app/run/nested',
    'created fifo /srv/app/pipe',
    'created file /srv/app/run/third',
    'created link /srv/app/link',
    'refused file /srv/app/ro/file',
    'unknown file /srv/app/plain',
    'unknown file /srv/app/run/app.pid',
    'unknown file /srv/app/run/second',
  ];
  const perl = [
    'created file /srv/app/run/t"m\np \u00e9',
    'created socket /srv/app/run/app.sock',
    'created directory /srv/app/moved',
    'created directory /srv/app/rel',
  ];

  it('with -o and -y is followed through directories', () => {
    expect(written(readStrace(fixture('strace-o.txt'), origin))).to.deep.equal(shell);
  });

  it('on stderr with -y is followed, sockets and odd names too', () => {
    const found = readStrace(fixture('strace-fy.txt'), origin);
    expect(reading(found).notes).to.deep.equal([]);
    expect(written(found)).to.deep.equal([...shell, ...perl].sort());
  });

  it('with times and without -y says what it cannot follow', () => {
    const found = readStrace(fixture('strace-ftt.txt'), origin);
    expect(written(found)).to.include.members([
      'created directory /srv/app/run',
      'refused file /srv/app/ro/file',
      'unknown file /srv/app/run/app.pid',
    ]);
    expect(reading(found).notes.join()).to.match(/^the relative path "plain" on line \d+ and \d/);
  });

  for (const [lines, expected] of [
    ['openat(AT_FDCWD, "/a/b", O_RDONLY) = 3', []],
    [
      'openat(AT_FDCWD, "/a/b", O_WRONLY|O_CREAT, 0644) = -1 ENOENT (No such file or directory)',
      [],
    ],
    ['open("/a", O_RDWR) = 3', ['changed file /a']],
    [
      'openat2(AT_FDCWD, "/a", {flags=O_WRONLY|O_CREAT|O_EXCL, mode=0644, resolve=0}, 24) = 3',
      ['created file /a'],
    ],
    ['creat("/a", 0644) = 3', ['unknown file /a']],
    ['mkdir("/a", 0755) = -1 EEXIST (File exists)', []],
    ['mkdir("/a", 0755) = -1 EROFS (Read-only file system)', ['refused directory /a']],
    ['mkdir("/a", 0755) = ?', []],
    ['access("/a", W_OK) = -1 EROFS (Read-only file system)', ['refused unknown /a']],
    ['access("/a", R_OK) = -1 EACCES (Permission denied)', []],
    ['12<nginx> rmdir("/a") = 0', ['deleted directory /a']],
    ['[pid    12<sh>] 1700000000.000001 mkdir("/a", 0755) = 0', ['created directory /a']],
    ['12 chdir("/a") = 0\n12 symlink("x", "l") = 0', ['created link /a/l']],
    [
      '12 chdir("/a") = 0\n12 fork() = 13\n14 chdir("/c") = 0\n13 link("x", "l") = 0',
      ['created file /a/l'],
    ],
    ['1 open("/d", O_RDONLY|O_DIRECTORY) = 7\n1 unlinkat(7, "x", 0) = 0', ['deleted unknown /d/x']],
    ['1 utimensat(3</a/x>, NULL, NULL, 0) = 0', ['changed unknown /a/x']],
    ['1 fchown(3</a/x>, 1, 1) = 0', ['changed unknown /a/x']],
    ['1 fchmod(3</a/x (deleted)>, 0600) = 0', ['changed unknown /a/x']],
    ['1 mkdir("/a\\303\\251\\"\\\\", 0755) = 0', ['created directory /a\u00e9"\\']],
    ['1 mkdir("\\x2f\\x61", 0755) = 0', ['created directory /a']],
    ['1 mkdir("/a\\76", 0755) = 0', ['created directory /a>']],
    ['1 rename("/a, (", "/b)") = 0', ['created unknown /b)', 'deleted unknown /a, (']],
    ['1 bind(3, {sa_family=AF_UNIX, sun_path=@"/x"}, 5) = 0', []],
    ['1 bind(3, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 0', []],
    ['1 constructor("/x") = 0', []],
    [
      '1 mkdir("/a", 0755 <unfinished ...>\n2 mkdir("/b", 0755) = 0\n1 <... mkdir resumed>) = 0',
      ['created directory /a', 'created directory /b'],
    ],
    ['1 creat("/a", 0644) = 3\n1 chmod("/a", 0600) = 0\n1 unlink("/a") = 0', ['unknown file /a']],
    ['1 unlink("/a") = 0\n1 creat("/a", 0644) = 3', ['changed file /a']],
    ['1 truncate("/a", 0) = 0\n1 unlink("/a") = 0', ['deleted file /a']],
  ] as const) {
    it(`of ${lines}`, () => {
      expect(written(readStrace(lines, origin))).to.deep.equal(expected);
    });
  }

  it('says that a file without a name needs its directory', () => {
    const line = 'openat(AT_FDCWD, "/a", O_RDWR|O_TMPFILE, 0600) = 3';
    expect(reading(readStrace(line, origin)).observations[0]?.directories).to.deep.equal([
      { path: '/a', inImage: undefined, imageEntries: undefined, touched: true },
    ]);
  });

  it('is refused where no line is one', () => {
    for (const text of ['', 'hello', '+++ exited with 0 +++', '{"a": 1}'])
      expect(problem(readStrace(text, origin))).to.match(/^1: no line is a system call/);
  });

  it('takes time linear in the lines', () => {
    const hostile = [
      '"'.repeat(60_000),
      `open(${'('.repeat(60_000)}`,
      `open(${'3<'.repeat(30_000)}`,
      `open("${'\\1'.repeat(30_000)}", O_RDWR) = 3`,
      `[pid ${' '.repeat(60_000)}`,
      '1'.repeat(60_000),
    ];
    expect(readStrace(hostile.join('\n'), origin).ok).to.equal(true);
  });
});

describe('a recording', () => {
  it('of the Security Profiles Operator has the paths that are written', () => {
    const found = readAppArmorProfile(fixture('apparmor-profile.yaml'), origin);
    expect(written(found)).to.deep.equal([
      'unknown directory /var/cache/nginx',
      'unknown directory /var/lib/app',
      'unknown unknown /run/nginx.pid',
      'unknown unknown /var/log/nginx/access.log',
    ]);
    expect(reading(found).notes).to.deep.equal(['/*/x says no directory, and is left out']);
  });

  it('of Kubescape, of one container', () => {
    const found = readContainerProfile(fixture('container-profile.yaml'), origin);
    expect(written(found)).to.deep.equal([
      'unknown directory /var/cache/nginx',
      'unknown unknown /run/nginx.pid',
      'unknown unknown /tmp/upload',
    ]);
    const [observation] = reading(found).observations;
    expect(observation).to.include({
      image: 'docker.io/library/nginx:1.29',
      digest: `sha256:${'0a'.repeat(32)}`,
      means: 'recording',
    });
  });

  it('of Kubescape, of a workload: one observation for each container', () => {
    const found = reading(readContainerProfile(fixture('application-profile.yaml'), origin));
    expect(
      found.observations.map(({ image, written: paths }) => [image, paths.map(({ path }) => path)]),
    ).to.deep.equal([
      ['docker.io/library/redis:7.2', ['/data/dump.rdb']],
      ['docker.io/library/busybox:1.36', []],
    ]);
  });

  it('reads a list of objects', () => {
    const list = `kind: List\nitems:\n- kind: AppArmorProfile\n  spec: {abstract: {filesystem: {readWritePaths: [/a]}}}\n`;
    expect(written(readAppArmorProfile(list, origin))).to.deep.equal(['unknown unknown /a']);
  });

  for (const [text, place] of [
    ['kind: Pod', /^is of kind Pod, and not AppArmorProfile/],
    ['- 1', /^is no object of kind/],
    ['', /^holds no AppArmorProfile/],
    ['kind: constructor', /^is of kind constructor/],
    ['kind: AppArmorProfile', /^spec.abstract.filesystem is missing/],
    [
      'kind: AppArmorProfile\nspec: {abstract: {filesystem: {readWritePaths: 1}}}',
      /^spec.abstract.filesystem.readWritePaths is no list/,
    ],
    [
      'kind: AppArmorProfile\nspec: {abstract: {filesystem: {readWritePaths: [/a, b]}}}',
      /^spec.abstract.filesystem\[1\]: is no absolute path/,
    ],
    ['a: [', /^1/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(problem(readAppArmorProfile(text, origin))).to.match(place);
    });
  }

  it('refuses opens of another shape', () => {
    for (const opens of ['1', '[1]', '[{flags: 1}]', '[{path: x, flags: [O_RDWR]}]']) {
      const text = `kind: ContainerProfile\nspec: {opens: ${opens}}`;
      expect(problem(readContainerProfile(text, origin))).to.match(/^spec\.opens/);
    }
  });
});
