import { basename } from 'node:path';

import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';

import { loadCatalogue } from '../../../src/profile-files/catalogue-files.ts';
import { defaultPolicy } from '../../../src/core/context/context.ts';
import { harden } from '../../../src/core/harden.ts';
import { readPod } from '../../../src/core/pod/read-pod.ts';
import type { Catalogue } from '../../../src/core/catalogue/match/catalogue.ts';
import type { Level } from '../../../src/core/findings/finding.ts';
import { reasonOf, type Answer } from './api.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import {
  corpusExists,
  corpusPods,
  referentsOf,
  type CorpusPod,
  type Referents,
} from './corpus-pods.ts';
import { figures } from './figures.ts';
import {
  allContainers,
  isWindows,
  profilesOf,
  restrictedWeaknesses,
  weaknesses,
  type StoredPod,
} from './stored-pod.ts';

const ABREAST = 8;
/** Containers that a profile of the catalogue must know, of all in these manifests. */
const LEAST_PROFILED = 150;

/**
 * `require` as well: what hardening makes of a pod must satisfy the policy that asks for it, at no
 * matter what cost.
 */
const required = { 'lithopod.dev/require': 'immutable' };
const namespaces = {
  plain: {},
  immutable: { ...required, 'lithopod.dev/enforce': 'immutable' },
  restricted: { ...required, 'lithopod.dev/enforce': 'restricted' },
  'immutable-alone': { 'lithopod.dev/enforce': 'immutable' },
  'restricted-alone': { 'lithopod.dev/enforce': 'restricted' },
} as const;
type Namespace = keyof typeof namespaces;

interface Accepted {
  readonly source: string;
  readonly pod: StoredPod;
  readonly warnings: readonly string[];
}

interface Outcome {
  /** By their source. */
  readonly accepted: ReadonlyMap<string, Accepted>;
  readonly refused: ReadonlyMap<string, string>;
}

