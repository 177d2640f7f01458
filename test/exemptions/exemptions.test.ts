/** Exemptions: how they are read, which containers they are for, and what they let through. */
import { expect } from 'chai';
import { exemptibleRules } from '../../src/core/exemptions/exemption.ts';
import { expiryOf, formatTime } from '../../src/core/exemptions/expiry.ts';
import { selects } from '../../src/core/exemptions/label-selector.ts';
import { parseExemption } from '../../src/core/exemptions/parse.ts';
import { exemptionsOf } from '../../src/core/exemptions/pod-exemptions.ts';
import { buildCatalogue } from '../../src/core/catalogue/match/catalogue.ts';
import { sentenceOf } from '../../src/core/findings/sentence.ts';
import { harden } from '../../src/core/harden.ts';
import { defaultPolicy, wholePod } from '../../src/core/context/context.ts';
import type { Exemption } from '../../src/core/exemptions/exemption.ts';
import type { Container, Pod } from '../../src/core/pod/pod.ts';
import { validSpec, wrongSpecs } from './wrong-specs.ts';
import { builtinCatalogue } from '../catalogue/builtin-catalogue.ts';
import { testCatalogue } from '../pods/profiles.ts';

function object(spec: object, metadata: object = { name: 'agent', namespace: 'shop' }): object {
  return { apiVersion: 'lithopod.dev/v1alpha1', kind: 'Exemption', metadata, spec };
}

