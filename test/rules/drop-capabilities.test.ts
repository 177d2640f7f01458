import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

const restricted = { level: 'restricted' } as const;

describe('drop-capabilities', () => {
  for (const [given, expected, codes] of [
    [undefined, { drop: ['ALL'] }, ['capabilities-dropped']],
    [null, { drop: ['ALL'] }, ['capabilities-dropped']],
    [{ drop: ['all'] }, { drop: ['all', 'ALL'] }, ['capabilities-dropped']],
    [
      { add: ['NET_BIND_SERVICE', 'CHOWN'], drop: ['ALL'] },
      { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      ['capability-removed'],
    ],
    [
      { add: ['CAP_NET_BIND_SERVICE'] },
      { add: [], drop: ['ALL'] },
      ['capability-removed', 'capabilities-dropped'],
    ],
  ] as const) {
    it(`makes ${JSON.stringify(given)} ${JSON.stringify(expected)}`, () => {
      const result = hardenedContainer({ securityContext: { capabilities: given } }, restricted);
      expect(result.container.securityContext?.capabilities).to.deep.equal(expected);
      expect(result.codes('drop-capabilities')).to.deep.equal(codes);
    });
  }

  it('leaves what is dropped already', () => {
    const capabilities = { add: ['NET_BIND_SERVICE'], drop: ['ALL'] };
    const result = hardenedContainer({ securityContext: { capabilities } }, restricted);
    expect(result.container.securityContext?.capabilities).to.equal(capabilities);
    expect(result.codes('drop-capabilities')).to.deep.equal([]);
  });
});
