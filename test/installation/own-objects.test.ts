import { expect } from 'chai';

import { ownKinds, removalRank } from '../../src/installation/own-objects.ts';
import { listPackageFolder, readPackageFile } from '../../src/package/files.ts';
import { manifests } from '../manifests/read.ts';

describe('what uninstall takes for ours', () => {
  const kinds = ownKinds(listPackageFolder, readPackageFile);

  it('is every object of the manifests, and the Secrets that others make', () => {
    for (const { kind, metadata } of manifests) {
      const own = kinds.find((each) => each.kind === kind);
      expect([...(own?.names ?? [])], kind).to.include(metadata.name);
    }
    const secrets = kinds.find(({ kind }) => kind === 'Secret')!;
    expect([...secrets.names]).to.have.members(['lithopod-tls', 'lithopod-ca']);
  });

  it('goes webhooks first, bindings before what they bind, and the namespace last', () => {
    const order = [...new Set(kinds.map(({ kind }) => kind))].sort(
      (a, b) => removalRank(a) - removalRank(b),
    );
    expect(order[0]).to.equal('MutatingWebhookConfiguration');
    expect(order.at(-1)).to.equal('Namespace');
    const before = (first: string, second: string): void => {
      expect(order.indexOf(first), `${first} ${second}`).to.be.lessThan(order.indexOf(second));
    };
    before('ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy');
    // Who still runs has no right left to make the Secret again.
    before('RoleBinding', 'Secret');
    before('Certificate', 'Secret');
    before('Secret', 'CustomResourceDefinition');
  });
});
