import { expect } from 'chai';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { takenFrom } from '../../src/cli/report/pod-maker.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { harden } from '../../src/core/harden.ts';
import { reasonOf } from '../../src/core/findings/reasons.ts';
import { sentenceOf } from '../../src/core/findings/sentence.ts';
import { levels } from '../../src/core/findings/finding.ts';
import { goldenCase, goldenNames } from '../golden/cases.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Container, Pod } from '../../src/core/pod/pod.ts';

describe('what a template asks for and its pod has not', () => {
  let catalogue: Catalogue;

  before('load the catalogue', async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
    catalogue = loaded.value;
  });

  const podOf = (...containers: readonly Container[]): Pod => ({ spec: { containers } });
  const told = (template: Pod, pod: Pod): readonly string[] =>
    takenFrom(template, pod, catalogue).map(({ detail }) => detail);

  for (const level of levels) {
    it(`is what hardening at ${level} warned of, in each golden case`, async () => {
      const seen = new Set<string>();
      for (const name of goldenNames()) {
        const { pod } = await goldenCase(name);
        const template: Pod = { spec: pod.spec };
        const hardened = harden(template, catalogue, { ...defaultPolicy, level });
        const expected = hardened.findings.filter(
          ({ code }) =>
            reasonOf(code).outcome === 'changed' &&
            reasonOf(code).warn &&
            code !== 'data-not-persistent',
        );
        const taken = takenFrom(template, hardened.pod, catalogue);
        expect(
          taken.map(({ detail }) => detail),
          name,
        ).to.have.members(expected.map(sentenceOf));
        for (const { code } of taken) seen.add(code);
        expect(takenFrom(template, template, catalogue), name).to.deep.equal([]);
      }
      expect([...seen]).to.include.members([
        'privileged-removed',
        'escape-capability-removed',
        'host-path-read-only',
        'writable-root-overridden',
      ]);
    });
  }

  it('names what is gone, of those containers that the pod has', () => {
    const privileged = { privileged: true };
    const template = podOf(
      { name: 'web', image: 'nginx', securityContext: privileged },
      { name: 'later', image: 'nginx', securityContext: privileged },
    );
    expect(told(template, podOf({ name: 'web', image: 'nginx' }))).to.deep.equal([
      'container "web" asked for privileged: true and runs with privileged: false',
    ]);
  });

  it('says nothing of a container that was given a part of what it asked for', () => {
    const adding = (...add: readonly string[]): Pod =>
      podOf({ name: 'web', image: 'nginx', securityContext: { capabilities: { add } } });
    expect(told(adding('NET_ADMIN', 'NET_RAW'), adding('NET_RAW'))).to.deep.equal([]);
    expect(told(adding('NET_ADMIN', 'SYS_ADMIN'), adding('NET_ADMIN'))).to.deep.equal([
      'container "web" asked for SYS_ADMIN and runs without',
    ]);
  });

  it('says nothing where the pod asks for more than its template', () => {
    const pod = podOf({ name: 'web', image: 'nginx', securityContext: { privileged: true } });
    expect(told(podOf({ name: 'web', image: 'nginx' }), pod)).to.deep.equal([]);
  });
});
