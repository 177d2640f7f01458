import { expect } from 'chai';
import { harden } from '../../src/core/harden.ts';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import type { Container, PodSpec } from '../../src/core/pod/pod.ts';
import { recordOf } from '../pods/records.ts';
import type { FindingRecord } from '../pods/records.ts';
import type { Level } from '../../src/core/findings/finding.ts';
import { catalogueOf, entry, profile } from '../pods/profiles.ts';

const catalogue = catalogueOf(
  profile('db', {
    data: [entry('/var/lib/db')],
    ownDirectories: [{ path: '/var/lib/db/data', why: 'a test', movedBy: { env: ['DATA'] } }],
    user: { uid: 999, gid: 999, fsGroup: 999 },
  }),
  profile('fixed', { ownDirectories: [{ path: '/run/fixed', why: 'a test' }] }),
);

function told(
  container: Partial<Container> = {},
  { level = 'restricted', ...spec }: Partial<PodSpec> & { readonly level?: Level } = {},
  claims: readonly string[] = ['data'],
): readonly FindingRecord[] {
  const volumeMounts = [{ name: 'data', mountPath: '/var/lib/db/data' }];
  const containers = [{ name: 'c', image: 'db', volumeMounts, ...container }];
  const pod = { spec: { containers, ...spec } };
  const { findings } = harden(pod, catalogue, { ...defaultPolicy, level }, { ...wholePod, claims });
  return findings.filter(({ code }) => code === 'mount-not-owned').map(recordOf);
}

describe('a volume at a directory of which the program changes the mode', () => {
  it('is told of, with the variable that moves it, where the user is another than root', () => {
    const [finding, ...others] = told();
    expect(others).to.deep.equal([]);
    expect(finding).to.include({ outcome: 'conflict', container: 'c' });
    expect(finding?.detail).to.match(/"data".* Set DATA to a directory below/);
    expect(told({}, { level: 'immutable' })).to.have.length(0);
    for (const securityContext of [{ runAsUser: 70 }, { runAsNonRoot: true }]) {
      expect(told({ securityContext }, { level: 'immutable' })).to.have.length(1);
      expect(told({}, { level: 'immutable', securityContext })).to.have.length(1);
    }
    expect(told({ securityContext: { runAsUser: 0, runAsNonRoot: true } })).to.have.length(0);
  });

  it('names what can be done where nothing moves it', () => {
    const volumeMounts = [{ name: 'data', mountPath: '/var/run/fixed/', subPath: 'x' }];
    const securityContext = { runAsUser: 5 };
    const [finding] = told({ image: 'fixed', volumeMounts, securityContext });
    expect(finding?.detail).to.match(/\/run\/fixed,.* Mount it above$/);
  });

  it('is where the container says, and nowhere where that is not known', () => {
    const values = [
      { value: '/var/lib/db/data/', count: 1 },
      { value: '/var/lib/db/data/pg', count: 0 },
      { value: '/elsewhere', count: 0 },
      { value: '$(BASE)/data', count: 0 },
      { value: 'data', count: 0 },
      { value: '/x'.repeat(5000), count: 0 },
      { valueFrom: { fieldRef: { fieldPath: 'metadata.name' } }, count: 0 },
    ];
    for (const { count, ...variable } of values) {
      const env = [
        { name: 'DATA', value: '/overridden' },
        { name: 'DATA', ...variable },
      ];
      expect(told({ env }), JSON.stringify(variable).slice(0, 99)).to.have.length(count);
    }
    const volumeMounts = [{ name: 'data', mountPath: '/elsewhere' }];
    const env = [{ name: 'DATA', value: '/elsewhere' }];
    expect(told({ env, volumeMounts })).to.have.length(1);
  });

  it('is any whose root the kubelet makes, and is mounted just there', () => {
    const volume = (source: object) => told({}, { volumes: [{ name: 'data', ...source }] }, []);
    for (const own of [{ emptyDir: {} }, { persistentVolumeClaim: { claimName: 'x' } }, {}]) {
      expect(volume(own)).to.have.length(1);
    }
    for (const other of [{ hostPath: { path: '/x' } }, { nfs: { server: 'x', path: '/' } }]) {
      expect(volume(other)).to.have.length(0);
    }
    expect(told({ volumeMounts: [] })).to.have.length(0);
    expect(told({ volumeMounts: [{ name: 'data', mountPath: '/var/lib/db' }] })).to.have.length(0);
  });

  it('may be prepared by an init container that keeps its privileges', () => {
    const volumeMounts = [{ name: 'data', mountPath: '/d' }];
    const securityContext = { runAsUser: 999 };
    const initContainers = [{ name: 'own', image: 'plain', volumeMounts }];
    const other = [{ ...initContainers[0]!, volumeMounts: [] }];
    const at = (level: Level, init: readonly Container[]) =>
      told({ securityContext }, { level, initContainers: init });
    expect(at('immutable', initContainers)).to.have.length(0);
    expect(at('immutable', other)).to.have.length(1);
    expect(at('restricted', initContainers)).to.have.length(1);
  });

  it('is told of where the volume is ours, since none may be mounted above', () => {
    const own = catalogueOf(
      profile('db', {
        data: [entry('/var/lib/db', { movedBy: { env: ['DATA'], parent: true } })],
        ownDirectories: [{ path: '/var/lib/db/data', why: 'a test', movedBy: { env: ['DATA'] } }],
        user: { uid: 999, gid: 999 },
      }),
    );
    const codes = (path: string) => {
      const containers = [{ name: 'c', image: 'db', env: [{ name: 'DATA', value: path }] }];
      const policy = { ...defaultPolicy, level: 'restricted' } as const;
      const { findings } = harden({ spec: { containers } }, own, policy);
      return findings.map(({ code }) => code);
    };
    expect(codes('/pgdata')).to.include('mount-not-owned');
    expect(codes('/srv/pgdata')).not.to.include('mount-not-owned');
  });
});
