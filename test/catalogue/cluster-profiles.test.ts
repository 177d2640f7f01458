import { expect } from 'chai';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { CatalogueEntry } from '../../src/core/catalogue/match/catalogue.ts';
import {
  mergeClusterProfiles,
  type ClusterMerge,
  type ClusterObject,
} from '../../src/core/catalogue/match/cluster-profiles.ts';
import { valueOf } from '../admission/harness.ts';
import { builtinCatalogue } from './builtin-catalogue.ts';

const evidence = [{ kind: 'source', ref: 'example/x Dockerfile', seen: '2026-11-29' }];

interface Made {
  readonly name: string;
  /** Seconds of age: the larger, the older. */
  readonly age?: number;
  readonly spec?: object;
}

function object({ name, age = 0, spec = {} }: Made): ClusterObject {
  const seconds = String(59 - age).padStart(2, '0');
  const creationTimestamp = `2026-11-29T10:00:${seconds}Z`;
  const metadata = { name, creationTimestamp, resourceVersion: '1', uid: 'x', managedFields: [] };
  const whole = { images: [`registry.corp/${name}`], evidence, ...spec };
  return {
    ...{ apiVersion: 'lithopod.dev/v1alpha1', kind: 'ImageProfile', status: {} },
    ...{ metadata, spec: whole },
  };
}

const writes = (path: string): object => ({ writable: [{ path, why: 'state' }] });

const builtin = builtinCatalogue();
const others = (): readonly CatalogueEntry[] => builtin.profiles;

function merge(...objects: readonly Made[]): ClusterMerge {
  return valueOf(mergeClusterProfiles(others(), objects.map(object)));
}

const verdictsOf = ({ verdicts }: ClusterMerge): Readonly<Record<string, string>> =>
  Object.fromEntries([...verdicts].map(([name, { reason }]) => [name, reason]));

const pathsFor = ({ catalogue }: ClusterMerge, image: string): readonly string[] =>
  catalogue.match(image).profile.writable.map(({ path }) => path);

