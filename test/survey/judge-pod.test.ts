import { expect } from 'chai';
import fc from 'fast-check';
import { mergeClusterProfiles } from '../../src/core/catalogue/match/cluster-profiles.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { parseExemption } from '../../src/core/exemptions/parse.ts';
import { harden } from '../../src/core/harden.ts';
import { hardenedAnnotation } from '../../src/core/mounts/names.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { judgePod } from '../../src/survey/judge-pod.ts';
import { makeTally } from '../../src/survey/tally.ts';
import { mendable, surveyFails, verdicts } from '../../src/survey/survey.ts';
import { pods as anyPods } from '../pods/arbitrary.ts';
import type { ContainerRun } from '../../src/cluster/pod-status.ts';
import type { Policy } from '../../src/core/context/context.ts';
import type { Exemption } from '../../src/core/exemptions/exemption.ts';
import type { Container, Pod } from '../../src/core/pod/pod.ts';
import type { NamespaceFacts, PodRun, SurveyFacts } from '../../src/survey/judge-pod.ts';
import type { SurveyedImage } from '../../src/survey/survey.ts';

const loaded = await loadCatalogue();
if (!loaded.ok) throw new Error('no catalogue');
const catalogue = loaded.value;

const enforced: NamespaceFacts = { enforced: true, neverSelected: false };
const unlabelled: NamespaceFacts = { enforced: false, neverSelected: false };
const system: NamespaceFacts = { enforced: false, neverSelected: true };

interface About {
  readonly namespace?: NamespaceFacts | undefined;
  readonly exemptions?: readonly Exemption[];
  readonly policy?: Partial<Policy>;
  readonly finished?: boolean;
  readonly runs?: Readonly<Record<string, ContainerRun>>;
}

