import { expect } from 'chai';
import { makeMetrics } from '../../src/admission/metrics.ts';
import { seriesOf } from '../admission/harness.ts';
import type { Metrics } from '../../src/admission/metrics.ts';
import type { Finding } from '../../src/core/findings/finding.ts';
import type { Outcome, Route } from '../../src/admission/routes.ts';

const enforce: Route = { mode: 'enforce', level: 'immutable', mistyped: false };

function unprofiled(repository?: string): Finding {
  return {
    rule: 'writable-paths',
    code: 'no-profile',
    container: 'app',
    at: '/spec/containers/0/image',
    args: { image: 'a test', repository, coverage: undefined, plainTmp: false },
  };
}

function observe(metrics: Metrics, findings: readonly Finding[], outcome: Outcome = 'patched') {
  metrics.observe({ operation: 'CREATE', route: enforce, outcome, findings });
}

describe('lithopod_unprofiled_images', () => {
  const of = async (metrics: Metrics, repository: string): Promise<number> => {
    const { text } = await metrics.render();
    return seriesOf(text, `lithopod_unprofiled_images{repository="${repository}"}`);
  };

  it('counts containers by repository', async () => {
    const metrics = makeMetrics();
    observe(metrics, [unprofiled('example.com/a'), unprofiled('example.com/a')]);
    observe(metrics, [unprofiled('example.com/b'), unprofiled()], 'unchanged');
    expect(await of(metrics, 'example.com/a')).to.equal(2);
    expect(await of(metrics, 'example.com/b')).to.equal(1);
    expect(await of(metrics, 'other')).to.equal(1);
  });

  it('tells 200 repositories apart, and none whose name is long', async () => {
    const metrics = makeMetrics();
    observe(metrics, [unprofiled(`example.com/${'a'.repeat(117)}`)]);
    for (let index = 0; index < 300; index++)
      observe(metrics, [unprofiled(`example.com/${index}`)]);
    observe(metrics, [unprofiled('example.com/7'), unprofiled(`example.com/${'a'.repeat(116)}`)]);
    expect(await of(metrics, 'other')).to.equal(102);
    expect(await of(metrics, 'example.com/7')).to.equal(2);
    expect(await of(metrics, 'example.com/199')).to.equal(1);
    const { text } = await metrics.render();
    expect(text.match(/^lithopod_unprofiled_images\{/gm)).to.have.length(201);
  });

  it('tells a name of 128 bytes', async () => {
    const metrics = makeMetrics();
    const name = `example.com/${'a'.repeat(116)}`;
    observe(metrics, [unprofiled(name)]);
    expect(await of(metrics, name)).to.equal(1);
  });

  it('counts nothing of reviews that are skipped', async () => {
    const metrics = makeMetrics();
    observe(metrics, [unprofiled('example.com/a')], 'skipped');
    expect((await metrics.render()).text).to.not.include('example.com/a');
  });
});
