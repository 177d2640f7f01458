import { expect } from 'chai';

import { buildCatalogue } from '../../../src/core/catalogue/match/catalogue.ts';
import { harden } from '../../../src/core/harden.ts';
import { draftProfile, type Draft } from '../../../src/core/learn/draft.ts';
import { parseProfiles } from '../../../src/core/catalogue/parse/parse.ts';
import type { Observation } from '../../../src/core/learn/observation.ts';
import { parseBuiltin } from '../../../src/profile-files/catalogue-files.ts';
import { valueOf } from '../../admission/harness.ts';
import { entry, file, observed, touched } from './observed.ts';

function drafted(...observations: readonly Observation[]): Draft {
  const result = draftProfile(observations);
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join(' '));
  const parsed = parseProfiles(result.value.profile, '');
  expect(parsed.ok, result.value.profile).to.equal(true);
  return result.value;
}

/** `/var/cache/nginx`, or `/etc/nginx/conf.d seeded`, or `data /data`. */
function entriesOf(...observations: readonly Observation[]): readonly string[] {
  return drafted(...observations).spec.entries.map(({ list, path, contents }) =>
    [...(list === 'data' ? ['data'] : []), path, ...(contents === 'seeded' ? ['seeded'] : [])].join(
      ' ',
    ),
  );
}

