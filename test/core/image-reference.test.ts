import { expect } from 'chai';
import {
  formatReference,
  orderMirrors,
  parseMirror,
  parseReference,
  rewriteMirror,
} from '../../src/core/images/image-reference.ts';
import type { Mirror } from '../../src/core/images/image-reference.ts';

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`;
const sha512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

function full(text: string): string {
  const result = parseReference(text);
  return result.ok
    ? formatReference(result.value)
    : `refused: ${result.problems[0]?.message ?? ''}`;
}

describe('image references', () => {
  // From the rules of distribution/reference: what a kubelet would pull.
  const normalised: Readonly<Record<string, string>> = {
    nginx: 'docker.io/library/nginx:latest',
    'nginx:1.27': 'docker.io/library/nginx:1.27',
    'library/nginx': 'docker.io/library/nginx:latest',
    'docker.io/nginx': 'docker.io/library/nginx:latest',
    'docker.io/library/nginx': 'docker.io/library/nginx:latest',
    'index.docker.io/nginx': 'docker.io/library/nginx:latest',
    'index.docker.io/library/nginx:1': 'docker.io/library/nginx:1',
    'registry-1.docker.io/library/nginx': 'registry-1.docker.io/library/nginx:latest',
    'grafana/grafana': 'docker.io/grafana/grafana:latest',
    'a/b/c/d': 'docker.io/a/b/c/d:latest',
    'quay.io/nginx': 'quay.io/nginx:latest',
    'localhost/nginx': 'localhost/nginx:latest',
    'localhost:5000/nginx': 'localhost:5000/nginx:latest',
    'localhost:5000': 'docker.io/library/localhost:5000',
    localhost: 'docker.io/library/localhost:latest',
    'example.com': 'docker.io/library/example.com:latest',
    'example:5000/x:5000': 'example:5000/x:5000',
    '[::1]:5000/x': '[::1]:5000/x:latest',
    '[2001:db8::1]/x': '[2001:db8::1]/x:latest',
    '127.0.0.1/x': '127.0.0.1/x:latest',
    'Upper/nginx': 'Upper/nginx:latest',
    'REGISTRY.corp/nginx': 'REGISTRY.corp/nginx:latest',
    'nginx:Latest_1.2-x': 'docker.io/library/nginx:Latest_1.2-x',
    [`nginx@${sha256}`]: `docker.io/library/nginx@${sha256}`,
    [`nginx:1@${sha256}`]: `docker.io/library/nginx:1@${sha256}`,
    [`quay.io:443/a/b:1@${sha512}`]: `quay.io:443/a/b:1@${sha512}`,
    [sha256]: `docker.io/library/${sha256}`,
    'x/a.b_c__d-e---f': 'docker.io/x/a.b_c__d-e---f:latest',
    [`quay.io/${'a'.repeat(255)}`]: `quay.io/${'a'.repeat(255)}:latest`,
    [`nginx:${'a'.repeat(128)}`]: `docker.io/library/nginx:${'a'.repeat(128)}`,
    [`${'a'.repeat(64)}/x`]: `docker.io/${'a'.repeat(64)}/x:latest`,
    ['g'.repeat(64)]: `docker.io/library/${'g'.repeat(64)}:latest`,
  };
  for (const [text, expected] of Object.entries(normalised)) {
    it(`${text.slice(0, 60)} is ${expected.slice(0, 60)}`, () => {
      expect(full(text)).to.equal(expected);
      expect(full(expected), 'reading the result again').to.equal(expected);
    });
  }

  const refused: Readonly<Record<string, RegExp>> = {
    '': /empty/,
    ' nginx': /" nginx" is not a segment/,
    'nginx ': /not a segment/,
    Nginx: /lower case/,
    'docker.io/library/Nginx': /lower case/,
    'nginx:': /"" is not a tag/,
    'nginx:-1': /not a tag/,
    'nginx:a b': /not a tag/,
    'nginx:1:2': /not a tag/,
    [`nginx:${'a'.repeat(129)}`]: /not a tag/,
    'nginx@': /not a digest/,
    'nginx@sha256:': /not a digest/,
    'nginx@sha256:abc': /64 lower-case/,
    [`nginx@${sha256.toUpperCase()}`]: /not a digest/,
    [`nginx@sha256:${'A'.repeat(64)}`]: /64 lower-case/,
    [`nginx@md5:${'a'.repeat(32)}`]: /not a digest/,
    [`nginx@constructor:${'a'.repeat(64)}`]: /not a digest/,
    [`nginx@${sha256}@${sha256}`]: /not a digest/,
    [`nginx@${sha256}:1`]: /not a digest/,
    'a.b_c/x': /not a registry/,
    ['a'.repeat(64)]: /image id/,
    '/nginx': /segment/,
    'nginx/': /empty segment/,
    'a//b': /empty segment/,
    'quay.io/': /empty segment/,
    'quay.io//b': /empty segment/,
    'a/-b': /not a segment/,
    'a/b-': /not a segment/,
    'a/b..c': /not a segment/,
    'a/b___c': /not a segment/,
    'a/b._c': /not a segment/,
    'a/../b': /not a segment/,
    'bad_host.io/x': /not a registry/,
    '-bad.io/x': /not a registry/,
    'bad-.io/x': /not a registry/,
    'bad..io/x': /not a registry/,
    'quay.io:/x': /not a registry/,
    'quay.io:port/x': /not a registry/,
    'http://quay.io/x': /not a registry/,
    '[::1/x': /not a registry/,
    'nginx\n': /not a segment/,
    'nginx:1\n': /not a tag/,
    ngínx: /not a segment/,
    'nginx\0': /not a segment/,
    [`quay.io/${'a'.repeat(256)}`]: /longer than 255/,
    ['a/'.repeat(600)]: /longer than 1024/,
  };
  for (const [text, expected] of Object.entries(refused)) {
    it(`${JSON.stringify(text.slice(0, 60))} is refused`, () => {
      expect(full(text))
        .to.match(/^refused: /)
        .and.match(expected);
    });
  }

  it('implies the tag latest only where there is neither tag nor digest', () => {
    const tagOf = (text: string): string | undefined => {
      const result = parseReference(text);
      return result.ok ? result.value.tag : 'refused';
    };
    expect(tagOf('nginx')).to.equal('latest');
    expect(tagOf('nginx:1')).to.equal('1');
    expect(tagOf(`nginx@${sha256}`)).to.equal(undefined);
    expect(tagOf(`nginx:1@${sha256}`)).to.equal('1');
  });

  it('have their parts', () => {
    expect(parseReference(`localhost:5000/a/b:1@${sha256}`)).to.deep.equal({
      ok: true,
      value: {
        registry: 'localhost:5000',
        path: 'a/b',
        repository: 'localhost:5000/a/b',
        tag: '1',
        digest: sha256,
      },
    });
  });
});

describe('mirrors', () => {
  function mirrors(...texts: readonly string[]): readonly Mirror[] {
    const parsed = texts.map((text) => {
      const result = parseMirror(text);
      if (!result.ok) throw new Error(result.problems[0]?.message);
      return result.value;
    });
    const ordered = orderMirrors(parsed);
    if (!ordered.ok) throw new Error(ordered.problems[0]?.message);
    return ordered.value;
  }

  function rewritten(image: string, ...texts: readonly string[]): string {
    const result = parseReference(image);
    if (!result.ok) throw new Error(image);
    return formatReference(rewriteMirror(result.value, mirrors(...texts)));
  }

  const hub = 'registry.corp/hub/=docker.io/';
  const cases: readonly (readonly [image: string, mirrors: readonly string[], expected: string])[] =
    [
      ['registry.corp/hub/library/nginx:1', [hub], 'docker.io/library/nginx:1'],
      ['registry.corp/hub/nginx:1', [hub], 'docker.io/library/nginx:1'],
      ['registry.corp/hub/grafana/grafana', [hub], 'docker.io/grafana/grafana:latest'],
      [`registry.corp/hub/nginx@${sha256}`, [hub], `docker.io/library/nginx@${sha256}`],
      [
        'registry.corp/hub/nginx',
        ['registry.corp/hub=index.docker.io'],
        'docker.io/library/nginx:latest',
      ],
      ['registry.corp/hubble/ui', [hub], 'registry.corp/hubble/ui:latest'],
      ['registry.corp/hub', [hub], 'registry.corp/hub:latest'],
      ['other.corp/hub/nginx', [hub], 'other.corp/hub/nginx:latest'],
      ['registry.corp:5000/hub/nginx', [hub], 'registry.corp:5000/hub/nginx:latest'],
      ['mirror.corp:5000/a/b', ['mirror.corp:5000/=quay.io'], 'quay.io/a/b:latest'],
      ['registry.corp/web:2', ['registry.corp/web=docker.io/nginx'], 'docker.io/library/nginx:2'],
      ['team/app', ['docker.io/team/=quay.io/team/'], 'quay.io/team/app:latest'],
      ['nginx', ['index.docker.io/library/=quay.io/official/'], 'quay.io/official/nginx:latest'],
      // The longest prefix wins, whatever the order.
      ['r.io/a/b/x', ['r.io/a/=one.io/', 'r.io/a/b/=two.io/'], 'two.io/x:latest'],
      ['r.io/a/b/x', ['r.io/a/b/=two.io/', 'r.io/a/=one.io/'], 'two.io/x:latest'],
      // Once: the result is not rewritten again.
      ['one.io/x', ['one.io/=two.io/', 'two.io/=three.io/'], 'two.io/x:latest'],
      // The longer prefix leaves no name, so the shorter one applies.
      ['r.io/a/b', ['r.io/a/b/=two.io/', 'r.io/a/=one.io/'], 'one.io/b:latest'],
    ];
  for (const [image, texts, expected] of cases) {
    it(`${image.slice(0, 40)} under ${texts.join(' and ')} is ${expected.slice(0, 40)}`, () => {
      expect(rewritten(image, ...texts)).to.equal(expected);
    });
  }

  it('leave the same object where none applies, also where the name would be too long', () => {
    const name = 'a'.repeat(255);
    const result = parseReference(`r.io/${name}`);
    expect(result.ok).to.equal(true);
    if (!result.ok) return;
    expect(rewriteMirror(result.value, mirrors(hub))).to.equal(result.value);
    expect(rewriteMirror(result.value, mirrors('r.io=docker.io'))).to.equal(result.value);
  });

  const refused: Readonly<Record<string, RegExp>> = {
    'registry.corp/hub': /has no "="/,
    '=docker.io': /must start with a registry/,
    'docker.io/=': /must start with a registry/,
    'hub/=docker.io/': /write docker\.io\/hub\//,
    'quay.io/=hub/': /write docker\.io\/hub\//,
    'quay.io/Hub/=docker.io/': /lower case/,
    'quay.io//=docker.io/': /empty segment/,
    'bad_host.io/=docker.io/': /not a registry/,
    'quay.io/=docker.io/=x': /segment|registry/,
  };
  for (const [text, expected] of Object.entries(refused)) {
    it(`${text} is refused`, () => {
      const result = parseMirror(text);
      expect(result.ok ? '' : result.problems.map(({ message }) => message).join(' ')).to.match(
        expected,
      );
    });
  }

  it('are refused on both sides at once', () => {
    const result = parseMirror('hub/=other/');
    expect(result.ok ? [] : result.problems).to.have.length(2);
  });

  it('contradict each other where one prefix becomes two', () => {
    const twice = [
      { from: 'r.io', to: 'a.io' },
      { from: 'r.io', to: 'b.io' },
    ];
    expect(orderMirrors(twice).ok).to.equal(false);
    expect(orderMirrors([twice[0]!, twice[0]!])).to.deep.equal({ ok: true, value: [twice[0]] });
  });
});
