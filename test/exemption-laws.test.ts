/** What holds of every pod that some Exemption is for. */
import { expect } from 'chai';
import fc from 'fast-check';
import { containersOf } from '../src/core/pod/containers.ts';
import { reasonOf } from '../src/core/findings/reasons.ts';
import { harden } from '../src/core/harden.ts';
import { applyPatch } from '../src/core/patch.ts';
import type { Exemption } from '../src/core/exemptions/exemption.ts';
import type { Hardening } from '../src/core/harden.ts';
import type { Policy, Subject } from '../src/core/context/context.ts';
import type { Container, Pod } from '../src/core/pod/pod.ts';
import { policies, pods, subjects } from './pods/arbitrary.ts';
import { defaulted } from './pods/defaulted.ts';
import { exemptions, podExemptions } from './pods/exemptions.ts';
import { deepFreeze } from './pods/frozen.ts';
import { numRuns } from './pods/law.ts';
import { testCatalogue } from './pods/profiles.ts';
import { recordOf } from './pods/records.ts';

interface Case {
  readonly pod: Pod;
  readonly policy: Policy;
  readonly subject: Subject;
  readonly granted: readonly Exemption[];
  readonly out: Hardening;
}

function pass(pod: Pod, { policy, subject, granted }: Omit<Case, 'out' | 'pod'>): Hardening {
  return harden(deepFreeze(pod), testCatalogue, policy, subject, podExemptions(pod, granted));
}

function law(title: string, check: (given: Case) => void): void {
  it(title, function () {
    this.timeout(Math.max(20_000, numRuns * 40));
    fc.assert(
      fc.property(pods, policies, subjects, exemptions, (pod, policy, subject, granted) => {
        const given = { policy, subject, granted };
        check({ pod, ...given, out: pass(pod, given) });
      }),
      { numRuns },
    );
  });
}

/** The Exemption by which the container is spared the rule. */
function spared({ pod, granted }: Case, name: string, rule: Exemption['rules'][number]): boolean {
  return podExemptions(pod, granted)?.get(name)?.has(rule) === true;
}

function byName(pod: Pod): ReadonlyMap<string, Container> {
  return new Map(containersOf(pod).map((container) => [container.name, container]));
}

