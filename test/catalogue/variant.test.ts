import { expect } from 'chai';
import type {
  Profile,
  ResolvedProfile,
  Variant,
  VariantMatch,
  WritablePath,
} from '../../src/core/catalogue/profile/profile.ts';
import {
  compileProfile,
  maxVariants,
  resolveVariant,
} from '../../src/core/catalogue/profile/variant.ts';
import type { Container } from '../../src/core/pod/pod.ts';
import { profile } from './profiles-for-tests.ts';

function path(text: string, why = 'x'): WritablePath {
  return { path: text, why, contents: 'empty', medium: 'Disk', readableBy: 'any' };
}

const plain: Container = { name: 'c' };

function resolve(
  fields: Partial<Profile>,
  {
    container = plain,
    tag = 'latest',
    mounts = [],
  }: { container?: Container; tag?: string; mounts?: readonly string[] } = {},
): ResolvedProfile {
  return resolveVariant(compileProfile(profile('p', fields)), container, {
    tag,
    userMounts: mounts,
    root: true,
  });
}

describe('conditions of a variant', () => {
  const environment = [
    { name: 'A', value: 'first' },
    { name: 'A', value: 'second' },
    { name: 'FROM' },
  ];
  const container: Container = {
    name: 'c',
    command: ['/bin/sh', '-c'],
    args: ['run --debug'],
    env: environment,
    lifecycle: {
      postStart: { exec: { command: ['sh', '-c', 'rm /bin/nc; plugins enable x'] } },
      preStop: { exec: { command: ['stop'] } },
    },
  };
  const cases: readonly (readonly [
    holds: boolean,
    match: VariantMatch,
    tag?: string | undefined,
    mounts?: readonly string[],
  ])[] = [
    [true, { tags: ['*alpine*'] }, '1-alpine'],
    [true, { tags: ['x', '>=1'] }, '1-alpine'],
    [false, { tags: ['>=2'] }, '1-alpine'],
    [true, { command: ['*/sh'] }],
    [false, { command: ['sh'] }],
    [true, { args: ['*--debug*'] }],
    [false, { args: ['--debug'] }],
    [true, { env: ['A'] }],
    [true, { env: ['A=sec*'] }],
    [false, { env: ['A=first'] }],
    [true, { env: ['B', 'A=*'] }],
    [false, { env: ['B'] }],
    [true, { env: ['FROM'] }],
    [false, { env: ['FROM=*'] }],
    [true, { env: ['FR*'] }],
    [true, { env: ['*A*=sec*'] }],
    [false, { env: ['*=first'] }],
    [false, { env: ['A_*', 'FR*=*'] }],
    [true, { words: ['sh'] }],
    [true, { words: ['-c', 'x'] }],
    [true, { words: ['run'] }],
    [true, { words: ['run*'] }],
    [false, { words: ['debug', 'ru', 'bin', '*bug-'] }],
    [true, { hooks: ['*plugins enable*'] }],
    [true, { hooks: ['stop'] }],
    // Hardening takes it out, so the second pass would not see it.
    [false, { hooks: ['*rm *'] }],
    [true, { mounts: ['/etc/x'] }, undefined, ['/etc/x']],
    [true, { mounts: ['/etc/x'] }, undefined, ['/a', '/etc/x/y']],
    [true, { mounts: ['/var/run/x'] }, undefined, ['/run/x']],
    [false, { mounts: ['/etc/x'] }, undefined, ['/etc', '/etc/xy']],
    [false, { mounts: ['/etc/x'] }],
    [true, { tags: ['1'], command: ['-c'], env: ['A'] }, '1'],
    [false, { tags: ['1'], command: ['-c'], env: ['B'] }, '1'],
    [false, { tags: ['2'], command: ['-c'] }, '1'],
  ];
  for (const [holds, match, tag, mounts = []] of cases) {
    it(`${JSON.stringify(match)} ${holds ? 'holds' : 'does not hold'} for tag ${tag ?? 'none'}`, () => {
      const compiled = compileProfile(profile('p', { when: [{ match, lowPorts: true }] }));
      expect(
        resolveVariant(compiled, container, { tag, userMounts: mounts, root: true }).lowPorts,
      ).to.equal(holds);
    });
  }

  it('on words and variables never hold for a container without any', () => {
    const all = [
      { command: ['*'] },
      { args: ['*'] },
      { words: ['*'] },
      { env: ['A'] },
      { env: ['*'] },
    ];
    for (const match of all) {
      for (const empty of [plain, { name: 'c', command: null, args: null, env: null }]) {
        expect(
          resolve({ when: [{ match, lowPorts: true }] }, { container: empty }).lowPorts,
        ).to.equal(false);
      }
    }
  });
});

