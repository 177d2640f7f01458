import { expect } from 'chai';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { parseProfiles } from '../../src/core/catalogue/parse/parse.ts';
import type { CatalogueEntry } from '../../src/core/catalogue/match/catalogue.ts';
import type { ProfileSource } from '../../src/core/catalogue/profile/profile.ts';

const evidence = 'evidence: [{ kind: source, ref: example/x Dockerfile, seen: 2026-11-29 }]';

function entryOf(name: string, spec: string, source: ProfileSource = 'builtin'): CatalogueEntry {
  const images = name === 'default' ? '[]' : `[docker.io/library/${name}]`;
  const text = `{ apiVersion: lithopod.dev/v1alpha1, kind: ImageProfile, metadata: { name: ${name} }, spec: { images: ${images}, ${evidence}, ${spec} } }`;
  const parsed = parseProfiles(text, 'x');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { profile: parsed.value[0]!, source, file: `${source}/${name}.yaml` };
}

function build(...entries: readonly CatalogueEntry[]) {
  return buildCatalogue([...entries, entryOf('default', 'writable: []')]);
}

function whole(...entries: readonly CatalogueEntry[]) {
  const built = build(...entries);
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  const found = built.value.match(entries.at(-1)!.profile.name).profile;
  return {
    ...found,
    writable: found.writable.map(({ path }) => path),
    data: found.data.map(({ path }) => path),
  };
}

const problems = (...entries: readonly CatalogueEntry[]): readonly string[] => {
  const built = build(...entries);
  return built.ok ? [] : built.problems.map(({ message }) => message);
};

const base = entryOf(
  'base',
  `writable: [{ path: /tmp, why: x }, { path: /run/a, why: x }], data: [{ path: /data, why: x }],
   user: { uid: 7, gid: 7 }, lowPorts: true, maskable: [/bin/bash], cp: none, volumes: [/data],
   ownDirectories: [{ path: /data/own, why: x }],
   readOnlyRoot: { works: false, why: x }, environment: [{ name: A, value: '1', why: x }],
   when: [{ match: { tags: ['1'] }, lowPorts: false }]`,
);

describe('a profile that extends another', () => {
  it('has all of it, for its own images', () => {
    const {
      name,
      images,
      evidence: own,
      extends: left,
      ...rest
    } = whole(base, entryOf('own', 'extends: base'));
    expect(name).to.equal('own');
    expect(images).to.deep.equal(['docker.io/library/own']);
    expect(own).to.have.length(1);
    expect(left).to.equal(undefined);
    expect(rest).to.deep.equal({
      writable: ['/tmp', '/run/a'],
      data: ['/data'],
      user: { uid: 7, gid: 7 },
      lowPorts: true,
      fileCapabilities: [],
      maskable: ['/bin/bash'],
      cp: 'none',
      volumes: ['/data'],
      ownDirectories: [{ path: '/data/own', why: 'x' }],
      readOnlyRoot: { works: false, why: 'x' },
      environment: [{ name: 'A', value: '1', why: 'x' }],
      when: [{ match: { tags: ['1'] }, lowPorts: false }],
    });
  });

  it('wins by what it says, also where that is the default', () => {
    const own = entryOf(
      'own',
      `extends: base, writable: [{ path: /data, why: x }], data: [{ path: /run/a, why: x }],
       user: { uid: 8, gid: 8 }, lowPorts: false, maskable: [], cp: cp, volumes: [],
       readOnlyRoot: { works: true, why: y }, environment: [{ name: A, value: '0', why: x }],
       when: [{ match: { tags: ['2'] }, lowPorts: true }]`,
    );
    const result = whole(base, own);
    expect(result.writable).to.deep.equal(['/tmp', '/data']);
    expect(result.data).to.deep.equal(['/run/a']);
    expect(result).to.deep.include({
      user: { uid: 8, gid: 8 },
      lowPorts: false,
      maskable: [],
      cp: 'cp',
      volumes: [],
    });
    expect(result.environment).to.deep.equal([{ name: 'A', value: '0', why: 'x' }]);
    expect(result.readOnlyRoot?.works).to.equal(true);
    expect(result.when.map(({ match }) => match.tags)).to.deep.equal([['1'], ['2']]);
  });

  it('may have the name of a weaker one, and be extended in turn', () => {
    const named = entryOf('base', 'extends: base, lowPorts: false', 'directory');
    const third = entryOf('third', 'extends: base', 'cluster');
    expect(whole(base, named, third)).to.include({ lowPorts: false, cp: 'none' });
  });

  it('is refused without another, in a circle, in too long a chain, and where a lint refuses the whole', () => {
    const one = (name: string, other: string, more = ''): CatalogueEntry =>
      entryOf(name, `extends: ${other}${more}`);
    expect(problems(one('a', 'b'))).to.deep.equal(['a extends b, and there is no such profile.']);
    // A weaker source cannot continue what a stronger one says.
    expect(problems(entryOf('b', 'lowPorts: true', 'cluster'), one('a', 'b'))).to.have.length(1);
    expect(problems(one('a', 'b'), one('b', 'a'))).to.have.length(2);
    expect(problems(one('a', 'a'))).to.have.length(1);
    const chain = Array.from({ length: 12 }, (_, i) =>
      one(`c${i}`, i === 11 ? 'base' : `c${i + 1}`),
    );
    expect(problems(base, ...chain)[0]).to.include('more than 8');
    expect(
      problems(base, one('a', 'base', ', writable: [{ path: /data/x, why: x }]')),
    ).to.deep.equal(['a, with what it extends: spec.data[0].path contains writable /data/x.']);
    const many = Array.from(
      { length: 30 },
      () => '{ match: { tags: [x] }, lowPorts: true }',
    ).join();
    expect(problems(base, one('a', 'base', `, when: [${many}]`))[0]).to.include('more than 30');
    const variable = ', environment: [{ name: HOME, value: /run/a/home, why: x }]';
    expect(problems(base, one('a', 'base', variable))).to.deep.equal([]);
    expect(problems(base, one('a', 'base', variable.replace('/run/a', '/srv')))[0]).to.include(
      'environment[1].value',
    );
  });
});
