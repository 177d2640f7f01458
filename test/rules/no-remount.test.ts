import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

describe('no-remount', () => {
  for (const [given, expected, codes] of [
    [{ add: ['SYS_ADMIN'] }, { add: [] }, ['sys-admin-removed']],
    [{ add: ['NET_ADMIN', 'CAP_SYS_ADMIN'] }, { add: ['NET_ADMIN'] }, ['sys-admin-removed']],
    [{ add: ['cap_sys_admin', 'Sys_Admin'] }, { add: [] }, ['sys-admin-removed']],
    [{ add: ['ALL'] }, { add: ['ALL'], drop: ['SYS_ADMIN'] }, ['sys-admin-dropped']],
    [{ add: ['all'], drop: null }, { add: ['all'], drop: ['SYS_ADMIN'] }, ['sys-admin-dropped']],
    [
      { add: ['ALL', 'SYS_ADMIN'], drop: ['CHOWN'] },
      { add: ['ALL'], drop: ['CHOWN', 'SYS_ADMIN'] },
      ['sys-admin-removed', 'sys-admin-dropped'],
    ],
    // The prefix in `drop` has no effect with containerd.
    [
      { add: ['ALL'], drop: ['CAP_SYS_ADMIN'] },
      { add: ['ALL'], drop: ['CAP_SYS_ADMIN', 'SYS_ADMIN'] },
      ['sys-admin-dropped'],
    ],
  ] as const) {
    it(`makes ${JSON.stringify(given)} ${JSON.stringify(expected)}`, () => {
      const result = hardenedContainer({ securityContext: { capabilities: given } });
      expect(result.container.securityContext?.capabilities).to.deep.equal(expected);
      expect(result.codes('no-remount')).to.deep.equal(codes);
    });
  }

  for (const capabilities of [
    { add: ['NET_ADMIN'] },
    { add: ['ALL'], drop: ['sys_admin'] },
    { add: ['SYS_ADMINISTRATOR'] },
    { add: [], drop: ['ALL'] },
    { add: null },
    {},
    null,
  ]) {
    it(`leaves ${JSON.stringify(capabilities)}`, () => {
      const result = hardenedContainer({ securityContext: { capabilities } });
      expect(result.container.securityContext?.capabilities).to.equal(capabilities);
      expect(result.codes('no-remount')).to.deep.equal([]);
    });
  }
});