describe('what a variant changes', () => {
  const always = (fields: Omit<Variant, 'match'>): Variant => ({
    match: { tags: ['*'] },
    ...fields,
  });
  const paths = (entries: readonly WritablePath[]): readonly string[] =>
    entries.map((entry) => entry.path);

  it('entries are added at the end, and replaced where they stand', () => {
    const replaced = path('/a', 'replaced');
    const result = resolve({
      writable: [path('/a'), path('/b')],
      when: [always({ writable: [path('/c'), replaced] })],
    });
    expect(paths(result.writable)).to.deep.equal(['/a', '/b', '/c']);
    expect(result.writable[0]).to.equal(replaced);
  });

  it('an entry replaces one of the same directory under another name', () => {
    const result = resolve({
      writable: [path('/var/run/x')],
      when: [always({ writable: [path('/run/x')] })],
    });
    expect(paths(result.writable)).to.deep.equal(['/run/x']);
  });

  it('an entry moves between the lists', () => {
    const result = resolve({
      writable: [path('/a')],
      data: [path('/b'), path('/c')],
      when: [always({ writable: [path('/b')], data: [path('/a')] })],
    });
    expect(paths(result.writable)).to.deep.equal(['/b']);
    expect(paths(result.data)).to.deep.equal(['/c', '/a']);
  });

  it('other fields replace, and later variants win', () => {
    const result = resolve({
      user: { uid: 1, gid: 1, fsGroup: 1 },
      lowPorts: true,
      maskable: ['/bin/a'],
      when: [
        always({ user: { uid: 2, gid: 2 }, maskable: ['/bin/b'] }),
        { match: { tags: ['other'] }, user: { uid: 9, gid: 9 } },
        always({ user: { uid: 3, gid: 3 }, lowPorts: false }),
        always({ maskable: [] }),
      ],
    });
    expect(result).to.deep.equal({
      name: 'p',
      writable: [],
      data: [],
      user: { uid: 3, gid: 3 },
      lowPorts: false,
      fileCapabilities: [],
      maskable: [],
      cp: 'cp',
      environment: [],
      volumes: [],
    });
  });

  it('nothing changes, and the object is the same, where no variant applies', () => {
    const compiled = compileProfile(
      profile('p', { when: [{ match: { tags: ['a'] }, lowPorts: true }] }),
    );
    expect(resolveVariant(compiled, plain, { tag: 'b', userMounts: [], root: true })).to.equal(
      compiled.base,
    );
  });

  it('the same variants give the same object, also after many other tags', () => {
    const compiled = compileProfile(
      profile('p', { when: [{ match: { tags: ['>=1'] }, lowPorts: true }] }),
    );
    const first = resolveVariant(compiled, plain, { tag: '1', userMounts: [], root: true });
    for (let minor = 0; minor < 1000; minor += 1) {
      expect(
        resolveVariant(compiled, plain, { tag: `2.${minor}`, userMounts: [], root: true }),
      ).to.equal(first);
      expect(
        resolveVariant(compiled, plain, { tag: `0.${minor}`, userMounts: [], root: true }),
      ).to.equal(compiled.base);
    }
    expect(compiled.tagSets.size).to.be.at.most(256);
  });

  it('any set of the largest number of variants can apply', () => {
    const when = Array.from({ length: maxVariants }, (_, index) => ({
      match: { tags: [`*-${index}-*`] },
      writable: [path(`/p${index}`)],
    }));
    const compiled = compileProfile(profile('p', { when }));
    for (const chosen of [
      [0],
      [maxVariants - 1],
      [0, maxVariants - 1],
      when.map((_, index) => index),
    ]) {
      const tag = chosen.map((index) => `-${index}-`).join('');
      expect(
        paths(resolveVariant(compiled, plain, { tag, userMounts: [], root: true }).writable),
      ).to.deep.equal(chosen.map((index) => `/p${index}`));
    }
    expect(() => compileProfile(profile('p', { when: [...when, ...when] }))).to.throw('more than');
  });
});
