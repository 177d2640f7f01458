import { expect } from 'chai';
import { loadCatalogue } from '../src/profile-files/catalogue-files.ts';
import { defaultPolicy } from '../src/core/context/context.ts';
import { harden } from '../src/core/harden.ts';
import { reasonOf } from '../src/core/findings/reasons.ts';
import { recordOf } from './pods/records.ts';
import { formatProblem } from '../src/core/values/result.ts';
import type { Catalogue } from '../src/core/catalogue/match/catalogue.ts';
import type { Hardening } from '../src/core/harden.ts';
import type { Container } from '../src/core/pod/pod.ts';

describe('the /tmp of an image without a profile', () => {
  let catalogue: Catalogue;
  before(async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
    catalogue = loaded.value;
  });

  const hardened = (container: Partial<Container>): Hardening =>
    harden(
      { spec: { containers: [{ name: 'c', image: 'registry.test/shop:1', ...container }] } },
      catalogue,
      defaultPolicy,
    );
  const detailOf = ({ findings }: Hardening, wanted: string): string | undefined =>
    findings.map(recordOf).find(({ code }) => code === wanted)?.detail;

  const ruby: readonly Partial<Container>[] = [
    { command: ['bundle', 'exec', 'puma', '-C', 'config/puma.rb'] },
    { args: ['rails', 'server'] },
    { command: ['/usr/local/bin/ruby', 'app'] },
    { command: ['./worker.rb'] },
    { command: ['sh', '-c'], args: ['bin/rails db:migrate && exec bundle exec sidekiq'] },
    { command: ['tini', '--', 'rake', 'jobs:work'] },
    { env: [{ name: 'RAILS_ENV', value: 'production' }] },
    { env: [{ name: 'RACK_ENV' }] },
    { env: [{ name: 'GEM_HOME', value: '/gems' }] },
    { env: [{ name: 'RUBYOPT', value: '-W0' }] },
  ];
  for (const container of ruby) {
    it(`is in memory for ${JSON.stringify(container)}, which is told`, () => {
      const out = hardened(container);
      expect(out.pod.spec.volumes?.map(({ emptyDir }) => emptyDir)).to.deep.equal([
        { medium: 'Memory' },
      ]);
      expect(detailOf(out, 'path-in-memory')).to.match(/memory limit.*Ruby/);
      expect(detailOf(out, 'no-profile')).not.to.include('Ruby');
      expect(harden(out.pod, catalogue, defaultPolicy).patch).to.deep.equal([]);
    });
  }

  const others: readonly Partial<Container>[] = [
    {},
    { command: ['gunicorn', 'app'] },
    { args: ['--exclude=ruby', 'railsx', 'a-bundle.js', '/data/rake/x'] },
    { env: [{ name: 'GEMFIRE', value: 'rails' }] },
  ];
  for (const container of others) {
    it(`is on disk for ${JSON.stringify(container)}, and is said to be none for Ruby`, () => {
      const out = hardened(container);
      expect(out.pod.spec.volumes?.map(({ emptyDir }) => emptyDir)).to.deep.equal([{}]);
      expect(detailOf(out, 'no-profile')).to.match(/Ruby .*sticky/);
    });
  }

  it('is what the author mounts there', () => {
    const volumeMounts = [{ name: 'x', mountPath: '/tmp' }];
    expect(hardened({ command: ['rails'], volumeMounts }).pod.spec.volumes).to.equal(undefined);
  });

  it('is told as a warning, since it may end the container', () => {
    expect(reasonOf('path-in-memory')).to.include({ warn: true, unresolved: false });
  });
});

describe('images that are known to be Ruby', () => {
  it('get a copy of their own /tmp', async () => {
    const catalogue = await loadCatalogue();
    if (!catalogue.ok) throw new Error(catalogue.problems.map(formatProblem).join('\n'));
    for (const image of [
      'ruby:3.4',
      'fluent/fluentd:v1.19-1',
      'fluent/fluentd-kubernetes-daemonset:v1.18-debian-opensearch-1',
      'bitnami/fluentd:1.19.0',
      'ghcr.io/kube-logging/fluentd:v1.17-5.0-full',
      'ghcr.io/kube-logging/logging-operator/fluentd:5.4.0-full',
      'redmine:6.1-alpine',
    ]) {
      const { writable } = catalogue.value.match(image).profile;
      const tmp = writable.find(({ path }) => path === '/tmp');
      expect(tmp, image).to.include({ contents: 'seeded' });
    }
  });
});