describe('the profiles of a cluster', () => {
  it('beat those of --profiles, which beat the built-in ones', () => {
    const own = (name: string, path: string): CatalogueEntry => {
      const made = object({ name, spec: { images: ['docker.io/library/nginx'], ...writes(path) } });
      const { catalogue } = valueOf(mergeClusterProfiles(others(), [made]));
      const [entry] = catalogue.profiles.filter(({ profile }) => profile.name === name);
      if (entry === undefined) throw new Error('the profile does not count');
      return { ...entry, source: 'directory', file: 'nginx.yaml' };
    };
    const directory = valueOf(buildCatalogue([...others(), own('mine', '/srv/mine')]));
    expect(directory.match('nginx').profile.name).to.equal('mine');
    const inCluster = object({
      name: 'theirs',
      spec: { images: ['docker.io/library/nginx'], ...writes('/srv/theirs') },
    });
    const merged = valueOf(mergeClusterProfiles(directory.profiles, [inCluster]));
    expect(merged.catalogue.match('nginx')).to.include({ source: 'cluster' });
    expect(pathsFor(merged, 'nginx')).to.deep.equal(['/srv/theirs']);
    expect(merged.verdicts.get('theirs')).to.deep.equal({
      ready: true,
      reason: 'InPlaceOfAnother',
      message:
        'New pods with its images are hardened by it. It is used in place of the built-in profile nginx, the profile mine of --profiles, for the patterns that both have.',
    });
    expect(merged.catalogue.match('redis')).to.include({ source: 'builtin' });
  });

  it('that are for other images leave the built-in ones as they are', () => {
    const merged = merge({ name: 'shop', spec: writes('/srv/shop') });
    expect(verdictsOf(merged)).to.deep.equal({ shop: 'InUse' });
    expect(pathsFor(merged, 'registry.corp/shop')).to.deep.equal(['/srv/shop']);
    expect(merged.catalogue.size).to.equal(others().length + 1);
  });

  it('may replace the default one', () => {
    const merged = merge({ name: 'default', spec: { images: [], ...writes('/scratch') } });
    expect(verdictsOf(merged)).to.deep.equal({ default: 'InPlaceOfAnother' });
    expect(pathsFor(merged, 'nobody.knows/it')).to.deep.equal(['/scratch']);
  });

  it('count for nothing where a lint refuses one, while all others do', () => {
    const merged = merge(
      { name: 'hides', spec: { data: [{ path: '/etc/ssl', why: 'certificates' }] } },
      { name: 'fine', spec: writes('/srv/fine') },
      { name: 'wrong', spec: { writable: 'all', more: 1 } },
    );
    expect(verdictsOf(merged)).to.deep.equal({ hides: 'Invalid', fine: 'InUse', wrong: 'Invalid' });
    expect(merged.verdicts.get('hides')?.message).to.match(
      /^It counts for nothing: spec\.data\[0\]\.path: would hide \/etc\/ssl\/certs, /,
    );
    expect(merged.catalogue.match('registry.corp/hides').matched).to.equal('default');
    expect(pathsFor(merged, 'registry.corp/fine')).to.deep.equal(['/srv/fine']);
  });

  it('have a message that is no longer than people read', () => {
    const paths = Array.from({ length: 60 }, (_, index) => ({ path: `x${index}`, why: 'x' }));
    const { verdicts } = merge({ name: 'long', spec: { writable: paths } });
    expect(verdicts.get('long')?.message)
      .to.include('There are 52 more problems.')
      .and.have.lengthOf.below(2001);
  });

  it('of two that tie leave the older one, whatever the order in which they came', () => {
    const images = ['registry.corp/shared/*'];
    const young = object({ name: 'a-young', age: 1, spec: { images, ...writes('/srv/young') } });
    const old = object({ name: 'b-old', age: 2, spec: { images, ...writes('/srv/old') } });
    for (const objects of [
      [young, old],
      [old, young],
    ]) {
      const merged = valueOf(mergeClusterProfiles(others(), objects));
      expect(verdictsOf(merged)).to.deep.equal({
        'a-young': 'OlderProfileHolds',
        'b-old': 'InUse',
      });
      expect(pathsFor(merged, 'registry.corp/shared/x')).to.deep.equal(['/srv/old']);
      expect(merged.verdicts.get('a-young')?.message).to.equal(
        'It counts for nothing: "registry.corp/shared/*" is as specific as a pattern of the older imageprofile/b-old, which holds.',
      );
    }
  });

  it('of one second go by their names', () => {
    const images = ['registry.corp/shared'];
    const merged = merge({ name: 'b', spec: { images } }, { name: 'a', spec: { images } });
    expect(verdictsOf(merged)).to.deep.equal({ a: 'InUse', b: 'OlderProfileHolds' });
  });

  it('tie only with those that hold themselves', () => {
    const merged = merge(
      { name: 'first', age: 3, spec: { images: ['q.io/a'] } },
      { name: 'second', age: 2, spec: { images: ['q.io/a', 'q.io/b'] } },
      { name: 'third', age: 1, spec: { images: ['q.io/b'] } },
    );
    expect(verdictsOf(merged)).to.deep.equal({
      first: 'InUse',
      second: 'OlderProfileHolds',
      third: 'InUse',
    });
  });

  it('do not tie with one that cannot be extended', () => {
    const images = ['q.io/a'];
    const merged = merge(
      { name: 'old', age: 2, spec: { images, extends: 'nobody' } },
      { name: 'young', age: 1, spec: { images } },
    );
    expect(verdictsOf(merged)).to.deep.equal({ old: 'CannotExtend', young: 'InUse' });
    expect(merged.verdicts.get('old')?.message).to.equal(
      'It counts for nothing: old extends nobody, and there is no such profile.',
    );
  });

  it('lose with the one that they extend, and free what tied with them', () => {
    const merged = merge(
      { name: 'holder', age: 9, spec: { images: ['q.io/x'] } },
      { name: 'base', age: 8, spec: { images: ['q.io/x'] } },
      { name: 'heir', age: 7, spec: { images: ['q.io/y'], extends: 'base' } },
      { name: 'grandchild', age: 6, spec: { images: ['q.io/z'], extends: 'heir' } },
      { name: 'waiting', age: 5, spec: { images: ['q.io/y'] } },
    );
    expect(verdictsOf(merged)).to.deep.equal({
      holder: 'InUse',
      base: 'OlderProfileHolds',
      heir: 'CannotExtend',
      grandchild: 'CannotExtend',
      waiting: 'InUse',
    });
  });

  it('may extend a built-in one of their own name, and one of the cluster', () => {
    const merged = merge(
      { name: 'nginx', spec: { images: ['registry.corp/web'], extends: 'nginx' } },
      {
        name: 'shop',
        spec: { images: ['registry.corp/shop'], extends: 'nginx', ...writes('/srv/shop') },
      },
    );
    expect(verdictsOf(merged)).to.deep.equal({ nginx: 'InUse', shop: 'InUse' });
    const own = pathsFor(merged, 'registry.corp/web');
    expect(own).to.deep.equal(builtin.match('nginx').profile.writable.map(({ path }) => path));
    expect(pathsFor(merged, 'registry.corp/shop')).to.deep.equal([...own, '/srv/shop']);
  });

  it('go through the mirrors', () => {
    const mirrors = [{ from: 'mirror.corp', to: 'registry.corp' }];
    const objects = [object({ name: 'shop', spec: writes('/srv/shop') })];
    const merged = valueOf(mergeClusterProfiles(others(), objects, { mirrors }));
    expect(pathsFor(merged, 'mirror.corp/shop')).to.deep.equal(['/srv/shop']);
  });
});
