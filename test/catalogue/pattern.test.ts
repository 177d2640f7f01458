import { expect } from 'chai';
import fc from 'fast-check';
import { compileGlob, globsOverlap } from '../../src/core/images/glob.ts';
import {
  parsePattern,
  patternMatches,
  repositoriesOverlap,
} from '../../src/core/images/pattern.ts';
import {
  parseTagPattern,
  tagPatternsOverlap,
  tagVersion,
} from '../../src/core/images/tag-pattern.ts';
import type { TagPattern } from '../../src/core/images/tag-pattern.ts';
import { parseReference } from '../../src/core/images/image-reference.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

/** Slow and plain: a regular expression, on texts that are short enough for it. */
function globByRegExp(glob: string): RegExp {
  const pieces = glob.split('*').map((piece) => piece.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${pieces.join('[^]*')}$`);
}

const shortGlob = fc.stringMatching(/^[ab.*]{0,6}$/);
const shortText = fc.stringMatching(/^[ab.]{0,6}$/);

describe('globs', () => {
  it('match what the same regular expression matches', () => {
    fc.assert(
      fc.property(shortGlob, shortText, (glob, text) => {
        expect(compileGlob(glob)(text)).to.equal(globByRegExp(glob).test(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('overlap if some text is matched by both', () => {
    fc.assert(
      fc.property(shortGlob, shortGlob, shortText, (a, b, text) => {
        if (compileGlob(a)(text) && compileGlob(b)(text)) expect(globsOverlap(a, b)).to.equal(true);
        expect(globsOverlap(a, b)).to.equal(globsOverlap(b, a));
      }),
      { numRuns: 3000 },
    );
    expect(globsOverlap('a*', '*b')).to.equal(true);
    expect(globsOverlap('a*b', 'a*c')).to.equal(false);
    expect(globsOverlap('a', '')).to.equal(false);
    expect(globsOverlap('', '**')).to.equal(true);
  });

  it('take a long text in their stride', () => {
    expect(compileGlob(`${'*a'.repeat(60)}*b`)('a'.repeat(1_000_000))).to.equal(false);
  });
});

describe('tag patterns', () => {
  const matching: readonly (readonly [
    pattern: string,
    yes: readonly string[],
    no: readonly string[],
  ])[] = [
    ['1.27', ['1.27'], ['1.27.0', '1.2', '']],
    ['*alpine*', ['alpine', '1-alpine3.20', 'mainline-alpine'], ['alpin']],
    [
      '>=7',
      ['7', '7.4-alpine', '7.4.1', 'v8', '18rc1', '7.0.0-rc1', '26.1.0.Final'],
      ['6.9', 'latest', 'bookworm', '7a1b2c3'],
    ],
    [
      '>=1.25 <2',
      ['1.25', '1.25.0-bookworm', '1.99.9', '1.27_build'],
      ['1.24.9', '2', '2.0-alpine'],
    ],
    ['^7', ['7', '7.4'], ['8', '6']],
    ['~1.2.3', ['1.2.3', '1.2.9-x'], ['1.3.0']],
    ['<2 || >=5', ['1', '5'], ['3']],
    ['=24.04', ['24.04', '24.4', '24.04-slim'], ['24.05']],
    ['>=1', ['999999999999999'], ['9999999999999999', '1.9999999999999999']],
  ];
  for (const [text, yes, no] of matching) {
    it(text, () => {
      const pattern = parseTagPattern(text);
      expect(pattern.ok).to.equal(true);
      if (!pattern.ok) return;
      for (const tag of yes) expect(pattern.value.matches(tag), tag).to.equal(true);
      for (const tag of no) expect(pattern.value.matches(tag), tag).to.equal(false);
    });
  }

  it('read the numbers of a tag', () => {
    const versions: Readonly<Record<string, string | undefined>> = {
      '1': '1.0.0',
      v1: '1.0.0',
      '1.2': '1.2.0',
      '1.2.3': '1.2.3',
      '1.2.3.4': '1.2.3',
      '01.002.3': '1.2.3',
      '18-alpine': '18.0.0',
      '17beta2': '17.0.0',
      '3.13.0rc2-slim': '3.13.0',
      '1.x': '1.0.0',
      alpine: undefined,
      'v-1': undefined,
      '3a9f': undefined,
      '': undefined,
      '-1': undefined,
    };
    for (const [tag, version] of Object.entries(versions)) {
      expect(tagVersion(tag), tag).to.equal(version);
    }
  });

  it('are refused where they can match no tag', () => {
    for (const text of ['', 'é', 'a/b', '>=', '>=a', '1 2 a', `>=${'1'.repeat(200)}`]) {
      expect(parseTagPattern(text).ok, text).to.equal(false);
    }
  });

  const of = (text: string): TagPattern => {
    const pattern = parseTagPattern(text);
    if (!pattern.ok) throw new Error(text);
    return pattern.value;
  };
  const overlaps: readonly (readonly [a: string, b: string, overlap: boolean])[] = [
    ['1.2', '1.2', true],
    ['1.2', '1.3', false],
    ['1.2', '*.2', true],
    ['1.2', '>=1', true],
    ['1.2', '>=2', false],
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['<18', '>=18', false],
    ['<=18', '>=18', true],
    ['*-alpine', '>=18', true],
    ['edge-*', '>=18', false],
    ['v*', '>=18', true],
    ['vx*', '>=18', false],
    ['17-*', '>=18', false],
    ['18-*', '>=18', true],
    ['1*', '>=18', true],
    ['17.*', '>=18', true],
  ];
  for (const [a, b, overlap] of overlaps) {
    it(`${a} and ${b} ${overlap ? 'may' : 'cannot'} both match`, () => {
      expect(tagPatternsOverlap(of(a), of(b))).to.equal(overlap);
      expect(tagPatternsOverlap(of(b), of(a))).to.equal(overlap);
    });
  }
});

describe('image patterns', () => {
  const matching: readonly (readonly [
    pattern: string,
    yes: readonly string[],
    no: readonly string[],
  ])[] = [
    [
      'docker.io/library/nginx',
      ['nginx', 'nginx:1', `nginx@${digest}`, 'index.docker.io/nginx'],
      ['quay.io/library/nginx', 'nginxs', 'a/nginx'],
    ],
    ['docker.io/library/nginx:latest', ['nginx', 'nginx:latest'], ['nginx:1', `nginx@${digest}`]],
    [
      'docker.io/library/nginx:*-alpine',
      ['nginx:1-alpine', `nginx:1-alpine@${digest}`],
      ['nginx', 'nginx:alpine'],
    ],
    [
      'docker.io/library/nginx:>=1.25 <2',
      ['nginx:1.25-alpine'],
      ['nginx:2', 'nginx', `nginx@${digest}`],
    ],
    [
      `docker.io/library/nginx@${digest}`,
      [`nginx@${digest}`, `nginx:1@${digest}`],
      ['nginx', `nginx@sha256:${'0'.repeat(64)}`, `other@${digest}`],
    ],
    [`*/**@${digest}`, [`nginx@${digest}`, `quay.io/a@${digest}`], ['nginx']],
    ['docker.io/library/*', ['nginx', 'redis:7'], ['grafana/grafana', 'library/a/b']],
    ['docker.io/**', ['nginx', 'a/b/c'], ['quay.io/a']],
    ['docker.io/*/nginx', ['nginx', 'corp/nginx'], ['a/b/nginx']],
    [
      '**/nginx',
      ['nginx', 'quay.io/nginx', 'quay.io/a/b/nginx'],
      ['quay.io/nginx/x', 'quay.io/a/my-nginx'],
    ],
    [
      'quay.io/**/b',
      ['quay.io/b', 'quay.io/a/b', 'quay.io/a/a/b', 'quay.io/b/b'],
      ['quay.io/a/c', 'a/b'],
    ],
    [
      '*.dkr.ecr.*.amazonaws.com/hub/**',
      ['1.dkr.ecr.eu-west-1.amazonaws.com/hub/nginx'],
      ['1.dkr.ecr.eu-west-1.amazonaws.com/x'],
    ],
    [
      'registry.corp:5000/a-*/x:1',
      ['registry.corp:5000/a-b/x:1'],
      ['registry.corp/a-b/x:1', 'registry.corp:5000/a-b/x'],
    ],
    ['localhost/x', ['localhost/x'], ['localhost:5000/x']],
  ];
  for (const [text, yes, no] of matching) {
    it(text.slice(0, 60), () => {
      const pattern = parsePattern(text);
      expect(pattern.ok).to.equal(true);
      if (!pattern.ok) return;
      const matches = (image: string): boolean => {
        const reference = parseReference(image);
        if (!reference.ok) throw new Error(image);
        return patternMatches(pattern.value, reference.value);
      };
      for (const image of yes) expect(matches(image), image).to.equal(true);
      for (const image of no) expect(matches(image), image).to.equal(false);
    });
  }

  it('overlap if some repository is matched by both', () => {
    const cases: readonly (readonly [a: string, b: string, overlap: boolean])[] = [
      ['q.io/a', 'q.io/a', true],
      ['q.io/a', 'q.io/b', false],
      ['q.io/*', 'q.io/*-x', true],
      ['q.io/a-*', 'q.io/b-*', false],
      ['q.io/*', 'q.io/*/*', false],
      ['q.io/**', 'q.io/*/*', true],
      ['q.io/a/**', 'q.io/a', false],
      ['**/q.io/a', 'q.io/a', false],
      ['q.io/**/a', 'q.io/a', true],
      ['**/nginx', 'q.io/**', true],
      ['**/nginx', '**/httpd', false],
      ['**/a/*', '**/*/b', true],
    ];
    for (const [a, b, overlap] of cases) {
      expect(repositoriesOverlap(a, b), `${a} ${b}`).to.equal(overlap);
      expect(repositoriesOverlap(b, a), `${b} ${a}`).to.equal(overlap);
    }
  });
});