describe('every pod of the public manifests', () => {
  let cluster: Cluster;
  let pods: readonly CorpusPod[];
  let plain: Outcome;
  let catalogue: Catalogue;
  let isRecursionDropped: boolean;

  before('load the catalogue', async () => {
    const loaded = await loadCatalogue();
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    catalogue = loaded.value;
  });

  before('create them in a plain namespace', async function () {
    if (!corpusExists) {
      figures('skipped: there is no corpus of public manifests beside this checkout');
      this.skip();
    }
    cluster = await sharedCluster();
    isRecursionDropped = (await cluster.api.minorVersion()) < 31;
    pods = await corpusPods(readByKubectl);
    await makeReferents(cluster, referentsOf(pods));
    plain = await createAll('plain', pods);
    figures(`${pods.length} pods of public manifests, ${plain.accepted.size} accepted as they are`);
    for (const [source, reason] of plain.refused) figures(`refused: ${source}: ${reason}`);
  });

  /** Kinds that this cluster does not have are left out; they hold no pods. */
  async function readByKubectl(path: string): Promise<readonly unknown[]> {
    const read = ['create', '--dry-run=client', '--validate=false', '-o', 'yaml', '-f', path];
    const { stdout } = await cluster.installation.kubectl(read);
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    figures(`${basename(path)}: ${objects.length} objects, read by kubectl`);
    return objects;
  }

  /** Those that the API server takes without us; what it refuses anyway shows nothing. */
  const acceptable = (): readonly CorpusPod[] =>
    pods.filter(({ source }) => plain.accepted.has(source));

  /**
   * Whether hardening leaves the pod a writable mount of the node's own files, and says so:
   * `require` refuses that. An API server of 1.30 drops recursiveReadOnly, and so `require` refuses
   * each hostPath that is guarded.
   */
  function keepsHostPath({ source }: CorpusPod, level: Level): boolean {
    const read = readPod(copied(plain.accepted.get(source)!.pod));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { findings, pod } = harden(read.value, catalogue, { ...defaultPolicy, level });
    if (findings.some(({ code }) => code === 'host-path-kept')) return true;
    const { containers, initContainers } = pod.spec;
    const mounts = [...containers, ...(initContainers ?? [])].flatMap(
      (each) => each.volumeMounts ?? [],
    );
    return isRecursionDropped && mounts.some((mount) => mount.recursiveReadOnly !== undefined);
  }

  /**
   * Each in a namespace with `require`, but for those that it refuses: they are hardened all the
   * same.
   */
  async function createHardened(level: Level, all: readonly CorpusPod[]): Promise<Outcome> {
    const kept = all.filter((each) => keepsHostPath(each, level));
    const outcomes = [
      await createAll(
        level,
        all.filter((each) => !kept.includes(each)),
      ),
      await createAll(`${level}-alone`, kept),
    ];
    return {
      accepted: new Map(outcomes.flatMap(({ accepted }) => [...accepted])),
      refused: new Map(outcomes.flatMap(({ refused }) => [...refused])),
    };
  }

  async function createAll(namespace: Namespace, all: readonly CorpusPod[]): Promise<Outcome> {
    const accepted = new Map<string, Accepted>();
    const refused = new Map<string, string>();
    const started = Date.now();
    await abreast(all, async ({ source, pod }) => {
      const answer = await cluster.api.createPod(`corpus-${namespace}`, pod, { dryRun: true });
      if (answer.status === 201) accepted.set(source, acceptedOf(source, answer));
      else refused.set(source, reasonOf(answer.body));
    });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    figures(`${namespace}: ${all.length} creations in ${seconds} s`);
    return { accepted, refused };
  }

  for (const level of ['immutable', 'restricted'] as const) {
    describe(`at level ${level}`, () => {
      let outcome: Outcome;
      let linux: readonly Accepted[];

      before(async () => {
        outcome = await createHardened(level, acceptable());
        linux = [...outcome.accepted.values()].filter(({ pod }) => !isWindows(pod));
      });

      it('is accepted', () => {
        figures(
          `${level}: ${outcome.accepted.size} of ${plain.accepted.size} accepted, ` +
            `${outcome.accepted.size - linux.length} of them for Windows`,
        );
        expect([...outcome.refused].slice(0, 10)).to.deep.equal([]);
        expect(outcome.accepted.size).to.equal(plain.accepted.size).and.be.above(0);
      });

      it('is refused by `require` where a conflict is told of a path of the node', async () => {
        const kept = acceptable().filter((each) => keepsHostPath(each, level));
        expect(kept).not.to.be.empty;
        const { accepted, refused } = await createAll(level, kept);
        figures(`${level}: ${kept.length} refused by require for a writable path of the node`);
        expect([...accepted.keys()]).to.deep.equal([]);
        for (const reason of refused.values()) {
          expect(reason).to.include('lithopod.dev/require: a hostPath shows');
        }
      });

      it('comes back with a read-only root and no privileges in every container', () => {
        const containers = linux.flatMap(({ pod }) => allContainers(pod));
        figures(`${level}: ${containers.length} containers in ${linux.length} pods`);
        const already = linux.filter(
          ({ source }) => weaknesses(plain.accepted.get(source)!.pod).length === 0,
        );
        figures(`${level}: ${already.length} of these pods are immutable without us`);
        expect(already.length).to.be.below(linux.length);
        expect(problemsOf(linux, weaknesses)).to.deep.equal([]);
        if (level === 'restricted') {
          expect(problemsOf(linux, restrictedWeaknesses)).to.deep.equal([]);
        }
      });

      it('keeps its containers, its QoS class and everything else that it had', () => {
        const ours = variablesOf(catalogue);
        expect(
          problemsOf([...outcome.accepted.values()], (pod, { source }) =>
            lossesOf(plain.accepted.get(source)!.pod, pod, ours),
          ),
        ).to.deep.equal([]);
      });

      it('is left as it is when it runs on Windows', () => {
        const windows = [...outcome.accepted.values()].filter(({ pod }) => isWindows(pod));
        for (const { source, pod } of windows) {
          expect(withoutToken(pod), source).to.equal(withoutToken(plain.accepted.get(source)!.pod));
        }
      });

      it('does not change when it is created again', async () => {
        const again = await createHardened(
          level,
          linux.map(({ source, pod }) => ({ source, pod: copied(pod) })),
        );
        expect([...again.refused]).to.deep.equal([]);
        expect(
          problemsOf(linux, (pod, { source }) =>
            withoutToken(again.accepted.get(source)!.pod) === withoutToken(pod) ? [] : ['changed'],
          ),
        ).to.deep.equal([]);
      });

      if (level === 'immutable') {
        it(`has at least ${LEAST_PROFILED} containers whose image a profile knows`, () => {
          const profiles = linux.flatMap(({ pod }) => Object.values(profilesOf(pod)));
          const real = profiles.filter((name) => name !== undefined && name !== 'default');
          figures(
            `profiles: ${real.length} of ${profiles.length} containers matched by a real one ` +
              `(${new Set(real).size} different), the others by the default`,
          );
          expect(real.length).to.be.at.least(LEAST_PROFILED);
        });
      } else {
        it('passes Pod Security `restricted` more often than before', () => {
          const [before, after] = [plain, outcome].map(
            ({ accepted }) => [...accepted.values()].filter(passesPodSecurity).length,
          );
          figures(
            `Pod Security restricted: ${before} pods pass as they are, ${after} hardened, of ${plain.accepted.size}`,
          );
          expect(after).to.be.above(before!);
          const lost = [...plain.accepted.values()].filter(
            (was) =>
              passesPodSecurity(was) && !passesPodSecurity(outcome.accepted.get(was.source)!),
          );
          expect(lost.map(({ source }) => source)).to.deep.equal([]);
        });
      }
    });
  }
});

