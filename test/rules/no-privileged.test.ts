import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

describe('no-privileged', () => {
  it('takes privileged mode away, and says so', () => {
    const { container, codes } = hardenedContainer({ securityContext: { privileged: true } });
    expect(container.securityContext?.privileged).to.equal(false);
    expect(codes('no-privileged')).to.deep.equal(['privileged-removed']);
  });

  it('leaves a hard container alone where privileged is unset', () => {
    const securityContext = { readOnlyRootFilesystem: true };
    const { container, codes } = hardenedContainer({ securityContext });
    expect(container.securityContext).to.equal(securityContext);
    expect(codes('no-privileged')).to.deep.equal([]);
  });

  it('writes the default out in a pod that is changed anyway', () => {
    for (const securityContext of [{ privileged: null }, null, undefined]) {
      expect(hardenedContainer({ securityContext }).container.securityContext?.privileged).to.equal(
        false,
      );
    }
  });

  it('narrows Bidirectional propagation, and no other', () => {
    const mounts = ['Bidirectional', 'HostToContainer', 'None', null].map(
      (mountPropagation, at) => ({
        name: 'host',
        mountPath: `/${at}`,
        mountPropagation,
        recursiveReadOnly: 'Disabled',
      }),
    );
    const { container, codes } = hardenedContainer(
      { volumeMounts: mounts },
      {},
      { volumes: [{ name: 'host', hostPath: { path: '/data' } }] },
    );
    expect(container.volumeMounts).to.deep.equal([
      { ...mounts[0], mountPropagation: 'HostToContainer' },
      ...mounts.slice(1),
    ]);
    expect(codes('no-privileged')).to.deep.equal(['propagation-narrowed']);
  });

  it('treats every kind of container, and of the ephemeral ones those that are new', () => {
    const privileged = { securityContext: { privileged: true } };
    const spec = {
      initContainers: [{ name: 'init', ...privileged }],
      containers: [{ name: 'main', ...privileged }],
      ephemeralContainers: [
        { name: 'old', ...privileged },
        { name: 'new', ...privileged },
      ],
    };
    const told = (given: ReturnType<typeof hardened>): unknown =>
      given.findings
        .filter(({ code }) => code === 'privileged-removed')
        .map(({ container }) => container);
    expect(told(hardened({ spec }))).to.deep.equal(['init', 'main', 'old', 'new']);
    const subject = { scope: 'ephemeral-containers', existing: ['old'] } as const;
    const debugged = hardened({ spec }, { subject });
    expect(told(debugged)).to.deep.equal(['new']);
    expect(debugged.pod.spec.ephemeralContainers?.[0]).to.equal(spec.ephemeralContainers[0]);
    expect(debugged.pod.spec.containers).to.equal(spec.containers);
  });
});
