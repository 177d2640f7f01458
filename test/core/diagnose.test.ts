/**
 * Logs and what comes of them. A fixture's `is` names just what it is about; what it does not name
 * is not looked at.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import { diagnose } from '../../src/core/diagnose/diagnose.ts';
import { maxLogLength, maxQuote } from '../../src/core/diagnose/log-text.ts';
import { suggestProfile } from '../../src/core/diagnose/suggest-profile.ts';
import type { Addition, CrashSite, Diagnosis } from '../../src/core/diagnose/diagnosis.ts';
import type { Pod } from '../../src/core/pod/pod.ts';

interface Fixture {
  readonly source?: string;
  readonly log: string;
  readonly workingDir?: string;
  readonly is: {
    readonly cause: Diagnosis['cause'];
    readonly path?: string;
    /** Of the entry that mends it. */
    readonly contents?: 'empty' | 'seeded';
    /** Parts of texts. */
    readonly why?: string;
    readonly detail?: string;
    readonly advice?: string;
    /** The lines to paste, where they are no entry. */
    readonly mend?: readonly string[];
  };
}

function fixtures(name: string): readonly Fixture[] {
  return parse(read(`${name}.yaml`)) as readonly Fixture[];
}

function read(name: string): string {
  return readFileSync(new URL(`diagnose/${name}`, import.meta.url), 'utf8');
}