const running: ContainerRun = { state: 'running', restarts: 0 };
const hard = { readOnlyRootFilesystem: true, privileged: false };
const strict = {
  ...hard,
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 1000,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

function factsOf(about: About): SurveyFacts {
  return {
    catalogue,
    policy: { ...defaultPolicy, ...about.policy },
    namespace: () => ('namespace' in about ? about.namespace : enforced),
    exemptions: () => about.exemptions ?? [],
  };
}

function runOf({ finished = false, runs = {} }: About): PodRun {
  return { namespace: 'shop', finished, runs: new Map(Object.entries(runs)) };
}

/** The row of the only image. */
function survey(pod: Pod, about: About = {}): SurveyedImage {
  const facts = factsOf(about);
  const tally = makeTally(facts.policy);
  tally.take(judgePod(pod, runOf(about), facts), runOf(about));
  const { images } = tally.survey({ unread: [] });
  expect(images).to.have.lengthOf(1);
  return images[0]!;
}

function podOf(container: Partial<Container>, more: Partial<Pod['spec']> = {}): Pod {
  return { spec: { ...more, containers: [{ name: 'main', image: 'nginx:1.29', ...container }] } };
}

function exemption(rules: readonly string[]): Exemption {
  const read = parseExemption({
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'Exemption',
    metadata: { name: 'spared', namespace: 'shop' },
    spec: { images: ['docker.io/library/nginx'], rules, reason: 'A test.', expires: '2099-01-01' },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

describe('what a pod shows of its images', () => {
  it('is ready where a profile knows the image', () => {
    const row = survey(podOf({}));
    expect(row).to.deep.include({
      image: 'docker.io/library/nginx:1.29',
      levels: { restricted: 0, immutable: 0, none: 1 },
      verdict: 'ready',
      why: [],
    });
    expect(row.profile).to.include({ kind: 'built-in', name: 'nginx' });
    expect(row.mutable).to.deep.equal({
      pods: 1,
      reasons: { 'not-asked': 1 },
      rules: { 'read-only-root': 1 },
    });
  });

  it('is to be learnt where no profile does', () => {
    const unknown = podOf({ image: 'registry.corp/api:2' });
    const row = survey(unknown);
    expect(row.verdict).to.equal('learn');
    expect(row.why.map(({ code }) => code)).to.deep.equal(['no-profile']);
    expect(row.profile.kind).to.equal('default');
    expect(survey(unknown, { policy: { unprofiled: 'skip' } })).to.deep.include({
      verdict: 'learn',
    });
    expect(survey(unknown, { policy: { unprofiled: 'skip' } }).profile.kind).to.equal('none');
  });

  it('needs no profile where it runs on a read-only root and was never restarted', () => {
    const unknown = podOf({ image: 'registry.corp/api:2', securityContext: hard });
    const verdict = (run?: ContainerRun) =>
      survey(unknown, { runs: run === undefined ? {} : { main: run } }).verdict;
    expect(verdict(running)).to.equal('ready');
    expect(verdict({ state: 'terminated', restarts: 0, lastExit: { code: 0 } })).to.equal('ready');
    expect(verdict({ ...running, restarts: 2 })).to.equal('learn');
    expect(verdict({ state: 'terminated', restarts: 0, lastExit: { code: 1 } })).to.equal('learn');
    expect(verdict({ state: 'waiting', restarts: 0 })).to.equal('learn');
    expect(verdict()).to.equal('learn');
  });

  it('is to be learnt where it crashes at its level, whatever profile it has', () => {
    const crashing: ContainerRun = { state: 'waiting', reason: 'CrashLoopBackOff', restarts: 7 };
    const row = survey(podOf({ securityContext: hard }), { runs: { main: crashing } });
    expect(row).to.deep.include({ verdict: 'learn', restarts: 7 });
    expect(row.why.map(({ code }) => code)).to.deep.equal(['crash-loop']);
    // Before it was hardened it crashed for another reason.
    expect(survey(podOf({}), { runs: { main: crashing } })).to.deep.include({
      verdict: 'ready',
      restarts: 0,
    });
  });

  it('cannot where hardening takes away what the manifest asks for', () => {
    for (const [code, pod] of [
      ['privileged-removed', podOf({ securityContext: { privileged: true } })],
      [
        'escape-capability-removed',
        podOf({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
      ],
      [
        'host-path-read-only',
        podOf(
          { volumeMounts: [{ name: 'etc', mountPath: '/host' }] },
          { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] },
        ),
      ],
      [
        'host-socket',
        podOf(
          { volumeMounts: [{ name: 's', mountPath: '/run/docker.sock' }] },
          { volumes: [{ name: 's', hostPath: { path: '/var/run/docker.sock' } }] },
        ),
      ],
    ] as const) {
      const row = survey(pod);
      expect(row.verdict, code).to.equal('cannot');
      expect(row.why.map((each) => each.code)).to.include(code);
    }
  });

  it('asks more of restricted', () => {
    const restricted = { policy: { level: 'restricted' } } as const;
    const host = survey(podOf({}, { hostNetwork: true }), restricted);
    expect(host.verdict).to.equal('cannot');
    expect(host.why.map(({ code }) => code)).to.include('host-namespace');
    expect(survey(podOf({}, { hostNetwork: true })).verdict).to.equal('ready');
    const root = survey(podOf({ image: 'registry.corp/api:2' }), restricted);
    expect(root.why.map(({ code }) => code)).to.include('user-unknown');
  });

  it('is judged by the spec, and not by the annotation', () => {
    const annotations = {
      [hardenedAnnotation]: '{"main":{"profile":"nginx","rules":["read-only-root"]}}',
    };
    const row = survey({ metadata: { annotations }, ...podOf({}) });
    expect(row.levels.none).to.equal(1);
    expect(row.mutable.pods).to.equal(1);
  });

  it('holds the level that its spec is', () => {
    const levels = (securityContext: object) => survey(podOf({ securityContext })).levels;
    expect(levels(strict)).to.deep.equal({ restricted: 1, immutable: 0, none: 0 });
    expect(levels(hard)).to.deep.equal({ restricted: 0, immutable: 1, none: 0 });
    expect(levels({ ...strict, readOnlyRootFilesystem: false }).none).to.equal(1);
  });

  it('says why it is mutable', () => {
    const why = (pod: Pod, about: About) => survey(pod, about).mutable.reasons;
    const pod = podOf({});
    expect(why(pod, { namespace: unlabelled })).to.deep.equal({ 'no-label': 1 });
    expect(why(pod, { namespace: undefined })).to.deep.equal({ unread: 1 });
    expect(why(pod, { namespace: system })).to.deep.equal({ 'never-selected': 1 });
    expect(why(pod, { finished: true })).to.deep.equal({});
    const both = [exemption(['read-only-root', 'no-privileged'])];
    expect(why(pod, { exemptions: both })).to.deep.equal({ exempted: 1 });
    expect(why(pod, { exemptions: [exemption(['no-privileged'])] })).to.deep.equal({
      'not-asked': 1,
    });
    const mirror = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, ...pod };
    expect(why(mirror, {})).to.deep.equal({ unsupported: 1 });
    expect(why(podOf({}, { os: { name: 'windows' } }), {})).to.deep.equal({ unsupported: 1 });
  });

  it('lets an Exemption have its way in the verdict', () => {
    const pod = podOf({ securityContext: { privileged: true } });
    expect(survey(pod, { exemptions: [exemption(['no-privileged'])] }).verdict).to.equal('ready');
  });

  it('counts pods that are never hardened for the verdict only where there are no others', () => {
    const facts = factsOf({});
    const tally = makeTally(facts.policy);
    const inSystem = runOf({});
    const pod = podOf({});
    tally.take(judgePod(pod, inSystem, factsOf({ namespace: system })), inSystem);
    const alone = tally.survey({ unread: [] });
    expect(alone.images[0]).to.deep.include({ verdict: 'cannot' });
    expect(alone.images[0]!.why.map(({ code }) => code)).to.deep.equal(['never-selected']);
    expect(surveyFails(alone, ['mutable'])).to.equal(false);
    tally.take(judgePod(pod, runOf({}), facts), runOf({}));
    const both = tally.survey({ unread: [] });
    expect(both.images[0]).to.deep.include({ verdict: 'ready', pods: 2 });
    expect(surveyFails(both, ['mutable'])).to.equal(true);
  });

  it('knows where a profile comes from', () => {
    const profile = (name: string, kind: string) => ({
      apiVersion: 'lithopod.dev/v1alpha1',
      kind: 'ImageProfile',
      metadata: { name, creationTimestamp: '2026-11-01T00:00:00Z' },
      spec: {
        images: [`registry.corp/${name}`],
        writable: [{ path: '/var/cache/app', why: 'A cache.', contents: 'empty' }],
        evidence: [
          {
            kind,
            ref: kind === 'observed' ? `registry.corp/${name}@sha256:${'a'.repeat(64)}` : 'x',
            seen: '2026-11-01',
            ...(kind === 'source' && { at: 'v1' }),
          },
        ],
      },
    });
    const merged = mergeClusterProfiles(catalogue.profiles, [
      profile('seen', 'observed'),
      profile('read', 'source'),
    ]);
    if (!merged.ok) throw new Error('not merged');
    const kindOf = (image: string) => {
      const facts = { ...factsOf({}), catalogue: merged.value.catalogue };
      const tally = makeTally(facts.policy);
      tally.take(judgePod(podOf({ image }), runOf({}), facts), runOf({}));
      return tally.survey({ unread: [] }).images[0]!.profile;
    };
    expect(kindOf('registry.corp/seen:1')).to.include({ kind: 'learnt', source: 'cluster' });
    expect(kindOf('registry.corp/read:1')).to.include({ kind: 'cluster', source: 'cluster' });
  });
});

describe('a survey of any pods', () => {
  const facts = factsOf({});

  it('finds none mutable once they were hardened, and each hardened one at its level', () => {
    fc.assert(
      fc.property(anyPods, fc.constantFrom('immutable', 'restricted'), (pod, level) => {
        const hardened = harden(pod, catalogue, { ...defaultPolicy, level });
        for (const each of judgePod(hardened.pod, runOf({}), facts)) {
          if (each.outside !== undefined) continue;
          expect(each.mutable).to.equal(undefined);
          expect(each.holds).not.to.equal(undefined);
        }
      }),
    );
  });

  it('adds up, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(anyPods, { maxLength: 8 }), (pods) => {
        const surveyOf = (given: readonly Pod[], most?: number) => {
          const tally = makeTally(facts.policy, most);
          for (const pod of given) tally.take(judgePod(pod, runOf({}), facts), runOf({}));
          return tally.survey({ unread: [] });
        };
        const all = surveyOf(pods);
        const counts = ({ images }: typeof all) =>
          images.map(({ why, ...each }) => ({ ...each, codes: why.map(({ code }) => code) }));
        expect(counts(surveyOf(pods.toReversed()))).to.deep.equal(counts(all));
        for (const { pods: number, levels } of all.images) {
          expect(levels.restricted + levels.immutable + levels.none).to.equal(number);
        }
        const few = surveyOf(pods, 1);
        expect(few.images.length).to.be.at.most(1);
        const uses = all.images.reduce((sum, each) => sum + each.pods, 0);
        const listed = few.images.reduce((sum, each) => sum + each.pods, 0);
        expect(listed + (few.others?.uses ?? 0)).to.equal(uses);
        const { others = { uses: 0, cannot: 0, learn: 0, ready: 0 } } = few;
        expect(verdicts.reduce((sum, each) => sum + others[each], 0)).to.equal(others.uses);
        expect(few.summary.mutable).to.deep.equal(all.summary.mutable);
        const isOpen = Object.keys(all.summary.mutable).some((each) => mendable.has(each as never));
        expect(surveyFails(all, ['mutable'])).to.equal(isOpen);
      }),
      { numRuns: 50 },
    );
  });
});
