import { expect } from 'chai';

import { prepareInstallation, type Installation, type Manifest } from './installation.ts';

describe('kubectl apply -k', () => {
  let cluster: Installation;

  before(async () => {
    cluster = await prepareInstallation();
  });
  after(() => cluster.stop());

  it('names the missing Secret', async () => {
    const { code, stderr } = await cluster.kubectl(['apply', '-k', cluster.folder]);
    expect(code).not.to.equal(0);
    expect(stderr).to.contain('tls/secret.yaml');
  });

  it('installs everything, without a warning, and finds nothing to change the second time', async () => {
    const made = await cluster.makeSecret();

    const first = await cluster.kubectl(['apply', '-k', cluster.folder]);
    expect(first, first.stderr).to.include({ code: 0, stderr: '' });
    // kubectl calls a PodDisruptionBudget configured each time; the stored version tells the
    // truth.
    const versions = [
      'get',
      '-k',
      cluster.folder,
      '-o',
      'jsonpath={.items[*].metadata.resourceVersion}',
    ];
    const before = (await cluster.kubectl(versions)).stdout;
    const second = await cluster.kubectl(['apply', '-k', cluster.folder]);
    expect(second.code, second.stderr).to.equal(0);
    expect((await cluster.kubectl(versions)).stdout)
      .to.equal(before)
      .and.match(/^\d+( \d+)+$/);

    const stored = await cluster.kubectl([
      'get',
      'mutatingwebhookconfiguration',
      'lithopod',
      '-o',
      'json',
    ]);
    const { webhooks } = JSON.parse(stored.stdout) as {
      webhooks: { clientConfig: { caBundle: string } }[];
    };
    expect(new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle))).to.deep.equal(
      new Set([made.caBundle]),
    );
  });

  it('makes a namespace whose Pod Security takes our pods', async () => {
    const stored = await cluster.kubectl([
      '-n',
      'lithopod-system',
      'get',
      'deployment',
      'lithopod',
      '-o',
      'json',
    ]);
    const { spec } = JSON.parse(stored.stdout) as { spec: { template: Manifest } };
    const namespaceLabels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    expect((await cluster.namespace('strict', namespaceLabels)).code).to.equal(0);
    const ours = { ...spec.template, apiVersion: 'v1', kind: 'Pod', metadata: { name: 'ours' } };
    const { code, stderr } = await cluster.rehearse(ours, 'strict');
    expect(code, stderr).to.equal(0);
  });
});
