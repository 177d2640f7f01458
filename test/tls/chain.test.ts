import { expect } from 'chai';

import { issueLeaf, makeAuthority, type IssuedCertificate } from '../../src/tls/authority.ts';
import { isTrusted } from '../../src/tls/chain.ts';

const now = new Date();
const hourMs = 60 * 60 * 1000;

async function issue(days = 1): Promise<IssuedCertificate> {
  const authority = await makeAuthority({ now, commonName: 'test', days });
  return issueLeaf(authority, { now, dnsNames: ['localhost'], ipAddresses: [], days });
}

describe('isTrusted', () => {
  it('is true by the authority that signed, wherever it stands in the bundle', async () => {
    const [ours, other] = await Promise.all([issue(), issue()]);
    expect(isTrusted(ours.certificate, ours.ca, now.getTime())).to.be.true;
    expect(isTrusted(ours.certificate, other.ca + ours.ca, now.getTime())).to.be.true;
    // A certificate that is trusted itself, as Go has it.
    expect(isTrusted(ours.certificate, ours.certificate, now.getTime())).to.be.true;
  });

  it('is false by another authority of the same name, and by none', async () => {
    const [ours, other] = await Promise.all([issue(), issue()]);
    for (const bundle of [other.ca, '', 'garbled', other.certificate]) {
      expect(isTrusted(ours.certificate, bundle, now.getTime())).to.be.false;
    }
    expect(isTrusted('garbled', ours.ca, now.getTime())).to.be.false;
  });

  it('is false before and after its time, and when its authority has ended', async () => {
    const long = await issue(2);
    expect(isTrusted(long.certificate, long.ca, now.getTime() - hourMs)).to.be.false;
    expect(isTrusted(long.certificate, long.ca, now.getTime() + 49 * hourMs)).to.be.false;
  });
});
