/** `npm run golden` writes what comes of every case; read the difference before it is committed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { exemptionsOf } from '../src/core/exemptions/pod-exemptions.ts';
import { harden } from '../src/core/harden.ts';
import { applyPatch } from '../src/core/patch.ts';
import { goldenCase, goldenNames, goldenOf, inputFiles, outputFiles } from './golden/cases.ts';
import { defaulted } from './pods/defaulted.ts';
import { deepFreeze } from './pods/frozen.ts';
import { placedRecordOf } from './pods/records.ts';
import type { Golden, GoldenCase } from './golden/cases.ts';
import type { Hardening } from '../src/core/harden.ts';
import type { Pod } from '../src/core/pod/pod.ts';

const update = process.env['UPDATE_GOLDEN'] !== undefined;

function outcomeOf({ pod, catalogue, policy, subject, exemptions }: GoldenCase): Hardening {
  const spared = exemptionsOf(pod, exemptions, catalogue);
  return harden(deepFreeze(pod), catalogue, policy, subject, spared);
}

function write(given: GoldenCase, { pod, findings, patch }: Hardening): void {
  const golden: Golden = { hardened: pod, findings: findings.map(placedRecordOf), patch };
  for (const file of outputFiles) {
    const value = golden[file.replace('.yaml', '') as keyof Golden];
    const text = stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
    writeFileSync(join(given.directory, file), text);
  }
}

describe('golden', () => {
  for (const name of goldenNames()) {
    describe(name, () => {
      let given: GoldenCase;
      let out: Hardening;

      before(async () => {
        given = await goldenCase(name);
        out = outcomeOf(given);
        if (update) {
          write(given, out);
          given = { ...given, files: (await goldenCase(name)).files };
        }
      });

      it('has the files of a case and no other', () => {
        expect(given.files).to.include.members(['pod.yaml', ...outputFiles]);
        expect([...inputFiles, ...outputFiles]).to.include.members([...given.files]);
      });

      it('gives the hardened pod, the findings and the patch', () => {
        const { hardened, findings, patch } = goldenOf(given);
        expect(out.pod).to.deep.equal(hardened);
        expect(out.findings.map(placedRecordOf)).to.deep.equal(findings);
        expect(out.patch).to.deep.equal(patch);
        expect(out.pod === given.pod || out.patch.length > 0).to.equal(true);
      });

      it('gives a patch that makes the one of the other', () => {
        expect(applyPatch(given.pod, out.patch)).to.deep.equal(out.pod);
      });

      it('changes nothing on a second pass, whatever the API server filled in', () => {
        expect(secondPass(given, out.pod).pod).to.equal(out.pod);
        if (isLeftAlone(out)) return;
        expect(secondPass(given, defaulted(out.pod)).patch).to.deep.equal([]);
      });
    });
  }
});

function secondPass(given: GoldenCase, pod: Pod): Hardening {
  return outcomeOf({ ...given, pod });
}

/** A mirror pod: the API server's plugins leave it alone too. */
function isLeftAlone({ findings }: Hardening): boolean {
  return findings.some(({ code }) => code === 'mirror-pod');
}
