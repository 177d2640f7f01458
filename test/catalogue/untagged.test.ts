import { expect } from 'chai';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { resolveVariant } from '../../src/core/catalogue/profile/variant.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type {
  Profile,
  ProfileSource,
  ResolvedProfile,
} from '../../src/core/catalogue/profile/profile.ts';
import type { Container } from '../../src/core/pod/pod.ts';
import { entry as path } from '../pods/profiles.ts';
import { catalogueOf, profile } from './profiles-for-tests.ts';

const digest = `@sha256:${'0'.repeat(64)}`;
const repository = 'registry.test/app';

function entry(name: string, fields: Partial<Profile>, source: ProfileSource = 'builtin') {
  return { profile: profile(name, fields), source };
}

function resolve(
  { match }: Catalogue,
  image = `${repository}${digest}`,
  container: Partial<Container> = {},
): ResolvedProfile {
  const { compiled, reference } = match(image);
  const facts = { tag: reference?.tag, userMounts: [], root: true };
  return resolveVariant(compiled, { name: 'c', image, ...container }, facts);
}

function own(fields: Partial<Profile>): ResolvedProfile {
  return resolve(catalogueOf([entry('app', { images: [repository], ...fields })]));
}

function paths({ writable, data }: ResolvedProfile): readonly string[] {
  return [...writable, ...data].map((each) => each.path);
}

const tags = (text: string) => ({ match: { tags: [text] } });

describe('an image without a tag', () => {
  it('gets the empty directories of all variants, each once, and is told what stays open', () => {
    const resolved = own({
      writable: [path('/tmp')],
      when: [
        { ...tags('*a*'), writable: [path('/run/a'), path('/tmp', { contents: 'seeded' })] },
        { ...tags('*b*'), writable: [path('/etc/b', { contents: 'seeded' }), path('/var/run/a')] },
        { ...tags('*c*'), data: [path('/var/lib/c')] },
      ],
    });
    expect(resolved.writable.map((each) => `${each.contents} ${each.path}`)).to.deep.equal([
      'empty /tmp',
      'empty /run/a',
      'empty /var/lib/c',
    ]);
    expect(resolved.data).to.deep.equal([]);
    expect(resolved.undecided).to.deep.equal({
      user: false,
      readOnly: ['/etc/b'],
      data: ['/var/lib/c'],
    });
  });

  it('gets none that hides what another variant has, and the inner one of two', () => {
    const resolved = own({
      when: [
        { ...tags('1*'), writable: [path('/srv/app'), path('/opt/app/run'), path('/run/x')] },
        { ...tags('2*'), writable: [path('/srv/app/data')] },
        {
          ...tags('3*'),
          writable: ['/opt/app', '/run/x'].map((p) => path(p, { contents: 'seeded' })),
        },
      ],
    });
    expect(paths(resolved)).to.deep.equal(['/srv/app/data']);
    expect(resolved.undecided?.readOnly).to.have.members([
      '/srv/app',
      '/opt/app',
      '/opt/app/run',
      '/run/x',
    ]);
  });

  it('keeps a user on whom all agree, and none else', () => {
    const user = { uid: 5, gid: 5 };
    const other = { uid: 6, gid: 6 };
    const agreed = own({ user, when: [{ ...tags('*x*'), user }] });
    expect(agreed).to.deep.include({ user });
    expect(agreed.undecided?.user).to.equal(false);
    const open = [
      own({ user, when: [{ ...tags('*x*'), user: other }] }),
      own({ when: [{ ...tags('*x*'), user }] }),
      own({
        user,
        when: [
          { ...tags('*x*'), user: other },
          { ...tags('*y*'), user },
        ],
      }),
    ];
    for (const resolved of open) {
      expect(resolved.user).to.equal(undefined);
      expect(resolved.undecided?.user).to.equal(true);
    }
    // What holds whatever the tag is comes after.
    const when = [
      { ...tags('*x*'), user: other },
      { match: { env: ['A'] }, user },
    ];
    const catalogue = catalogueOf([entry('app', { images: [repository], when })]);
    const resolved = resolve(catalogue, undefined, { env: [{ name: 'A' }] });
    expect(resolved).to.deep.include({ user });
  });

  it('may need low ports where some variant does, and is masked where all are', () => {
    const resolved = own({
      maskable: ['/bin/a', '/bin/b'],
      when: [
        { ...tags('*x*'), lowPorts: true, maskable: ['/bin/b', '/bin/c'] },
        { ...tags('*y*'), lowPorts: false },
      ],
    });
    expect(resolved).to.deep.include({ lowPorts: true, maskable: ['/bin/b'] });
  });

  it('leaves out the variants that the container is not, and gives the same object again', () => {
    const catalogue = catalogueOf([
      entry('app', {
        images: [repository],
        when: [
          { match: { tags: ['*x*'], env: ['A'] }, writable: [path('/a')] },
          { match: { env: ['B'] }, writable: [path('/b')] },
        ],
      }),
    ]);
    const env = (name: string) => ({ env: [{ name }] });
    expect(paths(resolve(catalogue))).to.deep.equal([]);
    expect(resolve(catalogue).undecided).to.equal(undefined);
    expect(paths(resolve(catalogue, undefined, env('A')))).to.deep.equal(['/a']);
    expect(paths(resolve(catalogue, undefined, env('B')))).to.deep.equal(['/b']);
    const other = `${repository}@sha256:${'1'.repeat(64)}`;
    expect(resolve(catalogue, other, env('A'))).to.equal(resolve(catalogue, undefined, env('A')));
  });

  it('is told nothing where only masks depend on the tag', () => {
    expect(own({ when: [{ ...tags('*x*'), maskable: ['/bin/a'] }] }).undecided).to.equal(undefined);
  });
});