describe('the draft of a profile', () => {
  it('has the narrowest directories of nginx, and the noise of a runtime left out', () => {
    const nginx = observed({
      written: [
        entry('/etc/mtab', 'link'),
        file('/etc/hosts'),
        entry('/run/secrets', 'directory'),
        file('/etc/nginx/conf.d/default.conf'),
        file('/run/nginx.pid'),
        entry('/var/cache/nginx/client_temp', 'directory'),
        entry('/var/cache/nginx/proxy_temp', 'directory'),
      ],
      directories: [
        touched('/etc', 80, 300),
        touched('/etc/nginx/conf.d', 0, 0),
        touched('/run', 1, 0),
        touched('/var/cache/nginx', 0, 0),
      ],
      mounts: [
        { path: '/', fileSystem: 'overlay', readOnly: false },
        {
          path: '/run/secrets/kubernetes.io/serviceaccount',
          fileSystem: 'tmpfs',
          readOnly: true,
        },
      ],
    });
    expect(entriesOf(nginx)).to.deep.equal([
      '/etc/nginx/conf.d seeded',
      '/run',
      '/var/cache/nginx',
    ]);
  });

  it('takes a directory that the program made below one that several programs share', () => {
    const made = observed({
      written: [entry('/run/app', 'directory'), entry('/run/app/a.sock', 'socket')],
    });
    expect(entriesOf(made)).to.deep.equal(['/run/app']);
  });

  it('mounts each of several written directories of the image', () => {
    const written = [file('/app/logs/a.log'), file('/app/cache/x')];
    const directories = [touched('/app/logs', 0), touched('/app/cache', 0)];
    expect(entriesOf(observed({ written, directories }))).to.deep.equal([
      '/app/cache',
      '/app/logs',
    ]);
  });

  it('mounts their parent with its content where the program made a name in it', () => {
    const written = [file('/app/logs/a.log'), file('/app/app.pid')];
    const directories = [touched('/app/logs', 0), touched('/app', 12, 400)];
    expect(entriesOf(observed({ written, directories }))).to.deep.equal(['/app seeded']);
  });

  it('sees a directory in which names were made and removed', () => {
    expect(entriesOf(observed({ directories: [touched('/tmp', 0)] }))).to.deep.equal(['/tmp']);
  });

  it('has the /tmp in memory that Ruby needs, where the pod tells of Ruby', async () => {
    const { profile } = drafted(observed({ directories: [touched('/tmp', 0)] }));
    const parsed = parseProfiles(profile, '');
    const { entries } = await parseBuiltin();
    const own = valueOf(parsed).map((each) => ({ profile: each, source: 'directory' as const }));
    const catalogue = valueOf(buildCatalogue([...entries, ...own]));
    const policy = { level: 'immutable', unprofiled: 'default', masking: 'probes' } as const;
    const volumeOf = (program: string): unknown => {
      const [image, command] = ['registry.example/shop/api:1.2', [program, 'serve']];
      const pod = { spec: { containers: [{ name: 'a', image, command }] } };
      return harden(pod, catalogue, policy).pod.spec.volumes?.[0]?.['emptyDir'];
    };
    expect(volumeOf('ruby')).to.deep.equal({ medium: 'Memory' });
    expect(volumeOf('java')).to.deep.equal({});
  });

  it('says what no profile can have', () => {
    const { spec, notes } = drafted(
      observed({ written: [file('/etc/app.conf'), file('/etc/passwd', 'changed')] }),
    );
    expect(spec.entries).to.deep.equal([]);
    expect(notes.map(({ code }) => code)).to.deep.equal(['no-place', 'no-place', 'not-exercised']);
    expect(notes.flatMap(({ paths }) => paths)).to.have.members(['/etc/app.conf', '/etc/passwd']);
  });

  it('copies a file of the image that was changed in a system directory', () => {
    const changed = observed({ written: [file('/etc/app.conf', 'changed')] });
    expect(entriesOf(changed)).to.deep.equal(['/etc/app.conf seeded']);
  });

  it('never covers links to stdout', () => {
    const { spec, notes } = drafted(
      observed({
        written: [file('/var/log/nginx/other.log')],
        directories: [touched('/var/log/nginx', 2, 2)],
      }),
    );
    expect(spec.entries).to.deep.equal([]);
    expect(notes[0]?.text).to.contain('links to stdout');
  });

  it('makes data of a VOLUME, above it where the program took it for itself', () => {
    const postgres = observed({
      users: [{ uid: 999, gid: 999 }],
      volumes: ['/var/lib/postgresql/data'],
      directories: [
        {
          path: '/var/lib/postgresql/data',
          inImage: true,
          imageEntries: 0,
          uid: 999,
          gid: 999,
          mode: 0o700,
        },
      ],
    });
    expect(entriesOf(postgres)).to.deep.equal(['data /var/lib/postgresql']);
    const { ownDirectories, user, volumes } = drafted(postgres).spec;
    expect(ownDirectories.map(({ path }) => path)).to.deep.equal(['/var/lib/postgresql/data']);
    expect(user).to.deep.equal({ uid: 999, gid: 999, fsGroup: 999 });
    expect(volumes).to.deep.equal(['/var/lib/postgresql/data']);
  });

  it('mounts above a directory that the program filled and made its own', () => {
    const { spec } = drafted(
      observed({
        written: [
          entry('/var/lib/postgresql/data/base', 'directory'),
          file('/var/lib/postgresql/data/pg_hba.conf'),
          file('/var/lib/postgresql/data/PG_VERSION'),
        ],
        directories: [
          { ...touched('/var/lib/postgresql/data', 0, 0), uid: 999, gid: 999, mode: 0o700 },
          { path: '/var/lib/postgresql', inImage: true, imageEntries: 0, imageFiles: 0 },
        ],
      }),
    );
    expect(spec.entries.map(({ path, contents }) => `${path} ${contents}`)).to.deep.equal([
      '/var/lib/postgresql empty',
    ]);
    expect(spec.ownDirectories.map(({ path }) => path)).to.deep.equal(['/var/lib/postgresql/data']);
  });

  it('merges containers, and says in how many each path was written', () => {
    const one = observed({ written: [file('/tmp/a')] });
    const two = observed({ written: [file('/tmp/b'), file('/srv/app/cache/x')] });
    const { profile, notes } = drafted(one, two);
    expect(profile).to.contain('# in 1 of 2 containers\n    - path: /srv/app/cache');
    expect(profile).to.contain('# in 2 of 2 containers\n    - path: /tmp');
    expect(notes.filter(({ code }) => code === 'differs')).to.have.length(1);
    expect(profile).to.contain('2 containers looked at after 60 min, containerd://1.6.20');
  });

  it('refuses what it cannot name', () => {
    expect(draftProfile([]).ok).to.equal(false);
    expect(draftProfile([observed({ image: undefined })]).ok).to.equal(false);
    expect(draftProfile([observed({ image: 'UPPER' })]).ok).to.equal(false);
  });
});
