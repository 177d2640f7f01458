import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { loadCatalogue } from '../../../src/profile-files/catalogue-files.ts';
import type { Catalogue } from '../../../src/core/catalogue/match/catalogue.ts';
import { defaultPolicy } from '../../../src/core/context/context.ts';
import { harden } from '../../../src/core/harden.ts';
import { reasonOf as meaningOf } from '../../../src/core/findings/reasons.ts';
import { sentenceOf } from '../../../src/core/findings/sentence.ts';
import { rules } from '../../../src/core/rules/index.ts';
import type { Finding } from '../../../src/core/findings/finding.ts';
import { readPod } from '../../../src/core/pod/read-pod.ts';
import type { Answer } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { corpusExists, corpusPods, referentsOf, type CorpusPod } from './corpus-pods.ts';
import { makeReferents } from './corpus-referents.ts';
import { figures } from './figures.ts';
import { faultyPods, hostProbesSince } from './faulty-pods.ts';
import { disagreements, faultsOf, mended, type Fault } from './pod-security-verdict.ts';
import { copyOf, isWindows, type StoredPod } from './stored-pod.ts';

const ABREAST = 8;

/**
 * What namespaces ask for: nothing, our level, or the API server's own, which judges what came of
 * the other two.
 */
const namespaces = {
  'judged-plain': {},
  'judged-hardened': { 'lithopod.dev/enforce': 'restricted' },
  'judged-verdict': { 'pod-security.kubernetes.io/enforce': 'restricted' },
} as const;

const restrictedRules = new Set<Finding['rule']>(
  rules.filter(({ level }) => level === 'restricted').map(({ id }) => id),
);

/** A pod, what Pod Security says of it before and after hardening, and what we say. */
interface Judged {
  readonly source: string;
  readonly windows: boolean;
  readonly before: readonly Fault[];
  readonly after: readonly Fault[];
  /** Of the manifest as it was written, as the command line finds them. */
  readonly written: readonly Finding[];
  /** Of the pod as the API server fills it in, as the webhook finds them. */
  readonly stored: readonly Finding[];
  /** What the client was told. */
  readonly warnings: readonly string[];
}

interface Given {
  readonly source: string;
  readonly pod: object;
}

