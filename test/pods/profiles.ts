/**
 * Profiles that have everything a profile can have, for tests of the rules: what the catalogue
 * ships changes.
 */
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { profile as bareProfile } from '../catalogue/profiles-for-tests.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Profile, WritablePath } from '../../src/core/catalogue/profile/profile.ts';

/** An entry of a profile with its defaults. */
export function entry(path: string, fields: Partial<WritablePath> = {}): WritablePath {
  return { path, why: 'a test', contents: 'empty', medium: 'Disk', readableBy: 'any', ...fields };
}

/** A profile for the image of its own name. */
export function profile(name: string, fields: Partial<Profile> = {}): Profile {
  const images = name === 'default' ? [] : [`docker.io/library/${name}`];
  return bareProfile(name, { images, ...fields });
}

/** A catalogue of the given profiles and, where none of them is it, the default one. */
export function catalogueOf(...profiles: readonly Profile[]): Catalogue {
  const all = profiles.some(({ name }) => name === 'default')
    ? profiles
    : [...profiles, profile('default', { writable: [entry('/tmp')] })];
  const built = buildCatalogue(all.map((each) => ({ profile: each, source: 'builtin' })));
  if (!built.ok) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.value;
}

/** Every feature, and paths that meet each other's aliases. */
export const testCatalogue: Catalogue = catalogueOf(
  profile('web', {
    writable: [entry('/var/cache/web'), entry('/var/run')],
    user: { uid: 101, gid: 101 },
    lowPorts: true,
    when: [
      {
        match: { mounts: ['/etc/web/templates'] },
        writable: [entry('/etc/web/conf.d', { contents: 'seeded' })],
      },
      { match: { tags: ['*'] }, maskable: ['/bin/bash', '/usr/bin/touch', '/usr/bin/apt'] },
      { match: { tags: ['*alpine*'] }, maskable: [], user: { uid: 82, gid: 82 } },
      { match: { tags: ['0.*'] }, writable: [entry('/srv/app'), entry('/var/lib/app')] },
    ],
  }),
  profile('web-old', {
    images: ['docker.io/library/web:<0.5'],
    writable: [entry('/srv/app/run'), entry('/opt/app/conf', { contents: 'seeded' })],
    data: [entry('/var/lib/web')],
  }),
  profile('seedy', {
    writable: [
      entry('/etc/app', { contents: 'seeded' }),
      entry('/opt/app/conf', { contents: 'seeded', readableBy: 'root' }),
      entry('/tmp', { sizeLimit: '1024Mi' }),
      entry('/dev/shm', { medium: 'Memory' }),
    ],
    data: [entry('/var/lib/app', { contents: 'seeded', sizeLimit: '1024Mi' })],
    user: { uid: 999, gid: 999, fsGroup: 999 },
    maskable: ['/usr/bin/touch'],
    cp: '/bin/cp',
  }),
  profile('bare', {
    writable: [entry('/srv/app', { contents: 'seeded' }), entry('/run/app')],
    data: [entry('/data')],
    cp: 'none',
  }),
  profile('looped', {
    // Our own mounts must not bring a variant about.
    writable: [entry('/tmp'), entry('/etc/app', { contents: 'seeded' }), entry('/var/lock/app')],
    maskable: ['/bin/bash'],
    user: { uid: 70, gid: 70, fsGroup: 70 },
    when: [
      { match: { mounts: ['/tmp', '/etc/app', '/run/lock', '/bin'] }, writable: [entry('/extra')] },
    ],
  }),
  profile('moving', {
    writable: [
      entry('/home/app/.cache', { movedBy: { env: ['CACHE', 'HOME'], append: '/.cache' } }),
      entry('/etc/app', {
        contents: 'seeded',
        movedBy: { env: ['OUTPUT'], flags: ['--output'] },
        seededAt: ['/opt/app/conf'],
      }),
      entry('/tmp', { mode: '1777' }),
    ],
    data: [
      entry('/data', { movedBy: { env: ['DATA'], flags: ['--dir'], list: ',', parent: true } }),
    ],
    environment: [
      { name: 'READ_ONLY', value: '1', why: 'a test' },
      { name: 'HOME', value: '/home/app/.cache/home', why: 'a test' },
    ],
    readOnlyRoot: { works: false, why: 'a test.' },
    when: [
      { match: { user: 'other' }, writable: [entry('/run/other')] },
      { match: { hooks: ['*touch*'], words: ['web', 'touch'] }, writable: [entry('/srv/hook')] },
      { match: { hooks: ['*rm*'] }, writable: [entry('/srv/rm')] },
      { match: { user: 'root' }, writable: [entry('/run/root')] },
      { match: { tags: ['*users*'] }, user: { uid: 100, gid: 101 } },
    ],
  }),
  profile('moving-old', {
    images: ['docker.io/library/moving:<0.5'],
    writable: [entry('/opt/old', { movedBy: { env: ['OUTPUT'] } })],
    when: [{ match: { env: ['READ_ONLY=1', 'HOM*'] }, writable: [entry('/srv/old')] }],
  }),
  profile('plain', { user: { uid: 1000, gid: 1000 } }),
  profile('default', { writable: [entry('/tmp')] }),
);
