import { expect } from 'chai';
import { hardenedContainer } from './hardened.ts';

const dropped = ['SYS_ADMIN', 'DAC_READ_SEARCH', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_BOOT'];
const removed = 'escape-capability-removed';
const byName = 'escape-capability-dropped';
const beyond = 'capability-beyond-baseline';

describe('no-escape', () => {
  for (const [given, expected, codes] of [
    [{ add: ['SYS_ADMIN'] }, { add: [] }, [removed]],
    [{ add: ['NET_ADMIN', 'CAP_SYS_ADMIN'] }, { add: ['NET_ADMIN'] }, [removed, beyond]],
    [{ add: ['cap_sys_admin', 'Sys_Admin'] }, { add: [] }, [removed]],
    [
      { add: ['DAC_READ_SEARCH', 'sys_module', 'CAP_SYS_RAWIO', 'Sys_Boot', 'CHOWN'] },
      { add: ['CHOWN'] },
      [removed],
    ],
    // Go's ToUpper, in a runtime, makes SYS_ADMIN of the first two.
    [{ add: ['ſys_admin', 'SYS_ADMıN', 'SYS_ADMIN\n', 'SYS-ADMIN', ''] }, { add: [] }, [removed]],
    [{ add: ['ALL'] }, { add: ['ALL'], drop: dropped }, [byName, beyond]],
    [{ add: ['all'], drop: null }, { add: ['all'], drop: dropped }, [byName, beyond]],
    [
      { add: ['ALL', 'SYS_ADMIN'], drop: ['CHOWN'] },
      { add: ['ALL'], drop: ['CHOWN', ...dropped] },
      [removed, byName, beyond],
    ],
    // The prefix in `drop` has no effect with containerd, and not every runtime need fold.
    [
      { add: ['ALL'], drop: ['CAP_SYS_ADMIN', 'sys_boot', 'SYS_MODULE'] },
      {
        add: ['ALL'],
        drop: [
          ...['CAP_SYS_ADMIN', 'sys_boot', 'SYS_MODULE'],
          ...dropped.filter((name) => name !== 'SYS_MODULE'),
        ],
      },
      [byName, beyond],
    ],
  ] as const) {
    it(`makes ${JSON.stringify(given)} ${JSON.stringify(expected)}`, () => {
      const result = hardenedContainer({ securityContext: { capabilities: given } });
      expect(result.container.securityContext?.capabilities).to.deep.equal(expected);
      expect(result.codes('no-escape')).to.deep.equal(codes);
    });
  }

  for (const capabilities of [
    { add: ['ALL'], drop: ['CHOWN', ...dropped.toReversed()] },
    { add: ['SYS_ADMINISTRATOR'] },
    {
      add: ['NET_ADMIN', 'BPF', 'PERFMON', 'CHECKPOINT_RESTORE', 'SYSLOG', 'SYS_TIME', 'MKNOD'],
    },
    { add: ['SYS_PTRACE', 'MAC_ADMIN', 'DAC_OVERRIDE', 'SETFCAP', 'SYS_CHROOT', 'NET_RAW'] },
    { add: [], drop: ['ALL'] },
    { add: null },
    {},
    null,
  ]) {
    it(`leaves ${JSON.stringify(capabilities)}`, () => {
      const result = hardenedContainer({ securityContext: { capabilities } });
      expect(result.container.securityContext?.capabilities).to.equal(capabilities);
      expect(result.codes('no-escape').filter((code) => code !== beyond)).to.deep.equal([]);
    });
  }

  it('takes SYS_PTRACE where the host’s processes are in sight, and not those of the pod alone', () => {
    const securityContext = { capabilities: { add: ['SYS_PTRACE'] } };
    const host = hardenedContainer({ securityContext }, {}, { hostPID: true });
    expect(host.container.securityContext?.capabilities?.add).to.deep.equal([]);
    const shared = { shareProcessNamespace: true } as object;
    const pod = hardenedContainer({ securityContext }, {}, shared);
    expect(pod.container.securityContext?.capabilities?.add).to.deep.equal(['SYS_PTRACE']);
  });

  it('drops SYS_PTRACE by name there too', () => {
    const securityContext = { capabilities: { add: ['ALL'] } };
    const { container } = hardenedContainer({ securityContext }, {}, { hostPID: true });
    expect(container.securityContext?.capabilities?.drop).to.include('SYS_PTRACE');
  });

  it('says nothing of Pod Security at restricted, where the capability goes', () => {
    const securityContext = { capabilities: { add: ['NET_ADMIN'] } };
    const result = hardenedContainer({ securityContext }, { level: 'restricted' });
    expect(result.codes('no-escape')).to.deep.equal([]);
  });
});
