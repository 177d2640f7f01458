import { expect } from 'chai';

import { startInstallation, until, type Installation, type Manifest } from './installation.ts';

describe('the policy on namespace labels', function () {
  this.timeout(120_000);
  let cluster: Installation;

  before(async () => {
    cluster = await startInstallation();
    await until('the policy', refusesTypos);
  });
  after(() => cluster.stop());

  async function refusesTypos(): Promise<boolean> {
    const labels = { 'lithopod.dev/warn': 'typo' };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'probe', labels } };
    return (await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], object)).code !== 0;
  }

  for (const label of ['enforce', 'audit', 'warn', 'require']) {
    it(`takes the two levels for ${label} and refuses others, the empty one too`, async () => {
      const key = `lithopod.dev/${label}`;
      for (const value of ['immutable', 'restricted']) {
        expect((await cluster.namespace('typo', { [key]: value })).code, value).to.equal(0);
      }
      for (const value of ['imutable', 'Immutable', 'true', '']) {
        const { code, stderr } = await cluster.namespace('typo', { [key]: value });
        expect(code, value).not.to.equal(0);
        expect(stderr).to.contain(
          `label ${key} has the value "${value}"; allowed values are "immutable" and "restricted"`,
        );
      }
    });
  }

  it('names every mistyped label', async () => {
    const labels = {
      'lithopod.dev/enforce': 'a',
      'lithopod.dev/warn': 'b',
      'lithopod.dev/audit': 'immutable',
    };
    const { stderr } = await cluster.namespace('several', labels);
    expect(stderr).to.contain(
      'label lithopod.dev/enforce has the value "a", label lithopod.dev/warn has the value "b";',
    );
  });

  it('lets a namespace without labels be', async () => {
    const bare = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } };
    expect((await cluster.kubectl(['create', '-f', '-'], bare)).code).to.equal(0);
  });

  it('lets an older typo be edited around, mended and not made worse', async () => {
    const binding = ['validatingadmissionpolicybinding', 'lithopod-namespace-labels'];
    const saved = await cluster.kubectl(['get', ...binding, '-o', 'json']);
    await cluster.kubectl(['delete', ...binding]);
    const typo = { 'lithopod.dev/enforce': 'oops' };
    await until('its end', async () => (await cluster.namespace('older', typo)).code === 0);
    const { apiVersion, kind, metadata, spec } = JSON.parse(saved.stdout) as Manifest & {
      spec: object;
    };
    await cluster.kubectl(['apply', '-f', '-'], {
      apiVersion,
      kind,
      metadata: { name: metadata.name },
      spec,
    });
    await until('the policy', refusesTypos);

    expect(
      (await cluster.namespace('older', { ...typo, team: 'a' })).code,
      'another label',
    ).to.equal(0);
    expect(
      (await cluster.namespace('older', { 'lithopod.dev/enforce': 'worse' })).code,
    ).not.to.equal(0);
    expect(
      (await cluster.namespace('older', { 'lithopod.dev/enforce': 'immutable' })).code,
    ).to.equal(0);
    expect((await cluster.kubectl(['delete', 'namespace', 'older', '--wait=false'])).code).to.equal(
      0,
    );
  });
});
