import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

import type { PodSecurityContext, SecurityContext } from '../../src/core/pod/pod.ts';

const restricted = { level: 'restricted' } as const;

function users(
  image: string,
  own: SecurityContext = {},
  shared: PodSecurityContext = {},
): { readonly own: object; readonly shared: object; readonly codes: readonly string[] } {
  const result = hardenedContainer({ image, securityContext: own }, restricted, {
    securityContext: shared,
  });
  const pick = (from: object | null | undefined): object =>
    Object.fromEntries(Object.entries(from ?? {}).filter(([key]) => /^(runAs|fsGroup)/.test(key)));
  return {
    own: pick(result.container.securityContext),
    shared: pick(result.pod.spec.securityContext),
    codes: result.codes('non-root'),
  };
}

describe('non-root', () => {
  it('sets the user, group and fsGroup of the profile where the pod names none', () => {
    expect(users('seedy')).to.deep.equal({
      own: { runAsNonRoot: true, runAsUser: 999, runAsGroup: 999 },
      shared: { fsGroup: 999 },
      codes: ['user-set'],
    });
  });

  it('keeps a group and an fsGroup that the pod names', () => {
    expect(users('seedy', {}, { runAsGroup: 5, fsGroup: 6 })).to.deep.equal({
      own: { runAsNonRoot: true, runAsUser: 999 },
      shared: { runAsGroup: 5, fsGroup: 6 },
      codes: ['user-set'],
    });
  });

  it('replaces no user, and sets no fsGroup where the pod names its users', () => {
    expect(users('seedy', { runAsUser: 999 })).to.deep.equal({
      own: { runAsUser: 999, runAsNonRoot: true },
      shared: {},
      codes: ['non-root-set'],
    });
    expect(users('seedy', {}, { runAsUser: 5, runAsNonRoot: true })).to.deep.equal({
      own: {},
      shared: { runAsUser: 5, runAsNonRoot: true },
      codes: [],
    });
    expect(
      users('seedy', { runAsNonRoot: false }, { runAsUser: 5, runAsNonRoot: true }),
    ).to.deep.include({
      own: { runAsNonRoot: true },
    });
  });

  it('says where the pod asks for root', () => {
    for (const given of [
      users('seedy', { runAsUser: 0 }),
      users('seedy', {}, { runAsUser: 0 }),
      users('seedy', { runAsUser: 0 }, { runAsUser: 5 }),
    ]) {
      expect(given.codes).to.deep.equal(['root-requested']);
      expect(given.own).not.to.have.property('runAsNonRoot');
    }
  });

  it('says where the pod asks for root and no container inherits it: Pod Security reads the pod too', () => {
    const { codes, shared } = users('seedy', { runAsUser: 5 }, { runAsUser: 0 });
    expect(codes).to.deep.equal(['non-root-set', 'root-requested']);
    expect(shared).to.deep.equal({ runAsUser: 0 });
    const mixed = { runAsUser: 0, runAsNonRoot: true };
    expect(users('seedy', { runAsUser: 0 }, mixed).codes).to.deep.equal([
      'root-requested',
      'root-requested',
    ]);
  });

  it('tells who allowed root that it is not allowed, in a container and in the pod', () => {
    expect(users('bare', { runAsUser: 5, runAsNonRoot: false })).to.deep.equal({
      own: { runAsUser: 5, runAsNonRoot: true },
      shared: {},
      codes: ['non-root-overridden'],
    });
    expect(users('seedy', { runAsNonRoot: false }).codes).to.deep.equal([
      'user-set',
      'non-root-overridden',
    ]);
    expect(users('bare', {}, { runAsUser: 5, runAsNonRoot: false })).to.deep.equal({
      own: { runAsNonRoot: true },
      shared: { runAsUser: 5, runAsNonRoot: true },
      codes: ['non-root-set', 'non-root-overridden'],
    });
    expect(users('bare', { runAsNonRoot: true }, { runAsNonRoot: false })).to.deep.equal({
      own: { runAsNonRoot: true },
      shared: { runAsNonRoot: true },
      codes: ['non-root-overridden'],
    });
  });

  it('leaves it allowed in the pod where a container may need it', () => {
    expect(users('bare', {}, { runAsNonRoot: false })).to.deep.equal({
      own: {},
      shared: { runAsNonRoot: false },
      codes: ['user-unknown'],
    });
  });

  it('sets nothing where no user is known: the kubelet would not start the pod', () => {
    expect(users('bare')).to.deep.equal({ own: {}, shared: {}, codes: ['user-unknown'] });
    expect(users('bare', { runAsNonRoot: true }).codes).to.deep.equal([]);
  });

  it('sets no fsGroup on which the profiles do not agree', () => {
    const { pod } = hardened(
      {
        spec: {
          containers: [
            { name: 'a', image: 'seedy' },
            { name: 'b', image: 'looped' },
          ],
        },
      },
      restricted,
    );
    expect(pod.spec.securityContext).not.to.have.property('fsGroup');
  });
});
