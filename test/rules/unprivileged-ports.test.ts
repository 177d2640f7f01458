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

  for (const [whose, securityContext] of [
    ['the profile knows', {}],
    ['its author chose', { runAsUser: 1234 }],
  ] as const) {
    it(`opens the low port that a container declares, run by a user whom ${whose}`, () => {
      const ports = [{ containerPort: 443 }];
      const result = hardenedContainer({ image: 'plain', ports, securityContext }, restricted);
      expect(result.codes('unprivileged-ports')).to.deep.equal(['low-ports-opened']);
    });
  }

  for (const fields of [{ image: 'elsewhere' }, { securityContext: { runAsUser: 0 } }]) {
    it(`opens low ports to a root without capabilities: ${JSON.stringify(fields)}`, () => {
      const result = hardenedContainer(fields, restricted);
      expect(result.pod.spec.securityContext?.sysctls).to.deep.equal([{ name, value: '0' }]);
      expect(result.codes('unprivileged-ports')).to.deep.equal(['low-ports-opened']);
    });

    it(`says nothing of it where that cannot be: ${JSON.stringify(fields)}`, () => {
      const onHost = hardenedContainer(fields, restricted, { hostNetwork: true });
      expect(onHost.codes('unprivileged-ports')).to.deep.equal([]);
      const securityContext = { sysctls: [{ name, value: '1024' }] };
      const own = hardenedContainer(fields, restricted, { securityContext });
      expect(own.codes('unprivileged-ports')).to.deep.equal([]);
    });
  }

  it('does nothing for images that need no low port', () => {
    const securityContext = { runAsNonRoot: true };
    for (const fields of [{}, { image: 'elsewhere', securityContext }]) {
      const result = hardenedContainer(fields, restricted);
      expect(result.pod.spec.securityContext).not.to.have.property('sysctls');
    }
  });
});
