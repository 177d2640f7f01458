/** What holds of every draft, whatever a container wrote. */
import { expect } from 'chai';
import fc from 'fast-check';

import { parseProfiles } from '../../../src/core/catalogue/parse/parse.ts';
import { lintPath } from '../../../src/core/catalogue/lints/index.ts';
import { draftProfile, type Draft } from '../../../src/core/learn/draft.ts';
import type { Observation } from '../../../src/core/learn/observation.ts';
import { isAtOrBelow } from '../../../src/core/mounts/paths.ts';
import { deepFreeze } from '../../pods/frozen.ts';
import { numRuns } from '../../pods/law.ts';
import { observed } from './observed.ts';

const segment = fc.oneof(
  fc.constantFrom(
    ...['app', 'cache', 'conf.d', 'data', 'etc', 'lib', 'log', 'nginx', 'run', 'tmp', 'usr', 'var'],
    ...['a.pid', 'tmp.Xy12Zq', '..', '.', 'x:y', 'a b', '\u0001', '\uFFFD', 'é', '#', "'"],
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const path = fc
  .array(segment, { minLength: 1, maxLength: 6 })
  .map((parts) => `/${parts.join('/')}`);
const id = fc.constantFrom(0, 1, 999, 65_534, 4_294_967_294);

const observations = fc.array(
  fc
    .record({
      written: fc.array(
        fc.record({
          path,
          type: fc.constantFrom('file', 'directory', 'link', 'socket', 'unknown'),
          change: fc.constantFrom('created', 'changed', 'deleted', 'refused', 'unknown'),
        }),
        { maxLength: 12 },
      ),
      directories: fc.array(
        fc.record({
          path,
          inImage: fc.constantFrom(true, false, undefined),
          imageEntries: fc.constantFrom(0, 3, undefined),
          touched: fc.boolean(),
          uid: id,
          mode: fc.constantFrom(0o700, 0o755, 0o1777),
        }),
        { maxLength: 6 },
      ),
      volumes: fc.array(path, { maxLength: 3 }),
      mounts: fc.array(
        fc.record({ path, fileSystem: fc.constant('ext4'), readOnly: fc.boolean() }),
        { maxLength: 3 },
      ),
      unreadable: fc.array(path, { maxLength: 2 }),
      users: fc.array(fc.record({ uid: id, gid: id }), { maxLength: 3 }),
      digest: fc.constantFrom(undefined, `sha256:${'0'.repeat(64)}`),
    })
    .map((parts): Observation => observed(parts)),
  { minLength: 1, maxLength: 3 },
);

function law(title: string, check: (draft: Draft, seen: readonly Observation[]) => void): void {
  it(title, function () {
    this.timeout(Math.max(20_000, numRuns * 40));
    fc.assert(
      fc.property(observations, (seen) => {
        const draft = draftProfile(deepFreeze(seen));
        if (!draft.ok) throw new Error(JSON.stringify(draft.problems));
        check(draft.value, seen);
      }),
      { numRuns },
    );
  });
}

describe('every draft', () => {
  law('is one valid profile, with the entries that it has as data', ({ profile, spec }) => {
    const parsed = parseProfiles(profile, '');
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const [read, second] = parsed.value;
    expect(second).to.equal(undefined);
    const all = [...(read?.writable ?? []), ...(read?.data ?? [])];
    expect(all.map((entry) => entry.path)).to.have.members(spec.entries.map((entry) => entry.path));
  });

  law('has nothing that the lints refuse', ({ spec }) => {
    for (const entry of spec.entries) expect(lintPath(entry, spec.images)).to.equal(undefined);
  });

  law('makes every written path writable or says why not', ({ spec, notes }, seen) => {
    const named = new Set(notes.flatMap(({ code, paths }) => (code === 'no-place' ? paths : [])));
    const [only] = seen;
    if (seen.length > 1 || only === undefined || only.mounts.length > 0) return;
    for (const { path: written, type } of only.written) {
      // Directories may have been copied up; of odd paths the normal form is named.
      if (type === 'directory' || /\/\.{1,2}(?:\/|$)|\/\/|\/$/.test(written)) continue;
      if (
        /^\/(?:var\/)?(?:run\/secrets|run\/lock|dev|proc|sys|lock|run)(?:\/|$)|^\/etc\//.test(
          written,
        )
      )
        continue;
      const isWritable = spec.entries.some((entry) => isAtOrBelow(written, entry.path));
      const isNamed = [...named].some((each) => isAtOrBelow(written, each));
      expect(isWritable || isNamed, written).to.equal(true);
    }
  });

  law('is the same whatever the order of what was written', ({ profile }, seen) => {
    const reversed = seen.map((each) => ({ ...each, written: [...each.written].reverse() }));
    const paths = seen.flatMap(({ written }) => written.map((item) => item.path));
    if (seen.length > 1 || new Set(paths).size !== paths.length) return;
    const again = draftProfile(reversed);
    expect(again.ok && again.value.profile).to.equal(profile);
  });
});
