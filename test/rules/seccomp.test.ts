import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

const restricted = { level: 'restricted' } as const;
const runtimeDefault = { type: 'RuntimeDefault' };
const localhost = { type: 'Localhost', localhostProfile: 'app.json' };
const unconfined = { type: 'Unconfined' };

describe('seccomp', () => {
  for (const [shared, own, expectedShared, expectedOwn, codes] of [
    [undefined, undefined, runtimeDefault, undefined, ['seccomp-set']],
    [null, null, runtimeDefault, null, ['seccomp-set']],
    [undefined, localhost, undefined, localhost, []],
    [localhost, undefined, localhost, undefined, []],
    [unconfined, localhost, runtimeDefault, localhost, ['seccomp-overridden']],
    [undefined, unconfined, undefined, runtimeDefault, ['seccomp-overridden']],
    [runtimeDefault, unconfined, runtimeDefault, runtimeDefault, ['seccomp-overridden']],
  ] as const) {
    it(`of the pod ${JSON.stringify(shared)}, of the container ${JSON.stringify(own)}`, () => {
      const field = (seccompProfile: typeof shared): object =>
        seccompProfile === undefined ? {} : { seccompProfile };
      const result = hardenedContainer({ securityContext: field(own) }, restricted, {
        securityContext: field(shared),
      });
      expect(result.pod.spec.securityContext?.seccompProfile).to.deep.equal(expectedShared);
      expect(result.container.securityContext?.seccompProfile).to.deep.equal(expectedOwn);
      expect(result.codes('seccomp')).to.deep.equal(codes);
    });
  }

  it('gives a new ephemeral container its own where the pod has none', () => {
    const subject = { scope: 'ephemeral-containers' } as const;
    const debugged = (securityContext: object): unknown =>
      hardened(
        { spec: { securityContext, containers: [], ephemeralContainers: [{ name: 'debug' }] } },
        { ...restricted, subject },
      ).pod.spec.ephemeralContainers?.[0]?.securityContext?.seccompProfile;
    expect(debugged({})).to.deep.equal(runtimeDefault);
    expect(debugged({ seccompProfile: localhost })).to.equal(undefined);
  });
});