describe('laws of Exemptions', () => {
  law('a second pass changes nothing and finds the same', (given) => {
    const second = pass(given.out.pod, given);
    expect(second.patch).to.deep.equal([]);
    const unresolved = ({ findings }: Hardening) =>
      findings
        .filter(({ code, rule }) => reasonOf(code).unresolved && rule !== 'hardened-annotation')
        .map(recordOf);
    expect(unresolved(second)).to.deep.equal(unresolved(given.out));
  });

  law('a second pass over the stored pod changes nothing', (given) => {
    expect(pass(defaulted(given.out.pod), given).patch).to.deep.equal([]);
  });

  law('what is `restricted` is not changed at `immutable`', (given) => {
    const restricted = { ...given, policy: { ...given.policy, level: 'restricted' as const } };
    const immutable = { ...given, policy: { ...given.policy, level: 'immutable' as const } };
    const strict = pass(given.pod, restricted);
    // The annotation of fewer rules may fit where that of all did not.
    if (strict.findings.some(({ code }) => code === 'annotations-full')) return;
    expect(pass(strict.pod, immutable).patch).to.deep.equal([]);
  });

  law('the patch turns the pod into the hardened one', ({ pod, out }) => {
    expect(applyPatch(pod, out.patch)).to.deep.equal(out.pod);
  });

  law('what is spared is as its author wrote it', (given) => {
    const before = byName(given.pod);
    for (const [name, { securityContext: after }] of byName(given.out.pod)) {
      const author = before.get(name)?.securityContext;
      if (!before.has(name)) continue;
      if (spared(given, name, 'no-privileged')) {
        expect(after?.privileged ?? false).to.equal(author?.privileged ?? false);
      }
      if (spared(given, name, 'read-only-root')) {
        const own = after?.readOnlyRootFilesystem;
        expect(own).to.equal(author?.readOnlyRootFilesystem);
        if (own !== true && !runsAsProfilesUser(given, name)) {
          expect(addedMounts(given, name)).to.deep.equal([]);
        }
      }
      if (spared(given, name, 'drop-capabilities') && spared(given, name, 'no-escape')) {
        expect(after?.capabilities ?? {}).to.deep.equal(author?.capabilities ?? {});
      }
      if (spared(given, name, 'non-root')) {
        expect(after?.runAsUser).to.equal(author?.runAsUser);
        expect(after?.runAsNonRoot).to.equal(author?.runAsNonRoot);
      }
    }
  });

  law('what is not spared is as hard as without', (given) => {
    const strict = byName(harden(given.pod, testCatalogue, given.policy, given.subject).pod);
    for (const [name, { securityContext: after }] of byName(given.out.pod)) {
      const wanted = strict.get(name)?.securityContext;
      if (!byName(given.pod).has(name) || wanted === undefined) continue;
      if (!spared(given, name, 'no-privileged')) expect(after?.privileged ?? false).to.equal(false);
      if (!spared(given, name, 'read-only-root')) {
        expect(after?.readOnlyRootFilesystem).to.equal(wanted?.readOnlyRootFilesystem);
      }
      if (!spared(given, name, 'drop-capabilities') && given.policy.level === 'restricted') {
        expect(after?.capabilities?.drop).to.include('ALL');
      }
      if (given.policy.level === 'restricted' && !spared(given, name, 'seccomp')) {
        const type = (after?.seccompProfile ?? given.out.pod.spec.securityContext?.seccompProfile)
          ?.type;
        expect(type).to.be.oneOf(['RuntimeDefault', 'Localhost']);
      }
    }
  });

  law('the API takes what comes of a pod that it takes', (given) => {
    const wrong = (pod: Pod): readonly string[] =>
      containersOf(pod)
        .filter(({ securityContext: own }) => {
          const needs =
            own?.privileged === true || own?.capabilities?.add?.includes('CAP_SYS_ADMIN') === true;
          return own?.allowPrivilegeEscalation === false && needs;
        })
        .map(({ name }) => name);
    if (wrong(given.pod).length === 0) expect(wrong(given.out.pod)).to.deep.equal([]);
  });

  law('what is let through is reported, in the annotation too', ({ out }) => {
    const exempted = out.findings.filter(({ code }) => code === 'exempted');
    if (exempted.length === 0) return;
    const text = out.pod.metadata?.annotations?.['lithopod.dev/hardened'];
    if (text == null) {
      expect(out.findings.map(({ code }) => code)).to.include('annotations-full');
      return;
    }
    const said = JSON.parse(text) as Record<string, { exempt?: object; rules: string[] }>;
    for (const { rule, container = '' } of exempted) {
      // Ephemeral containers are not in the annotation: they come and go.
      if (said[container] === undefined) continue;
      expect(said[container].exempt).to.have.property(rule);
      expect(said[container].rules).not.to.include(rule);
    }
  });
});

/** Who may write to the profile's paths alone, whatever the root is. */
function runsAsProfilesUser({ out }: Case, name: string): boolean {
  const container = byName(out.pod).get(name);
  const uid = container?.securityContext?.runAsUser ?? out.pod.spec.securityContext?.runAsUser;
  const { user, when } = testCatalogue.match(container?.image).profile;
  return [user, ...when.map((variant) => variant.user)].some((each) => each && each.uid === uid);
}

/** What we mounted into a container. */
function addedMounts({ pod, out }: Case, name: string): readonly string[] {
  const own = new Set(
    byName(pod)
      .get(name)
      ?.volumeMounts?.map(({ mountPath }) => mountPath),
  );
  const mounts = byName(out.pod).get(name)?.volumeMounts ?? [];
  return mounts.map(({ mountPath }) => mountPath).filter((path) => !own.has(path));
}