describe('Pod Security `restricted` and the level of that name', () => {
  let cluster: Cluster;
  let catalogue: Catalogue;
  let minor: number;

  before(async () => {
    cluster = await sharedCluster();
    minor = await cluster.api.minorVersion();
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    catalogue = loaded.value;
    for (const [name, labels] of Object.entries(namespaces)) await cluster.namespace(name, labels);
  });

  /** Nothing for a pod that the API server refuses without us and without Pod Security. */
  async function judge({ source, pod }: Given): Promise<Judged | undefined> {
    const create = (namespace: keyof typeof namespaces, given: object): Promise<Answer> =>
      cluster.api.createPod(namespace, given, { dryRun: true });
    const plain = await create('judged-plain', pod);
    if (plain.status !== 201) return undefined;
    const hardened = await create('judged-hardened', pod);
    expect(hardened.status, `${source}: ${JSON.stringify(hardened.body)}`).to.equal(201);
    const filledIn = plain.body as StoredPod;
    return {
      source,
      windows: isWindows(filledIn),
      before: faultsOf(await create('judged-verdict', pod)),
      after: faultsOf(await create('judged-verdict', copyOf(hardened.body as StoredPod))),
      written: findingsOf(pod),
      stored: findingsOf(copyOf(filledIn)),
      warnings: hardened.warnings,
    };
  }

  function findingsOf(pod: object): readonly Finding[] {
    const read = readPod(pod);
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    return harden(read.value, catalogue, { ...defaultPolicy, level: 'restricted' }).findings;
  }

  describe('of pods that have a fault each', () => {
    for (const { title, check, pod, since = 0 } of faultyPods) {
      it(`${title}: ${check ?? 'admitted'}, and so we say`, async function () {
        if (minor < since) {
          figures(`skipped: the API server judges it so since 1.${since}`);
          this.skip();
        }
        const judged = await judge({ source: title, pod });
        expect(judged, 'the API server takes the pod').not.to.equal(undefined);
        const { after, written, stored } = judged!;
        expect(after.map((fault) => fault.check).join(', ')).to.equal(check ?? '');
        expect(disagreements(after, written), 'as written').to.deep.equal([]);
        expect(disagreements(after, stored), 'as stored').to.deep.equal([]);
        if (check === undefined) expect(stored.filter(isOpen)).to.deep.equal([]);
      });
    }
  });

  describe('of every pod of the public manifests', () => {
    let all: readonly Judged[];
    /** A Windows pod is left alone, and says so. */
    let judged: readonly Judged[];

    before(async function () {
      if (!corpusExists) {
        figures('skipped: there is no corpus of public manifests beside this checkout');
        this.skip();
      }
      const pods = await corpusPods(readByKubectl);
      await makeReferents(cluster.api, Object.keys(namespaces), referentsOf(pods));
      all = await judgeAll(pods);
      judged = all.filter(({ windows }) => !windows);
      figures(`${pods.length} pods, ${all.length} of them valid, ${judged.length} not for Windows`);
    });

    const isChecked = ({ code }: Finding): boolean =>
      code !== 'host-probe' || minor >= hostProbesSince;

    /** A few files that only kubectl takes, such as those with a key that stands twice. */
    async function readByKubectl(path: string): Promise<readonly unknown[]> {
      const read = ['create', '--dry-run=client', '--validate=false', '-o', 'yaml', '-f', path];
      const { stdout } = await cluster.installation.kubectl(read);
      return parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    }

    async function judgeAll(pods: readonly CorpusPod[]): Promise<readonly Judged[]> {
      const found = new Map<string, Judged>();
      const left = pods.values();
      await Promise.all(
        Array.from({ length: ABREAST }, async () => {
          for (const one of left) {
            const verdict = await judge(one);
            if (verdict !== undefined) found.set(one.source, verdict);
          }
        }),
      );
      return pods.flatMap(({ source }) => found.get(source) ?? []);
    }

    it('admits more of them hardened than as they are', () => {
      const [before, after] = (['before', 'after'] as const).map(
        (time) => judged.filter((one) => one[time].length === 0).length,
      );
      const share = (count: number): string =>
        `${count} (${((100 * count) / judged.length).toFixed(1)} %)`;
      figures(`admitted as they are: ${share(before!)}, hardened: ${share(after!)}`);
      for (const line of tableOf(judged)) figures(line);
      const refused = judged.filter(({ after: faults }) => faults.length > 0);
      const byUser = refused.filter(({ after: faults }) =>
        faults.every(({ check }) => check.startsWith('runAs')),
      );
      figures(`refused for their user alone: ${byUser.length} of ${refused.length}`);
      expect(after).to.be.above(before!);
    });

    it('has no fault left of those that are always mended, and no new one', () => {
      const wrong = judged.flatMap(({ source, before, after }) => {
        const had = new Set(before.map(({ check }) => check));
        return after
          .filter(({ check }) => mended.has(check) || !had.has(check))
          .map(({ check, detail }) => `${source}: ${check} (${detail})`);
      });
      expect(wrong).to.deep.equal([]);
    });

    it('admits every pod all of whose faults are of that kind', () => {
      const mendable = judged.filter(({ before }) =>
        before.every(({ check }) => mended.has(check)),
      );
      figures(`only faults that need to know nothing of the images: ${mendable.length}`);
      expect(mendable.length).to.be.above(0);
      expect(mendable.filter(({ after }) => after.length > 0)).to.deep.equal([]);
    });

    it('admits every pod of which no open finding is reported', () => {
      const clean = judged.filter(({ stored }) => !stored.some(isOpen));
      expect(clean.length).to.be.above(0);
      expect(clean.filter(({ after }) => after.length > 0)).to.deep.equal([]);
    });

    for (const form of ['written', 'stored'] as const) {
      it(`has each fault named by a finding, and no fault more, as ${form}`, () => {
        const wrong = judged.flatMap((one) =>
          disagreements(one.after, one[form].filter(isChecked)).map(
            (what) => `${one.source}: ${what}`,
          ),
        );
        expect(wrong.slice(0, 30)).to.deep.equal([]);
      });
    }

    it('tells the client of each, as far as the API server lets it', () => {
      const untold = judged.flatMap(({ source, stored, warnings }) =>
        stored
          .filter(isOpen)
          .map((finding) => `lithopod: ${sentenceOf(finding)}`)
          .filter((line) => line.length <= 256 && !warnings.includes(line))
          // Of more than 4096 bytes the last line counts the rest.
          .filter(() => !isFull(warnings))
          .map((line) => `${source}: ${line}`),
      );
      expect(untold.slice(0, 30)).to.deep.equal([]);
    });
  });
});

function isFull(warnings: readonly string[]): boolean {
  const isCounted = warnings.some((warning) => /^lithopod: and \d+ more of these$/.test(warning));
  return isCounted && Buffer.byteLength(warnings.join('')) > 4096 - 64 - 256;
}

/** A fault that the final pod still has, found by a rule of the level. */
function isOpen({ rule, code }: Finding): boolean {
  const { outcome, unresolved } = meaningOf(code);
  return restrictedRules.has(rule) && (outcome === 'conflict' || unresolved);
}

/** Pods by fault before and after, and by open finding, the most frequent first. */
function tableOf(judged: readonly Judged[]): readonly string[] {
  const count = (names: (one: Judged) => readonly string[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const name of judged.flatMap((one) => [...new Set(names(one))])) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return new Map([...counts].sort(([, a], [, b]) => b - a));
  };
  const before = count((one) => one.before.map(({ check }) => check));
  const after = count((one) => one.after.map(({ check }) => check));
  const open = count((one) => one.stored.filter(isOpen).map(({ code }) => code));
  return [
    ...[...before].map(([check, was]) => `${check}: ${was} before, ${after.get(check) ?? 0} after`),
    ...[...open].map(([code, pods]) => `finding ${code}: ${pods} pods`),
  ];
}
