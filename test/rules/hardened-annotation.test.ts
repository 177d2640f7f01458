import { expect } from 'chai';
import { hardened, hardenedContainer } from './hardened.ts';

import type { Setting } from './hardened.ts';
import type { Pod } from '../../src/core/pod/pod.ts';

const key = 'lithopod.dev/hardened';
const room = 256 * 1024;

interface Explained {
  readonly profile?: string;
  readonly rules: readonly string[];
}

function explained(given: Pod, setting?: Setting): Readonly<Record<string, Explained>> {
  const text = hardened(given, setting).pod.metadata?.annotations?.[key];
  return JSON.parse(text ?? '{}') as Readonly<Record<string, Explained>>;
}

function pod(image: string, annotations?: Record<string, string>): Pod {
  return {
    ...(annotations && { metadata: { annotations } }),
    spec: { containers: [{ name: 'app', image }] },
  };
}

describe('hardened-annotation', () => {
  it('tells the profile and the rules that hold, by container', () => {
    const told = explained(
      {
        spec: {
          initContainers: [{ name: 'init', image: 'example.com/unknown' }],
          containers: [{ name: 'app', image: 'seedy' }],
        },
      },
      { unprofiled: 'skip' },
    );
    expect(Object.keys(told)).to.deep.equal(['init', 'app']);
    expect(told['app']?.profile).to.equal('seedy');
    expect(told['app']?.rules).to.include.members(['read-only-root', 'seeded-paths']);
    expect(told['init']).not.to.have.property('profile');
    expect(told['init']?.rules).not.to.include('read-only-root');
  });

  it('names the rules of the level that hold, and none that does not', () => {
    const rules = explained(pod('web'))['app']!.rules;
    expect(rules).to.include.members(['read-only-root', 'writable-paths']);
    for (const rule of ['drop-capabilities', 'seccomp', 'non-root', 'unprivileged-ports']) {
      expect(rules).not.to.include(rule);
      expect(explained(pod('web'), { level: 'restricted' })['app']!.rules).to.include(rule);
    }
  });

  it('stays as a stricter level wrote it while it is true, so that no pod is patched for it', () => {
    const restricted = hardened(pod('web'), { level: 'restricted' });
    expect(hardened(restricted.pod, { level: 'immutable' }).pod).to.equal(restricted.pod);

    const weakened = { ...restricted.pod, spec: { ...restricted.pod.spec, hostNetwork: true } };
    const told = hardened(weakened, { level: 'immutable' }).pod.metadata?.annotations?.[key];
    expect(told).not.to.include('pod-security');
  });

  it('believes no value that came with the pod', () => {
    const forged = { [key]: '{"app":{"rules":["everything"]}}' };
    expect(explained(pod('web', forged))).to.deep.equal(explained(pod('web')));
  });

  it('is not added to a pod that needs no change', () => {
    const hard = hardenedContainer({ securityContext: { readOnlyRootFilesystem: true } });
    expect(hard.pod).not.to.have.property('metadata');
    expect(hard.findings).to.deep.equal([]);
  });

  it('is left out where there is no room for it', () => {
    const notes = { notes: 'x'.repeat(room - 20) };
    const { codes, pod: full } = hardened(pod('plain', notes));
    expect(codes('hardened-annotation')).to.deep.equal(['annotations-full']);
    expect(full.metadata?.annotations).to.deep.equal(notes);
    expect(hardened(full).pod).to.equal(full);
  });

  it('counts bytes, not characters', () => {
    const roomy = hardened(pod('plain', { notes: 'é'.repeat((room - 1000) / 2) }));
    expect(roomy.codes('hardened-annotation')).to.deep.equal(['annotation-written']);
    const full = hardened(pod('plain', { notes: '€'.repeat(Math.floor((room - 20) / 3)) }));
    expect(full.codes('hardened-annotation')).to.deep.equal(['annotations-full']);
    const wide = hardened(pod('plain', { notes: '😀'.repeat((room - 20) / 4) }));
    expect(wide.codes('hardened-annotation')).to.deep.equal(['annotations-full']);
  });

  it('takes an untrue value away where the true one has no room', () => {
    const annotations = { notes: 'x'.repeat(room - 60), [key]: 'forged' };
    const { codes, pod: full } = hardened(pod('plain', annotations));
    expect(codes('hardened-annotation')).to.deep.equal(['annotations-full', 'annotation-removed']);
    expect(full.metadata?.annotations).to.deep.equal({ notes: annotations.notes });
    expect(hardened(full).pod).to.equal(full);
  });

  it('does not let a forged value keep the evictable volumes out', () => {
    const annotations = { notes: 'x'.repeat(room - 2000), [key]: 'y'.repeat(1900) };
    const first = hardened(pod('web', annotations));
    expect(first.codes('evictable-volumes')).to.deep.equal(['volumes-evictable']);
    expect(hardened(first.pod).pod).to.equal(first.pod);
  });
});
