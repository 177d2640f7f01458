import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

const restricted = { level: 'restricted' } as const;
const name = 'net.ipv4.ip_unprivileged_port_start';

describe('unprivileged-ports', () => {
  it('opens low ports where a profile asks for them, beside other sysctls', () => {
    const sysctls = [{ name: 'kernel.shm_rmid_forced', value: '1' }];
    const result = hardenedContainer({ image: 'web' }, restricted, {
      securityContext: { sysctls },
    });
    expect(result.pod.spec.securityContext?.sysctls).to.deep.equal([
      ...sysctls,
      { name, value: '0' },
    ]);
    expect(result.codes('unprivileged-ports')).to.deep.equal(['low-ports-opened']);
  });

  for (const [value, codes] of [
    ['0', []],
    ['80', ['low-ports-kept']],
  ] as const) {
    it(`keeps the author's ${value}`, () => {
      const sysctls = [{ name, value }];
      const securityContext = { sysctls };
      const result = hardenedContainer({ image: 'web' }, restricted, { securityContext });
      expect(result.pod.spec.securityContext?.sysctls).to.equal(sysctls);
      expect(result.codes('unprivileged-ports')).to.deep.equal(codes);
    });
  }

  it("keeps the author's own that is spelt with slashes", () => {
    const sysctls = [{ name: name.replaceAll('.', '/'), value: '0' }];
    const securityContext = { sysctls };
    const result = hardenedContainer({ image: 'web' }, restricted, { securityContext });
    expect(result.pod.spec.securityContext?.sysctls).to.equal(sysctls);
    expect(result.codes('unprivileged-ports')).to.deep.equal([]);
  });

  it('never sets it on the network of the host, and says so of each container', () => {
    const both = hardened(
      {
        spec: {
          hostNetwork: true,
          containers: [
            { name: 'a', image: 'web' },
            { name: 'b', image: 'web' },
          ],
        },
      },
      restricted,
    );
    expect(both.codes('unprivileged-ports')).to.have.length(2);
    const result = hardenedContainer({ image: 'web' }, restricted, { hostNetwork: true });
    expect(result.pod.spec.securityContext).not.to.have.property('sysctls');
    expect(result.codes('unprivileged-ports')).to.deep.equal(['low-ports-host-network']);
  });

  it('does nothing for images that need no low port', () => {
    const result = hardenedContainer({}, restricted);
    expect(result.pod.spec.securityContext).not.to.have.property('sysctls');
  });
});
