import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

const restricted = { level: 'restricted' } as const;

describe('no-privilege-escalation', () => {
  for (const [given, codes] of [
    [undefined, ['escalation-disabled']],
    [null, ['escalation-disabled']],
    [true, ['escalation-overridden']],
    [false, []],
  ] as const) {
    it(`makes ${String(given)} false`, () => {
      const securityContext = given === undefined ? {} : { allowPrivilegeEscalation: given };
      const result = hardenedContainer({ securityContext }, restricted);
      expect(result.container.securityContext?.allowPrivilegeEscalation).to.equal(false);
      expect(result.codes('no-privilege-escalation')).to.deep.equal(codes);
    });
  }

  it('is not asked for at immutable', () => {
    const { container } = hardenedContainer({
      securityContext: { allowPrivilegeEscalation: true },
    });
    expect(container.securityContext?.allowPrivilegeEscalation).to.equal(true);
  });
});