/** The namespaces, and in each what the pods name: equally, so that only the label differs. */
async function makeReferents(cluster: Cluster, referents: Referents): Promise<void> {
  for (const [name, labels] of Object.entries(namespaces)) {
    const namespace = `corpus-${name}`;
    await cluster.namespace(namespace, {
      ...labels,
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    await abreast(referents.serviceAccounts, (account) =>
      cluster.api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
        metadata: { name: account },
      }),
    );
  }
  for (const [index, name] of referents.priorityClasses.entries()) {
    await cluster.api.create('/apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name },
      value: index,
    });
  }
  for (const name of referents.runtimeClasses) {
    const runtimeClass = { metadata: { name }, handler: 'any' };
    await cluster.api.create('/apis/node.k8s.io/v1/runtimeclasses', runtimeClass);
  }
}

async function abreast<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: ABREAST }, async () => {
      for (const one of left) await work(one);
    }),
  );
}

function acceptedOf(source: string, { body, warnings }: Answer): Accepted {
  return { source, pod: body as StoredPod, warnings };
}

/** At most a screenful, each with where it comes from. */
function problemsOf(
  pods: readonly Accepted[],
  find: (pod: StoredPod, accepted: Accepted) => readonly string[],
): readonly string[] {
  return pods
    .flatMap((accepted) =>
      find(accepted.pod, accepted).map((problem) => `${accepted.source}: ${problem}`),
    )
    .slice(0, 30);
}

/**
 * What was there and is not any more. A mount that is ours may only stand where there was none, and
 * a variable of a profile behind those that were there.
 */
function lossesOf(
  before: StoredPod,
  after: StoredPod,
  ours: ReadonlySet<string>,
): readonly string[] {
  const containers = new Map(allContainers(after).map((container) => [container.name, container]));
  const lost = allContainers(before).flatMap(
    ({ name, image, command, env = [], volumeMounts = [] }) => {
      const now = containers.get(name);
      if (now === undefined) return [`container ${name} is gone`];
      const same = now.image === image && String(now.command) === String(command);
      const mounts = new Map(
        (now.volumeMounts ?? []).map((mount) => [mount.mountPath, mount.name]),
      );
      const { env: variables = [] } = now;
      const kept = JSON.stringify(variables.slice(0, env.length)) === JSON.stringify(env);
      const others = variables.slice(env.length).filter((added) => !ours.has(added.name));
      return [
        ...(same ? [] : [`container ${name} runs something else`]),
        ...(kept && others.length === 0 ? [] : [`${name} has another env`]),
        ...volumeMounts
          .filter((mount) => !isToken(mount.name) && mounts.get(mount.mountPath) !== mount.name)
          .map(({ mountPath }) => `${name} has lost its mount at ${mountPath}`),
      ];
    },
  );
  return before.status.qosClass === after.status.qosClass
    ? lost
    : [...lost, `QoS class ${before.status.qosClass ?? ''} became ${after.status.qosClass ?? ''}`];
}

/** The variables that any profile sets. */
function variablesOf({ profiles }: Catalogue): ReadonlySet<string> {
  const stated = profiles.flatMap(({ profile }) => [profile, ...profile.when]);
  return new Set(stated.flatMap(({ environment = [] }) => environment.map(({ name }) => name)));
}

function isToken(volume: string): boolean {
  return volume.startsWith('kube-api-access-');
}

/** Its spec as text, without the random name of the token's volume. */
function withoutToken({ spec }: StoredPod): string {
  return JSON.stringify(spec).replace(/kube-api-access-\w{5}/g, 'kube-api-access');
}

function copied({ metadata, spec }: StoredPod): CorpusPod['pod'] {
  const { name, labels, annotations } = metadata;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, annotations }, spec };
}

function passesPodSecurity({ warnings }: Accepted): boolean {
  return !warnings.some((warning) => warning.includes('would violate PodSecurity'));
}
