/** What holds of every pod. */
import { makeContext } from '../src/core/context/context.ts';
import { expect } from 'chai';
import fc from 'fast-check';
import { containersOf } from '../src/core/pod/containers.ts';
import { harden } from '../src/core/harden.ts';
import { evictableAnnotation, hardenedAnnotation } from '../src/core/mounts/names.ts';
import { canonicalPath } from '../src/core/mounts/paths.ts';
import { applyPatch } from '../src/core/patch.ts';
import { reasonOf } from '../src/core/findings/reasons.ts';
import { obstacleAt, sentenceOf } from '../src/core/findings/sentence.ts';
import { resolveVariant } from '../src/core/catalogue/profile/variant.ts';
import { policies, pods } from './pods/arbitrary.ts';
import { defaulted } from './pods/defaulted.ts';
import { deepFreeze } from './pods/frozen.ts';
import { recordOf } from './pods/records.ts';
import { hostFaults } from './pods/host-faults.ts';
import { again, at, law, numRuns, pairs, seedTarget } from './pods/law.ts';
import { testCatalogue } from './pods/profiles.ts';
import { canWriteAt, resolved, seenAt } from './pods/runtime.ts';
import type { Finding } from '../src/core/findings/finding.ts';
import type { Hardening } from '../src/core/harden.ts';
import type { Subject } from '../src/core/context/context.ts';
import type { Container, Pod } from '../src/core/pod/pod.ts';

function isUnconfined({ spec }: Pod): boolean {
  return spec.securityContext?.appArmorProfile?.type === 'Unconfined';
}