describe('profiles for tags of the same repository', () => {
  const user = { uid: 5, gid: 5 };
  const main = entry('app', { images: [repository], writable: [path('/tmp')], user });
  const old = (fields: Partial<Profile> = {}, source?: ProfileSource) =>
    entry('old', { images: [`${repository}:<2`, `${repository}:1-*`], ...fields }, source);

  it('count as variants of an image without a tag, and of no other', () => {
    const catalogue = catalogueOf([
      main,
      old({ writable: [path('/old')], data: [path('/data')], user }),
    ]);
    const resolved = resolve(catalogue);
    expect(resolved.name).to.equal('app');
    expect(paths(resolved)).to.deep.equal(['/tmp', '/old', '/data']);
    expect(resolved).to.deep.include({ user });
    expect(paths(resolve(catalogue, `${repository}:3`))).to.deep.equal(['/tmp']);
    expect(paths(resolve(catalogue, `${repository}:3${digest}`))).to.deep.equal(['/tmp']);
    // One without a user is one whose user nobody knows.
    expect(resolve(catalogueOf([main, old()])).user).to.equal(undefined);
  });

  it('do not contradict a stronger source, a digest, or a wildcard that is for another', () => {
    const strong = { ...main, source: 'directory' as const };
    expect(paths(resolve(catalogueOf([strong, old({ writable: [path('/old')] })])))).to.deep.equal([
      '/tmp',
    ]);
    const exact = entry('exact', { images: [`${repository}${digest}`] });
    expect(resolve(catalogueOf([main, exact, old()]))).not.to.have.property('undecided');
    const debug = entry('debug', { images: ['registry.test/**:*debug*'] });
    expect(resolve(catalogueOf([main, debug]))).to.deep.include({ user });
    expect(resolve(catalogueOf([main, debug]))).not.to.have.property('undecided');
  });

  it('stand for a repository that no other profile is for, whichever wildcard wins', () => {
    const wild = entry('wild', { images: ['registry.test/**'] }, 'cluster');
    const only = old({ writable: [path('/old')] });
    expect(paths(resolve(catalogueOf([only])))).to.deep.equal(['/old']);
    expect(paths(resolve(catalogueOf([only, wild])))).to.deep.equal(['/old']);
    const family = entry(
      'family',
      { images: ['registry.test/**:1'], writable: [path('/f')] },
      'cluster',
    );
    expect(paths(resolve(catalogueOf([wild, family])))).to.deep.equal(['/f']);
  });

  it('are named where the tag is none of theirs', () => {
    const debug = entry('debug', { images: ['registry.test/a*:*debug*', 'registry.test/b*:1'] });
    const { match } = catalogueOf([old(), debug]);
    expect(match(`${repository}:7`)).to.deep.include({
      matched: 'default',
      coverage: [
        { profile: 'old', tags: ['1-*', '<2'] },
        { profile: 'debug', tags: ['*debug*'] },
      ],
    });
    expect(match('registry.test/c:7')).not.to.have.property('coverage');
    expect(match(`${repository}:1-x`)).not.to.have.property('coverage');
  });
});

describe('images of the built-in catalogue without a tag', () => {
  let catalogue: Catalogue;
  before(async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
    catalogue = loaded.value;
  });
  const bare = (name: string): ResolvedProfile => resolve(catalogue, `${name}${digest}`);

  it('have a user where there is but one', () => {
    for (const name of ['postgres', 'php', 'redis', 'httpd', 'wordpress', 'influxdb']) {
      expect(bare(name).user, name).to.equal(undefined);
      expect(bare(name).undecided?.user, name).to.equal(true);
    }
    expect(bare('nginx').user?.uid).to.equal(101);
    expect(bare('grafana/grafana').user?.uid).to.equal(472);
  });

  it('have the directories of all variants', () => {
    expect(paths(bare('php'))).to.deep.equal(['/tmp', '/var/lock/apache2', '/var/run/apache2']);
    expect(bare('php').lowPorts).to.equal(true);
    expect(paths(bare('mariadb'))).to.include.members(['/run/mysqld', '/run/mariadb']);
    expect(paths(bare('influxdb'))).to.include.members(['/var/lib/influxdb', '/plugins']);
    expect(bare('influxdb').data.map((each) => each.path)).to.deep.equal(['/var/lib/influxdb2']);
    expect(bare('rabbitmq').undecided?.readOnly).to.deep.equal(['/etc/rabbitmq']);
  });
});
