import { expect } from 'chai';
import fc from 'fast-check';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { CatalogueEntry } from '../../src/core/catalogue/match/catalogue.ts';
import { tagVersion } from '../../src/core/images/tag-pattern.ts';
import { entry } from './profiles-for-tests.ts';

// Few names, so that patterns meet often.
const segment = fc.constantFrom('a', 'b', 'ab', 'aab');
const wildSegment = fc.constantFrom('a', 'ab', '*', 'a*', '*b', 'a*b', '**');
const registry = fc.constantFrom('q.io', 'r.io:5000');
const digest = fc.constantFrom(`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`);
const suffix = (tag: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    tag.map((text) => `:${text}`),
    digest.map((text) => `@${text}`),
  );
const image = fc
  .tuple(
    registry,
    fc.array(segment, { minLength: 1, maxLength: 3 }),
    suffix(fc.constantFrom('1', '1-a', '2.5-b', 'x')),
  )
  .map(([host, path, end]) => `${host}/${path.join('/')}${end}`);
const pattern = fc
  .tuple(
    fc.oneof(registry, fc.constantFrom('*.io', '**')),
    fc.array(fc.oneof(segment, wildSegment), { minLength: 1, maxLength: 3 }),
    suffix(fc.constantFrom('1', '*', '1*', '*-a', '>=1', '>=2', 'x')),
  )
  .map(([host, path, end]) => `${host}/${path.join('/')}${end}`);
const sources = fc.constantFrom('cluster' as const, 'directory' as const, 'builtin' as const);
const entries = fc.array(
  fc.tuple(fc.uniqueArray(pattern, { minLength: 1, maxLength: 2 }), sources),
  {
    minLength: 1,
    maxLength: 12,
  },
);

interface Parts {
  readonly text: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  readonly source: string;
}

/**
 * The documented order, written a second time: a list of numbers and texts that are compared one
 * after the other.
 */
function strength({
  repository,
  tag,
  digest: exact,
  source,
  text,
}: Parts): readonly (number | string)[] {
  const star = repository.indexOf('*');
  const range = tag?.startsWith('>') === true;
  const tagKind = tag === undefined ? 0 : range ? 3 : tag.includes('*') ? 2 : 1;
  return [
    exact !== undefined ? 0 : tag !== undefined ? 1 : 2,
    star < 0 ? 0 : 1,
    star < 0 ? 0 : -star,
    tagKind,
    tag === undefined || range ? 0 : -tag.replaceAll('*', '').length,
    ['cluster', 'directory', 'builtin'].indexOf(source),
    text,
  ];
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, i) => value !== b[i]);
  return index < 0 ? 0 : a[index]! < b[index]! ? -1 : 1;
}

function partsOf(text: string, source = ''): Parts {
  const [named = '', exact] = text.split('@');
  const slash = named.indexOf('/');
  const colon = named.indexOf(':', slash);
  return {
    text,
    repository: colon < 0 ? named : named.slice(0, colon),
    tag: colon < 0 ? undefined : named.slice(colon + 1),
    digest: exact,
    source,
  };
}

function plainMatch(candidate: Parts, wanted: Parts): boolean {
  if (candidate.digest !== undefined && candidate.digest !== wanted.digest) return false;
  const tag = wanted.tag ?? (wanted.digest === undefined ? 'latest' : undefined);
  if (candidate.tag !== undefined) {
    if (tag === undefined) return false;
    const least = /^>=(\d)$/.exec(candidate.tag)?.[1];
    const number = Number(tagVersion(tag)?.split('.')[0] ?? -1);
    const holds =
      least === undefined ? globByRegExp(candidate.tag).test(tag) : number >= Number(least);
    if (!holds) return false;
  }
  return repositoryByRegExp(candidate.repository).test(`/${wanted.repository}`);
}

function globByRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^]*')}$`);
}

/** Each segment with a slash before it. Between others, `**` may be none at all. */
function repositoryByRegExp(glob: string): RegExp {
  const parts = glob.split('/').map((part, index, all) => {
    if (part !== '**') return `/${part.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}`;
    return index === 0 || index === all.length - 1 ? '(?:/[^/]+)+' : '(?:/[^/]+)*';
  });
  return new RegExp(`^${parts.join('')}$`);
}

/**
 * The entries one after the other, without those that the catalogue refuses beside the ones before.
 */
function accepted(
  drawn: readonly (readonly [readonly string[], CatalogueEntry['source']])[],
): readonly CatalogueEntry[] {
  const fallback = entry('default', []);
  const kept: CatalogueEntry[] = [];
  for (const [index, [images, source]] of drawn.entries()) {
    const next = entry(`p${index}`, images, source);
    if (buildCatalogue([...kept, next, fallback]).ok) kept.push(next);
  }
  return [...kept, fallback];
}

describe('laws of matching', () => {
  it('the index finds what a scan over all patterns by the documented order finds', () => {
    fc.assert(
      fc.property(entries, fc.array(image, { minLength: 1, maxLength: 8 }), (drawn, images) => {
        const kept = accepted(drawn);
        const catalogue = buildCatalogue(kept);
        if (!catalogue.ok) throw new Error('refused');
        const all = kept.flatMap(({ profile, source }) =>
          profile.images.map((text) => ({ name: profile.name, ...partsOf(text, source) })),
        );
        const ordered = all.sort((a, b) => compare(strength(a), strength(b)));
        for (const text of images) {
          const [winner, next] = ordered.filter((candidate) =>
            plainMatch(candidate, partsOf(text)),
          );
          const found = catalogue.value.match(text);
          expect([found.profile.name, found.pattern, found.matched], text).to.deep.equal(
            winner === undefined
              ? ['default', undefined, 'default']
              : [winner.name, winner.text, 'pattern'],
          );
          if (winner === undefined || next === undefined || winner.name === next.name) continue;
          // The text alone decides between tag patterns only: all else would have been a tie.
          const [a, b] = [strength(winner), strength(next)];
          const equal = compare(a.slice(0, -1), b.slice(0, -1)) === 0;
          expect(equal && winner.tag === next.tag, `${winner.text} and ${next.text}`).to.equal(
            false,
          );
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('the order of the entries changes nothing', () => {
    fc.assert(
      fc.property(entries, fc.array(image, { minLength: 1, maxLength: 8 }), (drawn, images) => {
        const kept = accepted(drawn);
        const [one, other] = [buildCatalogue(kept), buildCatalogue([...kept].reverse())];
        if (!one.ok || !other.ok) throw new Error('refused');
        for (const text of images) {
          expect(other.value.match(text).pattern).to.equal(one.value.match(text).pattern);
        }
      }),
      { numRuns: 300 },
    );
  });
});