describe('laws of hardening', () => {
  law('reads the pod without a write to it, and answers the same twice', (given) => {
    expect(again(structuredClone(given.pod), given)).to.deep.equal(given.out);
  });

  law('gives the same object, no operation and no change, or none of the three', (given) => {
    const same = given.out.pod === given.pod;
    expect(given.out.patch.length === 0, 'patch').to.equal(same);
    const changes = given.out.findings.filter(({ code }) => reasonOf(code).outcome === 'changed');
    expect(changes.length === 0, 'findings').to.equal(same);
  });

  law('changes nothing on a second pass', (given) => {
    const second = again(given.out.pod, given);
    expect(second.patch).to.deep.equal([]);
    expect(second.pod).to.equal(given.out.pod);
    // A pod that is not changed again is not given the annotation either, so its size is no matter.
    const unresolved = ({ findings }: Hardening, rest: (finding: Finding) => boolean) =>
      findings.filter((each) => reasonOf(each.code).unresolved && rest(each)).map(recordOf);
    expect(unresolved(second, () => true)).to.deep.equal(
      unresolved(given.out, ({ rule }) => rule !== 'hardened-annotation'),
    );
  });

  law('changes nothing on a second pass after the API server filled in its defaults', (given) => {
    expect(again(defaulted(given.out.pod), given).patch).to.deep.equal([]);
  });

  law('changes nothing at `immutable` of what is `restricted`', (given) => {
    const strict = { ...given, policy: { ...given.policy, level: 'restricted' } as const };
    const loose = { ...given, policy: { ...given.policy, level: 'immutable' } as const };
    const restricted = again(given.pod, strict);
    expect(again(restricted.pod, loose).patch).to.deep.equal([]);
  });

  law('gives a patch that fast-json-patch turns the input into the output with', (given) => {
    expect(applyPatch(given.pod, given.out.patch)).to.deep.equal(given.out.pod);
  });

  law('never replaces or removes what it does not change', (given) => {
    let document: unknown = given.pod;
    for (const operation of given.out.patch) {
      const { op, path } = operation;
      const before = at(document, path);
      const inserts = op === 'add' && /\/\d+$/.test(path);
      if (op === 'add' && !inserts) expect(before, path).to.equal(undefined);
      const mayGo =
        /\/(startupProbe|postStart|lifecycle|seccompProfile|(?:add|command)\/\d+)$/.test(path);
      if (op === 'remove') expect(mayGo, path).to.equal(true);
      if (op === 'replace')
        expect(typeof before === 'object' && before !== null, path).to.equal(false);
      document = applyPatch(document, [operation]);
    }
    expect(document).to.deep.equal(given.out.pod);
  });

  law('keeps every container, mount and volume of the author, in order', (given) => {
    for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
      const before = (given.pod.spec[list] ?? []).map(({ name }) => name);
      const kept = (given.out.pod.spec[list] ?? [])
        .map(({ name }) => name)
        .filter((name) => before.includes(name));
      expect(kept).to.deep.equal(before);
    }
    const volumes = given.pod.spec.volumes ?? [];
    expect((given.out.pod.spec.volumes ?? []).slice(0, volumes.length)).to.deep.equal(volumes);
    const onNode = new Set(
      volumes.filter(({ hostPath }) => hostPath != null).map(({ name }) => name),
    );
    for (const { before, after } of pairs(given)) {
      const mounts = before.volumeMounts ?? [];
      const paths = new Set(mounts.map(({ mountPath }) => mountPath));
      const kept = (after.volumeMounts ?? []).filter(({ mountPath }) => paths.has(mountPath));
      expect(kept).to.have.length(mounts.length);
      for (const [index, mount] of mounts.entries()) {
        const now = kept[index]!;
        const guarded = now.readOnly === true &&
          onNode.has(mount.name) && {
            readOnly: true,
            ...('recursiveReadOnly' in now && { recursiveReadOnly: now.recursiveReadOnly }),
          };
        const narrowed = mount.mountPropagation === 'Bidirectional' && {
          mountPropagation: 'HostToContainer',
        };
        expect(now).to.deep.equal({ ...mount, ...guarded, ...narrowed });
      }
    }
  });

  law('leaves to be seen whatever the author mounts', (given) => {
    for (const { before, after } of pairs(given)) {
      for (const { mountPath } of before.volumeMounts ?? []) {
        expect(seenAt(after, mountPath)?.mountPath, mountPath).to.equal(
          seenAt(before, mountPath)?.mountPath,
        );
      }
    }
  });

  law('keeps all fields but those that its rules are about', (given) => {
    for (const { before, after } of pairs(given)) {
      const concerned = [
        ...['securityContext', 'volumeMounts', 'startupProbe', 'lifecycle'],
        'terminationMessagePath',
      ];
      const rest = (container: Container): object =>
        Object.fromEntries(Object.entries(container).filter(([key]) => !concerned.includes(key)));
      const { env: _env, ...others } = rest(after) as Partial<Container>;
      const { env, ...othersBefore } = rest(before) as Partial<Container>;
      expect(others).to.deep.equal(othersBefore);
      // Variables are only added.
      const count = env?.length ?? 0;
      expect((after.env ?? []).slice(0, count), 'env').to.deep.equal(env ?? []);
    }
    const { containers: _c, initContainers: _i, ephemeralContainers: _e, ...spec } = given.pod.spec;
    for (const key of Object.keys(spec)) {
      if (key === 'volumes' || key === 'securityContext') continue;
      expect(given.out.pod.spec)
        .to.have.property(key)
        .that.equals(spec[key as keyof typeof spec]);
    }
  });

  law('weakens nothing', (given) => {
    for (const { before, after } of pairs(given)) {
      const was = before.securityContext ?? {};
      const is = after.securityContext ?? {};
      if (was.privileged === false) expect(is.privileged).to.equal(false);
      for (const key of ['readOnlyRootFilesystem', 'runAsNonRoot'] as const) {
        if (was[key] === true) expect(is[key], key).to.equal(true);
      }
      if (was.allowPrivilegeEscalation === false) {
        expect(is.allowPrivilegeEscalation).to.equal(false);
      }
      for (const key of ['runAsUser', 'runAsGroup', 'procMount'] as const) {
        if (was[key] != null) expect(is[key], key).to.equal(was[key]);
      }
      if (was.seccompProfile != null && was.seccompProfile.type !== 'Unconfined') {
        expect(is.seccompProfile).to.equal(was.seccompProfile);
      }
      expect(is.capabilities?.drop ?? []).to.include.members([...(was.capabilities?.drop ?? [])]);
      expect(was.capabilities?.add ?? []).to.include.members([...(is.capabilities?.add ?? [])]);
    }
  });

  law('makes every container as hard as the level asks, or says why not', (given) => {
    const told = new Set(
      given.out.findings.map(({ code, container }) => `${code} ${container ?? ''}`),
    );
    for (const { name, securityContext, volumeMounts } of containersOf(given.out.pod)) {
      const context = securityContext ?? {};
      expect(context.privileged).not.to.equal(true);
      if (!told.has(`unprofiled-skipped ${name}`)) {
        expect(context.readOnlyRootFilesystem, name).to.equal(true);
      }
      const add = (context.capabilities?.add ?? []).map((text) => text.toUpperCase());
      expect(add).not.to.include.oneOf(['SYS_ADMIN', 'CAP_SYS_ADMIN']);
      if (add.includes('ALL')) expect(context.capabilities?.drop).to.include('SYS_ADMIN');
      expect((volumeMounts ?? []).map(({ mountPropagation }) => mountPropagation)).not.to.include(
        'Bidirectional',
      );
      if (given.policy.level === 'immutable') continue;
      expect(context.allowPrivilegeEscalation).to.equal(false);
      expect(context.capabilities?.drop).to.include('ALL');
      expect(add.filter((each) => each !== 'NET_BIND_SERVICE')).to.deep.equal([]);
      const shared = given.out.pod.spec.securityContext;
      expect((context.seccompProfile ?? shared?.seccompProfile)?.type).to.be.oneOf([
        'RuntimeDefault',
        'Localhost',
      ]);
      const nonRoot = context.runAsNonRoot ?? shared?.runAsNonRoot;
      const owner = seedTarget(given.out.pod, name) ?? name;
      const excused = ['root-requested', 'user-unknown'].some((code) =>
        // An author's own container may look like one that seeds.
        [owner, name].some((each) => told.has(`${code} ${each}`)),
      );
      if (!excused) expect(nonRoot, name).to.equal(true);
    }
  });

  law(
    'names at `restricted` all of the host that it leaves to people, and nothing else',
    (given) => {
      const own = [...(given.pod.spec.initContainers ?? []), ...given.pod.spec.containers].filter(
        ({ name }) => seedTarget(given.out.pod, name) === undefined,
      );
      const names = new Set(own.map(({ name }) => name));
      const told = given.out.findings
        .filter(({ rule, container }) => {
          return rule === 'pod-security' && (container === undefined || names.has(container));
        })
        .map(({ code, container }) => `${code} ${container ?? ''}`)
        // An annotation may name a container that the pod does not have.
        .filter((fault) => fault !== 'app-armor ' || isUnconfined(given.pod));
      const faults = given.policy.level === 'restricted' ? hostFaults(given.pod, own) : new Set();
      expect([...new Set(told)].sort()).to.deep.equal([...faults].sort());
    },
  );

  law('makes every path of a profile writable, or says why not', (given) => {
    const { pod } = given.out;
    const mains = [...(given.pod.spec.initContainers ?? []), ...given.pod.spec.containers];
    for (const before of mains) {
      const after = containersOf(pod).find(({ name }) => name === before.name)!;
      if (seedTarget(given.out.pod, before.name) !== undefined) continue;
      const match = testCatalogue.match(before.image);
      if (match.matched === 'default' && given.policy.unprofiled === 'skip') continue;
      // What looks like a mount of ours brings no variant about.
      if (before.volumeMounts?.some(({ name }) => name.startsWith('lithopod-'))) continue;
      const mounts = (before.volumeMounts ?? []).map(({ mountPath }) => canonicalPath(mountPath));
      const context = makeContext(given.pod, testCatalogue, given.policy, given.subject);
      const { entries, facts } = context.profileOf(before);
      const { writable } = resolveVariant(match.compiled, before, {
        tag: match.reference?.tag,
        userMounts: mounts,
        root: facts.root,
      });
      const there = new Set(entries.map(({ path }) => path));
      for (const { path, movedBy } of writable) {
        if (movedBy !== undefined && !there.has(path)) continue;
        const told = given.out.findings.some(
          (finding) => finding.container === before.name && obstacleAt(path, finding) !== undefined,
        );
        expect(canWriteAt(after, path, pod, given.subject.claims), path).to.equal(!told);
      }
    }
  });

  law('adds nothing that the API would refuse', (given) => {
    const { spec, metadata } = given.out.pod;
    const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
    const volumes = (spec.volumes ?? []).map(({ name }) => name);
    expect(volumes).to.deep.equal([...new Set(volumes)]);
    expect(volumes.filter((name) => !label.test(name))).to.deep.equal([]);
    const own = volumes.slice(given.pod.spec.volumes?.length ?? 0);
    expect(own.filter((name) => given.subject.claims.includes(name))).to.deep.equal([]);
    const containers = containersOf(given.out.pod);
    const names = containers.map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)]);
    expect(names.filter((name) => !label.test(name))).to.deep.equal([]);
    for (const { volumeMounts, volumeDevices } of containers) {
      const mounts = volumeMounts ?? [];
      const paths = mounts.map(({ mountPath }) => mountPath);
      expect(paths).to.deep.equal([...new Set(paths)]);
      for (const { devicePath } of volumeDevices ?? []) expect(paths).not.to.include(devicePath);
      for (const { name } of mounts) expect([...volumes, ...given.subject.claims]).to.include(name);
    }
    const bytes = Object.entries(metadata?.annotations ?? {})
      .map(([key, value]) => Buffer.byteLength(key) + Buffer.byteLength(value ?? ''))
      .reduce((sum, each) => sum + each, 0);
    expect(bytes).to.be.at.most(256 * 1024);
  });

  law('mounts at no place twice', (given) => {
    for (const { before, after } of pairs(given)) {
      const mounts = before.volumeMounts ?? [];
      const paths = new Set(mounts.map(({ mountPath }) => mountPath));
      const places = mounts.map(({ mountPath }) => resolved(before, mountPath));
      for (const { mountPath } of after.volumeMounts ?? []) {
        if (paths.has(mountPath)) continue;
        expect(places).not.to.include(resolved(before, mountPath));
        places.push(resolved(before, mountPath));
      }
    }
  });

  law('has the evictable volumes that it added, and the truth, in the annotations', (given) => {
    const before = given.pod.metadata?.annotations ?? {};
    const after = given.out.pod.metadata?.annotations ?? {};
    const full = given.out.findings.some(({ code }) => code === 'annotations-full');
    const { [hardenedAnnotation]: explanation, [evictableAnnotation]: evictable, ...rest } = after;
    const { [hardenedAnnotation]: _forged, [evictableAnnotation]: listed, ...others } = before;
    expect(rest).to.deep.equal(others);
    if (evictable !== undefined || listed !== undefined) {
      expect(evictable).to.satisfy((text: string) => text.startsWith(listed ?? ''));
    }
    if (!full) {
      const disk = (given.out.pod.spec.volumes ?? [])
        .slice(given.pod.spec.volumes?.length ?? 0)
        .filter(({ emptyDir }) => emptyDir && (emptyDir as { medium?: string }).medium !== 'Memory')
        .map(({ name }) => name);
      expect((evictable ?? '').split(',')).to.include.members(disk);
      if (given.out.pod !== given.pod) expect(explanation).to.be.a('string');
    }
    if (explanation == null) return;
    const told = JSON.parse(explanation) as Record<string, { readonly rules: readonly string[] }>;
    for (const [name, { rules }] of Object.entries(told)) {
      const container = containersOf(given.out.pod).find((each) => each.name === name)!;
      expect(rules.includes('read-only-root')).to.equal(
        container.securityContext?.readOnlyRootFilesystem === true,
      );
    }
  });

  it('touches nothing but new ephemeral containers on their subresource', () => {
    fc.assert(
      fc.property(pods, policies, fc.boolean(), (pod, policy, isNew) => {
        deepFreeze(pod);
        const list = pod.spec.ephemeralContainers ?? [];
        const existing = isNew ? [] : list.map(({ name }) => name);
        const subject: Subject = { scope: 'ephemeral-containers', claims: [], existing };
        const out = harden(pod, testCatalogue, policy, subject);
        if (!isNew || list.length === 0) expect(out.pod).to.equal(pod);
        expect({ ...out.pod.spec, ephemeralContainers: null }).to.deep.equal({
          ...pod.spec,
          ephemeralContainers: null,
        });
        expect(out.pod.metadata).to.equal(pod.metadata);
        for (const [index, { volumeMounts }] of (
          out.pod.spec.ephemeralContainers ?? []
        ).entries()) {
          expect(volumeMounts?.length).to.equal(list[index]?.volumeMounts?.length);
        }
        expect(applyPatch(pod, out.patch)).to.deep.equal(out.pod);
        expect(harden(out.pod, testCatalogue, policy, subject).pod).to.equal(out.pod);
      }),
      { numRuns },
    );
  });

  law('places each finding in the pod as it came, at a container of its name', (given) => {
    for (const { code, container, at: pointer } of given.out.findings) {
      expect(pointer, code).to.match(/^\/(?:spec|metadata)(?:\/(?:[^~/]|~[01])+)*$/);
      const [base] = /^\/spec\/(?:init|ephemeral)?[cC]ontainers\/\d+/.exec(pointer) ?? [];
      if (base === undefined) continue;
      expect(at(given.pod, base), `${code} ${pointer}`).to.include({ name: container });
      // An index is that of something which is there.
      const [element] = /^.*\/\d+/.exec(pointer) ?? [];
      expect(at(given.pod, element ?? ''), `${code} ${pointer}`).not.to.equal(undefined);
    }
  });

  law('says each finding in words', (given) => {
    for (const finding of given.out.findings) {
      expect(sentenceOf(finding), finding.code).not.to.match(/undefined|null|NaN|\[object/);
    }
  });
});
