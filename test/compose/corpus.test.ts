/** Public Compose files: what comes out is valid, hard, and stays as it is. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { composeText, hardenCompose, readCompose } from '../../src/cli/input/compose-project.ts';
import { readManifests } from '../../src/documents/index.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { schemaFaults } from './schema.ts';
import type { HardenedComposeFile } from '../../src/cli/input/compose-project.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Level } from '../../src/core/findings/finding.ts';
import type { Result } from '../../src/core/values/result.ts';

const corpus = fileURLToPath(new URL('../../../shared/corpus/compose/', import.meta.url));

/** What says that a service stays as it is. */
const left = new Set(['windows-pod', 'service-without-image', 'unprofiled-skipped']);

describe('the corpus of Compose files', function () {
  this.timeout(120_000);
  let catalogue: Catalogue;
  before(async function () {
    if (!existsSync(corpus)) return this.skip();
    const loaded = await loadCatalogue({ paths: undefined, mirrors: [] });
    if (!loaded.ok) throw new Error('no catalogue');
    catalogue = loaded.value;
  });

  const names = existsSync(corpus)
    ? readdirSync(corpus).filter((name) => /\.ya?ml$/.test(name))
    : [];

  it('is there, or this test says nothing', function () {
    if (names.length === 0) {
      console.warn('    skipped: no corpus at ../shared/corpus/compose');
      this.skip();
    }
    expect(names.length).to.be.at.least(60);
  });

  function harden(name: string, text: string, level: Level): Result<HardenedComposeFile> {
    const policy = { level, unprofiled: 'default', masking: 'probes' } as const;
    const source = readCompose({ name, text, path: `${corpus}${name}` });
    const hardened = hardenCompose([source], catalogue, policy);
    if (!hardened.ok) return hardened;
    const [file] = hardened.value;
    if (file === undefined) throw new Error('no file');
    return { ok: true, value: file };
  }

  function valueOf(text: string): unknown {
    const read = readManifests(text, 'compose.yaml');
    return read.ok ? (read.value.documents[0]?.value ?? {}) : undefined;
  }

  for (const name of names) {
    const text = readFileSync(`${corpus}${name}`, 'utf8');
    for (const level of ['immutable', 'restricted'] as const) {
      it(`${name} at ${level}`, () => {
        const hardened = harden(name, text, level);
        if (!hardened.ok) {
          // Where it cannot be read, each problem has its place.
          expect(valueOf(text)).to.equal(undefined);
          for (const { line } of hardened.problems) expect(line).to.be.a('number');
          return;
        }
        const out = composeText(hardened.value);
        const known = schemaFaults(valueOf(text));
        const faults = schemaFaults(valueOf(out)).filter((fault) => !known.includes(fault));
        expect(faults).to.deep.equal([]);
        expectHard(hardened.value);
        const again = harden(name, out, level);
        expect(again.ok && composeText(again.value)).to.equal(out);
        expectKept(text, out);
      });
    }
  }

  /** Each service of an image has a read-only root, or a finding says why not. */
  function expectHard({ objects }: HardenedComposeFile): void {
    for (const { hardening, services } of objects) {
      const { findings } = hardening;
      const told = new Set(
        findings.filter(({ code }) => left.has(code)).map(({ container }) => container),
      );
      for (const { name, securityContext } of hardening.pod.spec.containers) {
        if (told.has(name)) continue;
        expect(securityContext?.readOnlyRootFilesystem, name).to.equal(true);
      }
      expect([...(services?.keys() ?? [])].length).to.equal(hardening.pod.spec.containers.length);
    }
  }

  /** Lines go only where something weaker was. */
  function expectKept(text: string, out: string): void {
    const kept = new Set(out.split(/\r?\n/));
    const gone = text.split(/\r?\n/).filter((line) => !kept.has(line));
    const weaker =
      /privileged|cap_add|SYS_|NET_|seccomp|security_opt|user|read_only|tmpfs|:(?:rw|rshared)|^\s+- ["']?(?:[./~$]|[A-Z_]+["']?$)/;
    for (const line of gone) expect(line).to.match(weaker);
  }
});