function granted(spec: object = {}): Exemption {
  const parsed = parseExemption(object({ ...validSpec, ...spec }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function problemsOf(spec: object): readonly string[] {
  const parsed = parseExemption(object(spec));
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path ?? ''}: ${message}`);
}

describe('the text form of an Exemption', () => {
  it('has images, rules, a reason and an end', () => {
    expect(problemsOf(validSpec)).to.deep.equal([]);
    for (const field of ['images', 'rules', 'reason', 'expires'] as const) {
      const { [field]: _gone, ...rest } = validSpec;
      expect(problemsOf(rest)).to.deep.equal([`spec.${field}: is missing.`]);
    }
  });

  for (const [what, spec] of wrongSpecs) {
    it(`refuses ${what}`, () => {
      expect(problemsOf({ ...validSpec, ...spec })).to.have.length(1);
    });
  }

  it('takes every rule that takes something away', () => {
    expect(problemsOf({ ...validSpec, rules: exemptibleRules })).to.deep.equal([]);
    expect(exemptibleRules).not.to.include.members(['seeded-paths', 'evictable-volumes']);
  });

  it('reads the ends', () => {
    const at = (text: string): string => formatTime(expiryOf(text));
    expect(at('2027-01-31')).to.equal('2027-02-01T00:00:00Z');
    expect(at('2028-02-29')).to.equal('2028-03-01T00:00:00Z');
    expect(at('2027-01-31T12:00:00+02:00')).to.equal('2027-01-31T10:00:00Z');
    expect(at('2027-01-31T12:00:00.5Z')).to.equal('2027-01-31T12:00:00Z');
  });
});

describe('label selectors', () => {
  for (const [selector, labels, expected] of [
    [{}, {}, true],
    [{ matchLabels: { a: 'b' } }, { a: 'b', c: 'd' }, true],
    [{ matchLabels: { a: 'b' } }, { a: 'c' }, false],
    [{ matchLabels: { constructor: 'x' } }, {}, false],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }, { a: 'b' }, true],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }, {}, false],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, {}, true],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] }, { a: 'b' }, false],
    [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { a: '' }, true],
    [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, { a: '' }, false],
  ] as const) {
    it(`${JSON.stringify(selector)} of ${JSON.stringify(labels)}: ${expected}`, () => {
      expect(selects(selector, labels)).to.equal(expected);
    });
  }
});

const digest = `sha256:${'a'.repeat(64)}`;

function pod(container: Partial<Container> = {}, rest: object = {}): Pod {
  return {
    metadata: { labels: { app: 'agent' } },
    spec: {
      containers: [
        { name: 'app', image: 'web', securityContext: { privileged: true }, ...container },
        { name: 'other', image: 'plain', securityContext: { privileged: true } },
      ],
      ...rest,
    },
  };
}

function spares(exemption: Exemption, given: Pod, name = 'app'): boolean {
  return exemptionsOf(given, [exemption], testCatalogue)?.has(name) ?? false;
}

describe('which containers an Exemption is for', () => {
  for (const [what, spec, given, expected] of [
    ['its image', {}, pod(), true],
    ['another image', {}, pod({ image: 'plain' }), false],
    [
      'a tag of the range',
      { images: ['docker.io/library/web:>=1.2'] },
      pod({ image: 'web:1.3' }),
      true,
    ],
    [
      'a tag outside',
      { images: ['docker.io/library/web:>=1.2'] },
      pod({ image: 'web:1.1' }),
      false,
    ],
    [
      'the digest, wherever it is from',
      { images: [digest] },
      pod({ image: `x.io/y@${digest}` }),
      true,
    ],
    ['no digest', { images: [digest] }, pod(), false],
    ['what is no reference', { images: ['*/*'] }, pod({ image: 'NOT a reference' }), false],
    ['labels that match', { podSelector: { matchLabels: { app: 'agent' } } }, pod(), true],
    ['labels that do not', { podSelector: { matchLabels: { app: 'web' } } }, pod(), false],
    ['a container by its name', { containers: ['app'] }, pod(), true],
    ['another name', { containers: ['other'] }, pod(), false],
    [
      'the ServiceAccount',
      { serviceAccountName: 'agent' },
      pod({}, { serviceAccountName: 'agent' }),
      true,
    ],
    ['another ServiceAccount', { serviceAccountName: 'agent' }, pod(), false],
    ['the ServiceAccount of pods that name none', { serviceAccountName: 'default' }, pod(), true],
  ] as const) {
    it(`${what}: ${expected}`, () => {
      expect(spares(granted(spec), given)).to.equal(expected);
    });
  }

  it('knows the image by the name of a mirror, and by what it mirrors', () => {
    const built = buildCatalogue(testCatalogue.profiles, {
      mirrors: [{ from: 'registry.corp/hub', to: 'docker.io' }],
    });
    if (!built.ok) throw new Error('mirrors');
    const mirrored = pod({ image: 'registry.corp/hub/library/web:1' });
    for (const image of ['registry.corp/hub/library/web', 'docker.io/library/web']) {
      const found = exemptionsOf(mirrored, [granted({ images: [image] })], built.value);
      expect(found?.has('app'), image).to.equal(true);
    }
  });

  it('of two for one rule takes the one that lasts longest', () => {
    const long = { ...granted({ expires: '2099-12-31' }), name: 'z-long' };
    const found = exemptionsOf(pod(), [granted(), long], testCatalogue);
    expect(found?.get('app')?.get('no-privileged')?.name).to.equal('z-long');
  });
});

describe('what an Exemption lets through', () => {
  const hardened = (
    given: Pod,
    exemption: Exemption,
    level: 'immutable' | 'restricted' = 'immutable',
  ) =>
    harden(
      given,
      testCatalogue,
      { ...defaultPolicy, level },
      wholePod,
      exemptionsOf(given, [exemption], testCatalogue),
    );

  it('is the rule on that container alone', () => {
    const { pod: after, findings } = hardened(pod(), granted());
    const [app, other] = after.spec.containers;
    expect(app?.securityContext).to.include({ privileged: true, readOnlyRootFilesystem: true });
    expect(other?.securityContext).to.include({ privileged: false });
    const said = findings.filter(({ code }) => code === 'exempted');
    expect(said.map(sentenceOf)).to.deep.equal([
      'container "app" is spared the rule "no-privileged" by the Exemption agent, until 2099-02-01T00:00:00Z',
    ]);
    expect(
      JSON.parse(after.metadata?.annotations?.['lithopod.dev/hardened'] ?? ''),
    ).to.deep.include({
      app: {
        profile: 'web',
        rules: [
          'no-escape',
          ...['termination-message', 'host-paths', 'read-only-root', 'environment'],
          ...['writable-paths', 'seeded-paths', 'masked-binaries', 'evictable-volumes'],
        ],
        exempt: { 'no-privileged': 'agent' },
      },
    });
  });

  it('is in the annotation of a pod that needed no change otherwise', () => {
    const given: Pod = {
      spec: { containers: [{ name: 'app', image: 'plain', securityContext: {} }] },
    };
    const { pod: after, patch } = hardened(
      given,
      granted({ images: ['docker.io/library/plain'], rules: ['read-only-root'] }),
    );
    expect(patch.map(({ path }) => path)).to.deep.equal(['/metadata']);
    expect(after.metadata?.annotations?.['lithopod.dev/hardened']).to.include(
      '"exempt":{"read-only-root":"agent"}',
    );
  });

  it('is nothing, and not reported, where the rule had nothing to do', () => {
    const given = pod({ securityContext: { privileged: false } });
    const { findings } = hardened(given, granted());
    expect(findings.map(({ code }) => code)).not.to.include('exempted');
  });

  it('leaves a writable root without mounts', () => {
    const { pod: after } = hardened(pod(), granted({ rules: ['read-only-root'] }));
    expect(after.spec.containers[0]?.volumeMounts ?? []).to.deep.equal([]);
    expect(after.spec.containers[0]?.securityContext?.readOnlyRootFilesystem).to.equal(undefined);
  });

  it('mounts the paths of a user that it sets, who may write nowhere else', () => {
    const image = 'docker.io/library/httpd:2.4';
    const given: Pod = { spec: { containers: [{ name: 'app', image }] } };
    const spared = granted({ images: ['docker.io/library/httpd'], rules: ['read-only-root'] });
    const out = (level: 'immutable' | 'restricted', pod = given): Pod => {
      const catalogue = builtinCatalogue();
      const policy = { ...defaultPolicy, level };
      const exempt = exemptionsOf(pod, [spared], catalogue);
      return harden(pod, catalogue, policy, wholePod, exempt).pod;
    };
    const mounts = ({ spec }: Pod) =>
      spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
    expect(mounts(out('immutable'))).to.deep.equal([]);
    const restricted = out('restricted');
    expect(restricted.spec.containers[0]?.securityContext).to.deep.include({ runAsUser: 33 });
    expect(restricted.spec.containers[0]?.securityContext).not.to.have.property(
      'readOnlyRootFilesystem',
    );
    expect(mounts(restricted)).to.deep.equal(['/usr/local/apache2/logs']);
    for (const level of ['immutable', 'restricted'] as const) {
      expect(out(level, restricted)).to.equal(restricted);
    }
  });

  it('leaves allowPrivilegeEscalation of what stays privileged, since the API refuses it', () => {
    const { pod: after, findings } = hardened(pod(), granted(), 'restricted');
    const [app, other] = after.spec.containers;
    expect(app?.securityContext?.allowPrivilegeEscalation).to.equal(undefined);
    expect(other?.securityContext?.allowPrivilegeEscalation).to.equal(false);
    expect(findings.map(({ code }) => code)).to.include('escalation-kept');
  });

  it('sets no seccomp profile on a pod of which a container goes without', () => {
    const { pod: after } = hardened(pod(), granted({ rules: ['seccomp'] }), 'restricted');
    expect(after.spec.securityContext?.seccompProfile).to.equal(undefined);
    const [app, other] = after.spec.containers;
    expect(app?.securityContext?.seccompProfile).to.equal(undefined);
    expect(other?.securityContext?.seccompProfile?.type).to.equal('RuntimeDefault');
  });
});