/** As test/diagnose/mounted.yaml describes it. */
const pod: Pod = {
  spec: {
    securityContext: { runAsUser: 1000 },
    containers: [
      {
        name: 'web',
        volumeMounts: [
          { name: 'lithopod-web-var-cache-nginx-000000', mountPath: '/var/cache/nginx' },
          { name: 'lithopod-web-opt-app-conf-000000', mountPath: '/opt/app/conf', subPath: 'conf' },
          { name: 'data', mountPath: '/data' },
          { name: 'tls', mountPath: '/etc/tls' },
          { name: 'static', mountPath: '/srv/static', readOnly: true },
          { name: 'lithopod-masks', mountPath: '/bin/bash', subPath: 'masked', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'lithopod-web-var-cache-nginx-000000', emptyDir: {} },
      { name: 'lithopod-web-opt-app-conf-000000', emptyDir: {} },
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'tls', secret: { secretName: 'tls' } },
      { name: 'static', persistentVolumeClaim: { claimName: 'static' } },
      { name: 'lithopod-masks', downwardAPI: {} },
    ],
  },
};
const mounted: CrashSite = { pod, container: pod.spec.containers[0]! };

function siteOf(name: string, { workingDir }: Fixture): CrashSite {
  if (name === 'mounted') return mounted;
  if (workingDir === undefined) return {};
  const container = { name: 'web', workingDir };
  return { container, pod: { spec: { containers: [container] } } };
}

function check({ log, is }: Fixture, found: readonly Diagnosis[]): void {
  expect(found, log).to.have.length(1);
  const [{ cause, path, line, detail, advice, mend, addition }] = found as [Diagnosis];
  expect({ cause, path }).to.deep.equal({ cause: is.cause, path: is.path });
  // eslint-disable-next-line no-control-regex -- the colours of one fixture
  expect(log.replace(/\u001b\[\d*m/g, '')).to.equal(line);
  if (is.contents !== undefined) {
    expect(addition).to.include({ field: 'writable', path: is.path, contents: is.contents });
    const written = { contents: 'empty', ...(parse(mend!.join('\n')) as Written).writable[0] };
    expect(written).to.include({ path: is.path, contents: is.contents });
    expect(written.why).to.include(is.why ?? '(seen in a crash log)');
  } else expect(mend).to.deep.equal(is.mend);
  if (is.detail !== undefined) expect(detail).to.include(is.detail);
  if (is.advice !== undefined) expect(advice).to.include(is.advice);
}

interface Written {
  readonly writable: readonly { readonly path: string; readonly why: string }[];
}

describe('diagnose', () => {
  for (const name of ['signatures', 'languages', 'refused', 'mounted', 'privileges']) {
    describe(`test/diagnose/${name}.yaml`, () => {
      for (const fixture of fixtures(name)) {
        it(fixture.source ?? fixture.log, () => {
          check(fixture, diagnose(fixture.log, siteOf(name, fixture)));
        });
      }
    });
  }

  it('says nothing of what has another cause', () => {
    for (const line of read('unrelated.txt').split('\n')) {
      expect(diagnose(line, {}), line).to.deep.equal([]);
      expect(diagnose(line, mounted), line).to.deep.equal([]);
    }
  });

  it('takes no script for the file that its warning is about', () => {
    const log = [
      '/usr/lib/ruby/3.1.0/tmpdir.rb:43: warning: system temporary path is world-writable: /tmp',
      '/usr/lib/ruby/3.1.0/tmpdir.rb:41: warning: . is not writable: /',
      "/usr/lib/ruby/3.1.0/tmpdir.rb:39:in `tmpdir': could not find a temporary directory (ArgumentError)",
    ].join('\n');
    expect(diagnose(log, {}).map(({ cause, path }) => `${cause} ${path}`)).to.deep.equal([
      'ownership /tmp',
    ]);
  });

  it('tells each directory once, by the first line that names it, and none inside another', () => {
    const log = `open /var/lib/app/a.db: read-only file system
open /var/lib/app/b.db: read-only file system
open /var/lib/app/deep/c.db: read-only file system
open /run/x.pid: read-only file system
open /var/run/y.pid: read-only file system
`;
    const found = diagnose(log, {});
    expect(found.map(({ path }) => path)).to.deep.equal(['/var/lib/app', '/run']);
    expect(found.map(({ line }) => line)).to.deep.equal([
      'open /var/lib/app/a.db: read-only file system',
      'open /run/x.pid: read-only file system',
    ]);
  });

  it('say of a /tmp that the author mounts what it lacks for Ruby, and no entry', () => {
    const container = { name: 'web', volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] };
    const spec = { containers: [container], volumes: [{ name: 'scratch', emptyDir: {} }] };
    const line = 'could not find a temporary directory (ArgumentError)';
    const [found] = diagnose(line, { pod: { spec }, container });
    expect(found).to.deep.include({ cause: 'ownership', path: '/tmp' });
    expect(found?.detail).to.include('"scratch" at /tmp');
    expect(found?.advice).to.include('medium: Memory');
    expect(found).not.to.have.property('addition');
  });

  it('offers no capability at a level that takes it away', () => {
    const line = "chown: changing ownership of '/data': Operation not permitted";
    const [open] = diagnose(line, { level: 'immutable' });
    const [closed] = diagnose(line, { level: 'restricted' });
    expect(open?.advice).to.include('add CHOWN');
    expect(closed?.advice).to.match(/^Run it as .*do it\.$/);
  });

  it('takes what a program makes of a read-only file system for no cause of its own', () => {
    const log = `Unable to create tempDir. java.io.tmpdir is set to /tmp
Caused by: java.nio.file.FileSystemException: /tmp/tomcat.8080.5129407728: Read-only file system
`;
    const container = { name: 'web', volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] };
    const spec = { containers: [container], volumes: [{ name: 'scratch', emptyDir: {} }] };
    const found = diagnose(log, { pod: { spec }, container });
    expect(found.map(({ cause, path }) => ({ cause, path }))).to.deep.equal([
      { cause: 'missing-mount', path: '/tmp' },
    ]);
  });

  it('copies the files of a directory that a later line shows to have some', () => {
    const log = `open /data/app/state: read-only file system
chmod: changing permissions of '/data/app/run.sh': Read-only file system
`;
    const found = diagnose(log, {});
    expect(found.map(({ addition, mend }) => ({ addition, mend }))).to.deep.equal([
      {
        addition: {
          field: 'writable',
          path: '/data/app',
          why: 'state is written here (seen in a crash log)',
          contents: 'seeded',
        },
        mend: [
          'writable:',
          '  - path: /data/app',
          '    why: state is written here (seen in a crash log)',
          '    contents: seeded',
        ],
      },
    ]);
  });

  it('does not offer what the profile of the image says already', () => {
    const profile = {
      name: 'x',
      writable: [],
      data: [],
      user: { uid: 1, gid: 1, fsGroup: 1 },
      lowPorts: true,
      maskable: [],
      fileCapabilities: [],
      cp: 'cp',
      environment: [],
      volumes: [],
    };
    const lines =
      'bind() to 0.0.0.0:80 failed (13: Permission denied)\nopen /data/x: permission denied';
    const found = diagnose(lines, { ...mounted, profile });
    expect(found.map(({ cause, mend }) => ({ cause, mend }))).to.deep.equal([
      { cause: 'capability', mend: undefined },
      { cause: 'ownership', mend: undefined },
    ]);
  });

  it('quotes lines without what steers a terminal, cut to 300 characters', () => {
    const [diagnosis] = diagnose(
      `\u001b]0;title\u0007\u202eopen /data/x: read-only file system \u009b31m${'é'.repeat(400)}`,
      {},
    );
    expect(diagnosis?.line).to.have.length(maxQuote);
    expect(diagnosis?.line).to.match(/^open \/data\/x: read-only file system 31mé+…$/);
  });

  it('reads the end of a long log, whole lines of it', () => {
    const early = 'open /early/x: read-only file system\n';
    const late = 'open /late/x: read-only file system\n';
    const filler = `${'x'.repeat(99)}\n`.repeat(maxLogLength / 100);
    expect(diagnose(early + filler + late, {}).map(({ path }) => path)).to.deep.equal(['/late']);
    // The cut falls into the first path.
    const padding = 'y'.repeat(maxLogLength - late.length - 30);
    const cut = `open /cut/deep/x: read-only file system\n${padding}\n${late}`;
    expect(diagnose(cut, {}).map(({ path }) => path)).to.deep.equal(['/late']);
  });

  describe('on any text', () => {
    const words = fc.constantFrom(
      ...[
        '/',
        '/a',
        '/tmp/x',
        "'",
        '"',
        '‘',
        '(',
        ': ',
        '\\',
        '\u001b[',
        '\u001b]',
        '\n',
        ' ',
        '.',
        '..',
      ],
      ...[
        'read-only file system',
        'Permission denied',
        'Operation not permitted',
        'EROFS',
        '/etc/',
      ],
      ...['mkdir ', 'open ', 'chown("/x", 101)', '[Errno 30] ', 'exists, but ', 'to rootfs at "'],
      ...[
        'temporary directory ',
        'java.io.tmpdir is set to ',
        'can not modify ',
        ' -> ',
        ', open ',
      ],
    );
    const logs = fc.array(fc.oneof(words, fc.string({ unit: 'binary' })), { maxLength: 60 });

    it('never throws, and tells a bounded amount that can be printed', () => {
      fc.assert(
        fc.property(logs, fc.boolean(), (parts, known) => {
          for (const { line, path, mend } of diagnose(parts.join(''), known ? mounted : {})) {
            expect(line.length).to.be.at.most(maxQuote);
            expect(line).not.to.match(/\p{Cc}/u);
            if (path !== undefined) expect(path).to.match(/^\//);
            if (mend !== undefined) expect(parse(mend.join('\n'))).to.be.an('object');
          }
        }),
        { numRuns: 500 },
      );
    });

    it('asks for what a profile may have', () => {
      fc.assert(
        fc.property(logs, (parts) => {
          const images = ['registry.test/x'];
          const additions = diagnose(parts.join(''), { images }).flatMap(({ addition }) =>
            addition === undefined ? [] : [addition],
          );
          const base = { repository: 'registry.test/x', writable: [] };
          const mended = suggestProfile(base, additions, evidence);
          expect(mended?.left ?? []).to.deep.equal([]);
          if (mended !== undefined) expect(parseProfiles(mended.text, 'x').ok).to.be.true;
        }),
        { numRuns: 500 },
      );
    });

    it('gives at most 32, whatever the log holds', () => {
      const log = Array.from({ length: 5000 }, (_, i) => `open /d${i}/x: read-only file system`);
      expect(diagnose(log.join('\n'), {})).to.have.length(32);
    });

    // No clock: a quadratic reading of any of these would outlast the time that a test has by far.
    const hostile: Readonly<Record<string, string>> = {
      'one line of slashes': '/'.repeat(maxLogLength),
      'one line of paths': '/a '.repeat(maxLogLength / 3),
      'open quotes': "'/".repeat(maxLogLength / 2),
      'open escapes': '\u001b[0;'.repeat(maxLogLength / 4),
      'open titles': '\u001b]'.repeat(maxLogLength / 2),
      'half a message': 'can not modify '.repeat(maxLogLength / 15),
      'half a mount': 'to rootfs at "/'.repeat(maxLogLength / 15),
      'half a temporary directory': 'temporary directory /'.repeat(maxLogLength / 21),
      'half an invalid value': 'mountPath: Invalid value: '.repeat(maxLogLength / 26),
      'short lines that all tell': 'a/b: EROFS\n'.repeat(maxLogLength / 11),
      'different lines without a path': Array.from({ length: 12_000 }, (_, i) => `EROFS ${i}`).join(
        '\n',
      ),
      'different lines of two errors': Array.from(
        { length: 12_000 },
        (_, i) => `${i} /d/x: ${i % 2 === 0 ? 'EROFS' : 'EACCES'}`,
      ).join('\n'),
      blanks: ' '.repeat(maxLogLength) + 'read-only file system',
      'far more than is read': 'x'.repeat(40 * maxLogLength),
    };
    for (const [name, log] of Object.entries(hostile)) {
      it(`ends soon on ${name}`, () => {
        expect(diagnose(log, mounted).length).to.be.at.most(32);
      });
    }
  });
});

const evidence = { kind: 'log', ref: 'a crash log', seen: '2026-11-21' } as const;

describe('the mended profile', () => {
  const conf: Addition = {
    field: 'writable',
    path: '/etc/nginx/conf.d',
    why: 'x: "y" is written here',
    contents: 'seeded',
  };

  it('is each built-in profile with the addition, and else as it was', async () => {
    const catalogue = await loadCatalogue();
    if (!catalogue.ok) throw new Error('the catalogue does not load');
    const entry: Addition = { ...conf, path: '/not/in/any', contents: 'empty' };
    for (const { file } of catalogue.value.profiles) {
      const text = readFileSync(file!, 'utf8');
      if (text.includes('\n---')) continue;
      // As the file has it: what it continues another profile with stays in that one.
      const original = parseProfiles(text, file!);
      if (!original.ok) throw new Error(`${file!}: ${original.problems[0]!.message}`);
      const profile = original.value[0]!;
      const mended = suggestProfile({ text }, [entry], evidence);
      const parsed = parseProfiles(mended!.text, file!);
      if (!parsed.ok) throw new Error(`${file!}: ${parsed.problems[0]!.message}`);
      const [after] = parsed.value;
      const { writable, evidence: seen, extends: continued, ...rest } = after!;
      const { writable: _, evidence: __, extends: base, ...before } = profile;
      expect(rest).to.deep.equal(before);
      expect(continued?.profile).to.equal(base?.profile);
      expect(writable.slice(0, -1)).to.deep.equal(profile.writable);
      expect(writable.at(-1)).to.include({ path: entry.path, why: entry.why });
      expect(seen).to.deep.equal([...profile.evidence, evidence]);
      for (const comment of text.match(/^\s*#.*$/gm) ?? []) {
        expect(mended!.text).to.include(comment.trim());
      }
    }
  });

  it('has the outer entry in place of those inside it', () => {
    const writable = ['/srv/a/b', '/srv/a', '/srv/ab'].map((path) => ({
      ...({ path, why: 'w', contents: 'empty', medium: 'Disk', readableBy: 'any' } as const),
    }));
    const mended = suggestProfile(
      { repository: 'registry.test/x', writable: [writable[0]!, writable[2]!] },
      [{ ...conf, path: '/srv/a', contents: 'empty' }],
      evidence,
    );
    const parsed = parseProfiles(mended!.text, 'x');
    expect(parsed.ok && parsed.value[0]!.writable.map(({ path }) => path)).to.deep.equal([
      '/srv/ab',
      '/srv/a',
    ]);
  });

  it('leaves out what the lints refuse, and says why', () => {
    const refused: Addition = { ...conf, path: '/etc', contents: 'empty' };
    const base = { repository: 'registry.test/x', writable: [] };
    const mended = suggestProfile(base, [refused, { field: 'lowPorts' }, conf], evidence);
    expect(mended?.left.map(({ addition }) => addition)).to.deep.equal([refused]);
    expect(mended?.left[0]?.problem).to.include('is a system directory');
    const parsed = parseProfiles(mended!.text, 'x');
    expect(parsed.ok && parsed.value[0]).to.deep.include({
      name: 'registry-test-x',
      lowPorts: true,
    });
    expect(suggestProfile(base, [refused], evidence)).to.be.undefined;
    expect(suggestProfile(base, [], evidence)).to.be.undefined;
  });

  it('has the whole repository as its name, and a number where that is taken', () => {
    const named = (repository: string, taken: readonly string[] = []): unknown => {
      const base = { repository, writable: [], taken: new Set(taken) };
      const suggested = suggestProfile(base, [{ field: 'lowPorts' }], evidence);
      return (parse(suggested!.text) as { readonly metadata: object }).metadata;
    };
    expect(named('registry.corp:5000/portal/nginx')).to.deep.equal({
      name: 'registry-corp-5000-portal-nginx',
    });
    const taken = ['a-test-b-c', 'a-test-b-c-2'];
    expect(named('a.test/b/c', taken)).to.deep.equal({ name: 'a-test-b-c-3' });
  });

  it('keeps lists and maps in brackets as they were written', () => {
    const text = `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: web }
spec:
  images: [registry.test/web, "registry.test/web-*"]
  writable:
    - {path: /var/cache/web, why: 'pages'}
  user: {uid: 101,  gid: 101}
  evidence:
    - { kind: manifest, ref: 'shop/charts', seen: 2026-11-21 }
`;
    const suggested = suggestProfile({ text }, [conf], evidence);
    const added = `    - path: ${conf.path}
      why: 'x: "y" is written here'
      contents: seeded
`;
    const seen = `    - kind: log
      ref: a crash log
      seen: 2026-11-21
`;
    const at = text.indexOf('  user:');
    expect(suggested?.text).to.equal(`${text.slice(0, at)}${added}${text.slice(at)}${seen}`);
  });

  it('is none for an image whose name is no pattern', () => {
    const base = { repository: 'Not A Name', writable: [] };
    expect(suggestProfile(base, [conf], evidence)).to.be.undefined;
  });

  it('takes the place of a user, and keeps the order of fields', () => {
    const base = { repository: 'registry.test/x', writable: [] };
    const first = suggestProfile(base, [{ field: 'user', user: { uid: 1, gid: 1 } }], evidence);
    const user = { uid: 101, gid: 101, fsGroup: 101 };
    const second = suggestProfile(
      { text: first!.text },
      [{ field: 'lowPorts' }, { field: 'user', user }],
      evidence,
    );
    const document = parse(second!.text) as { readonly spec: object };
    expect(Object.keys(document.spec)).to.deep.equal([
      'images',
      'writable',
      'user',
      'lowPorts',
      'evidence',
    ]);
    expect(document.spec).to.deep.include({ user, lowPorts: true });
  });
});
