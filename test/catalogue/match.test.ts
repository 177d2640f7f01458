import { expect } from 'chai';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import { catalogueOf, entry } from './profiles-for-tests.ts';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('the catalogue', () => {
  // Each list from the strongest to the weakest: with any of the front taken away, the next one
  // wins.
  const ladders: Readonly<Record<string, readonly [image: string, patterns: readonly string[]]>> = {
    'digest, tag, repository, wildcards by their literal start': [
      `docker.io/corp/web:1.25-alpine@${digest}`,
      [
        `docker.io/corp/web@${digest}`,
        `docker.io/corp/*@${digest}`,
        `**/web@${digest}`,
        'docker.io/corp/web:1.25-alpine',
        'docker.io/corp/web:*-alpine',
        'docker.io/corp/web:1.25-*',
        'docker.io/corp/web:*',
        'docker.io/corp/web:>=1.20',
        'docker.io/corp/we*:1.25-alpine',
        'docker.io/corp/*:1.25-alpine',
        'docker.io/corp/*:>=1',
        'docker.io/corp/web',
        'docker.io/corp/we*',
        'docker.io/corp/*',
        'docker.io/**',
        '**/web',
      ],
    ],
    'ranges by text': ['nginx:1.25', ['docker.io/library/nginx:>=1', 'docker.io/library/nginx:^1']],
  };
  for (const [title, [image, patterns]] of Object.entries(ladders)) {
    it(`prefers ${title}`, () => {
      for (const order of [patterns, [...patterns].reverse()]) {
        for (const [index, strongest] of patterns.entries()) {
          const present = order.filter((pattern) => patterns.indexOf(pattern) >= index);
          const { match } = catalogueOf(
            present.map((pattern) => entry(`p${patterns.indexOf(pattern)}`, [pattern])),
          );
          expect(match(image).pattern).to.equal(strongest);
          expect(match(image).profile.name).to.equal(`p${index}`);
        }
      }
    });
  }

  it('prefers cluster to directory to builtin at equal specificity, and specificity to both', () => {
    const pattern = 'docker.io/library/nginx';
    const all = [
      entry('a', [pattern]),
      entry('b', [pattern], 'directory'),
      entry('c', [pattern], 'cluster'),
    ];
    expect(catalogueOf(all).match('nginx')).to.include({ source: 'cluster', pattern });
    expect(catalogueOf(all.slice(0, 2)).match('nginx')).to.include({ source: 'directory' });
    const wild = [entry('a', [pattern]), entry('c', ['docker.io/library/*'], 'cluster')];
    expect(catalogueOf(wild).match('nginx').profile.name).to.equal('a');
    // The same literal start is equal specificity, whatever follows.
    const starts = [
      entry('a', ['docker.io/library/*inx']),
      entry('c', ['docker.io/**'], 'cluster'),
      entry('b', ['docker.io/library/*'], 'directory'),
    ];
    expect(catalogueOf(starts).match('nginx').profile.name).to.equal('b');
  });

  it('replaces nothing by a name alone', () => {
    const { match } = catalogueOf([
      entry('nginx', ['docker.io/library/nginx']),
      entry('nginx', ['quay.io/corp/nginx'], 'cluster'),
    ]);
    expect(match('nginx').source).to.equal('builtin');
    expect(match('quay.io/corp/nginx').source).to.equal('cluster');
  });

  it('gives the default of the strongest source where no pattern is for the image, or it cannot be read', () => {
    const builtin = catalogueOf([entry('nginx', ['docker.io/library/nginx'])]);
    for (const image of ['redis', 'UPPER', '', undefined, null, 'x'.repeat(5000)]) {
      expect(builtin.match(image)).to.include({ matched: 'default', source: 'builtin' });
    }
    expect(builtin.match('redis').reference?.repository).to.equal('docker.io/library/redis');
    expect(builtin.match('UPPER')).not.to.have.property('reference');
    const directory = catalogueOf([entry('default', [], 'directory')]);
    expect(directory.match('redis')).to.include({ matched: 'default', source: 'directory' });
  });

  it('rewrites mirrors first and gives the rewritten reference', () => {
    const mirrors = [{ from: 'registry.corp/hub', to: 'docker.io' }];
    const { match } = catalogueOf([entry('nginx', ['docker.io/library/nginx:1'])], { mirrors });
    expect(match('registry.corp/hub/nginx:1')).to.include({ matched: 'pattern' });
    expect(match('registry.corp/hub/nginx:1').reference).to.deep.equal({
      registry: 'docker.io',
      path: 'library/nginx',
      repository: 'docker.io/library/nginx',
      tag: '1',
    });
    expect(match('registry.corp/hub/nginx:2').matched).to.equal('default');
  });

  it('knows the images of public mirrors, where no pattern is for their own name', () => {
    const { match } = catalogueOf([
      entry('nginx', ['docker.io/library/nginx', 'docker.io/grafana/grafana:>=11']),
      entry('pause', ['registry.k8s.io/pause']),
      entry('own', ['mirror.gcr.io/library/redis']),
      entry('redis', ['docker.io/library/redis']),
    ]);
    const profileOf = (image: string): string => match(image).profile.name;
    for (const image of [
      'mirror.gcr.io/library/nginx:1.29',
      'mirror.gcr.io/nginx',
      'mirror.gcr.io/grafana/grafana:11.2',
      'public.ecr.aws/docker/library/nginx:1',
    ]) {
      expect(profileOf(image), image).to.equal('nginx');
    }
    expect(profileOf('k8s.gcr.io/pause:3.5')).to.equal('pause');
    expect(profileOf('mirror.gcr.io/library/redis:8')).to.equal('own');
    expect(profileOf('public.ecr.aws/docker/library/redis:8')).to.equal('redis');
    expect(profileOf('public.ecr.aws/nginx/nginx:1')).to.equal('default');
    expect(match('mirror.gcr.io/grafana/grafana:10').coverage).to.have.length(1);
  });

  it('answers the same when it has forgotten', () => {
    const { match } = catalogueOf([entry('nginx', ['docker.io/library/nginx:>=1'])]);
    const first = match('nginx:1');
    expect(match('nginx:1')).to.equal(first);
    for (let i = 0; i < 2000; i += 1) match(`nginx:0.${i}`);
    expect(match('nginx:1')).to.deep.equal(first);
  });

  it('knows its size and its profiles', () => {
    const nginx = entry('nginx', ['docker.io/library/nginx']);
    const catalogue = catalogueOf([nginx]);
    expect(catalogue.size).to.equal(2);
    expect(catalogue.profiles[0]).to.equal(nginx);
  });

  const refused: Readonly<
    Record<string, readonly [Parameters<typeof buildCatalogue>, readonly string[]]>
  > = {
    'a name twice in one source': [
      [
        [
          entry('default', []),
          entry('x', ['q.io/a']),
          entry('x', ['q.io/b']),
          entry('x', ['q.io/c'], 'cluster'),
        ],
      ],
      ['builtin/x.yaml: There is another profile named x (builtin/x.yaml).'],
    ],
    'one pattern twice in one source': [
      [
        [
          entry('default', []),
          entry('x', ['q.io/a:1']),
          entry('y', ['q.io/a:1']),
          entry('z', ['q.io/a:1'], 'cluster'),
        ],
      ],
      [
        'builtin/y.yaml: "q.io/a:1" of profile y and "q.io/a:1" of profile x (builtin/x.yaml) are equally specific and both for some image.',
      ],
    ],
    'wildcards with one literal start that meet': [
      [
        [
          entry('default', []),
          entry('x', ['q.io/*-a']),
          entry('y', ['q.io/b-*', 'q.io/*']),
          entry('z', ['q.io/*/c']),
        ],
      ],
      [
        'builtin/y.yaml: "q.io/*" of profile y and "q.io/*-a" of profile x (builtin/x.yaml) are equally specific and both for some image.',
      ],
    ],
    'no default, mirrors that contradict each other, and patterns that no schema has seen': [
      [
        [entry('x', ['nginx'])],
        {
          mirrors: [
            { from: 'r.io', to: 'a.io' },
            { from: 'r.io', to: 'b.io' },
          ],
        },
      ],
      [
        'Two mirrors rewrite r.io/: to a.io/ and to b.io/.',
        'builtin/x.yaml: "nginx" is not a full name: write docker.io/library/nginx.',
        'No profile is named "default".',
      ],
    ],
  };
  for (const [title, [parameters, expected]] of Object.entries(refused)) {
    it(`refuses ${title}`, () => {
      const result = buildCatalogue(...parameters);
      expect(result.ok ? [] : result.problems.map(formatProblem)).to.deep.equal(expected);
    });
  }

  it('takes wildcards of one source that meet where one profile has both, or their starts differ', () => {
    const { match } = catalogueOf([
      entry('x', ['q.io/*-a', 'q.io/*']),
      entry('y', ['q.io/b*', '**/nginx', '**/httpd']),
    ]);
    expect(match('q.io/x-a').profile.name).to.equal('x');
    expect(match('q.io/b-a').profile.name).to.equal('y');
    expect(match('z.io/a/httpd').profile.name).to.equal('y');
  });
});
