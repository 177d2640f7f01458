// Pods that crash because they were hardened, and `lithopod explain` followed to the letter: the
// profile that it ends with goes to Lithopod, the pod is created anew, until it does what it is
// for. A program tells of one thing at a time, so that may take several rounds.

import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { logs, says, serves, type Use } from './catalogue/harness.ts';
import { causesIn, makeExplainer, profileIn, type Explain } from './explaining.ts';
import { busybox } from './images/recipes/base.ts';
import { ruby } from './images/recipes/languages.ts';
import type { Recipe } from './images/recipe.ts';
import { httpd, nginx } from './images/recipes/web.ts';
import { makeClaim } from './local-volume.ts';
import type { Cluster, Manifest, PodName } from './node/cluster.ts';
import { ctr } from './node/containerd.ts';
import { until } from './node/until.ts';
import { createPod, logOf, stateOf, touch } from './pods.ts';
import { immutableNamespace, restrictedNamespace, useNode, useProfiles } from './shared-node.ts';

const MAX_ROUNDS = 6;
const ALL_ROUNDS_MS = 15 * 60_000;

interface Case {
  readonly what: string;
  readonly name: string;
  readonly namespace: string;
  /** Runs under a name that no profile of the catalogue matches. */
  readonly recipe: Recipe;
  readonly container?: Manifest;
  readonly spec?: Manifest;
  /** The profile that Lithopod has of it from the start. */
  readonly profile?: string;
  readonly use: Use;
  /** What {@link causesIn} finds, round by round. */
  readonly told: readonly (readonly string[])[];
}

const cases: readonly Case[] = [
  {
    what: 'httpd, which writes to a path of its own',
    name: 'web',
    namespace: immutableNamespace,
    recipe: httpd,
    use: (cluster, pod) => serves(cluster, pod, 80, '/', /It works!/),
    told: [['missing-mount /usr/local/apache2/logs']],
  },
  {
    what: 'Ruby, which wants a sticky directory for temporary files',
    name: 'jobs',
    namespace: immutableNamespace,
    recipe: ruby,
    container: {
      // By a name that says nothing of Ruby to the profile of all images without one.
      command: ['ruby3.1', '-rtempfile', '-e'],
      args: ['$stdout.sync = true; Tempfile.create("x") { |f| puts "made #{f.path}" }; sleep'],
    },
    use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
    // It tries the working directory, too, which nobody means.
    told: [['ownership /tmp']],
  },
  {
    what: 'nginx as root, which changes owners and listens on port 80, at level restricted',
    name: 'edge',
    namespace: restrictedNamespace,
    recipe: nginx,
    use: (cluster, pod) => serves(cluster, pod, 80, '/', /Welcome to nginx!/),
    told: [
      ['missing-mount /var/cache/nginx'],
      ['capability /var/cache/nginx/client_temp'],
      ['capability'],
      ['missing-mount /var/run'],
    ],
  },
  {
    what: 'a program whose claimed volume belongs to another, at level restricted',
    name: 'ledger',
    namespace: restrictedNamespace,
    recipe: busybox,
    container: {
      command: ['sh', '-c', 'echo opened >> /data/journal && exec sleep 100000'],
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
    spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'ledger' } }] },
    profile: `apiVersion: lithopod.dev/v1alpha1
kind: ImageProfile
metadata: { name: ledger }
spec:
  images: [registry.corp/shop/ledger]
  data:
    - path: /data
      why: the journal must outlive the pod
  user: { uid: 999, gid: 999 }
  evidence:
    - { kind: manifest, ref: 'shop/ledger deploy/ledger.yaml', seen: 2026-11-21 }
`,
    use: (cluster, pod) => says(cluster, pod, ['cat', '/data/journal'], /^opened$/m),
    told: [['ownership /data/journal']],
  },
];

describe('lithopod explain over pods that crash', () => {
  let cluster: Cluster;
  let profiles: string;
  let explain: Explain;
  /** What was printed for each, round by round. */
  const outputs = new Map<string, string[]>(cases.map(({ name }) => [name, []]));

  before('follow it until nothing crashes', async function () {
    cluster = await useNode(
      this,
      cases.map(({ recipe }) => recipe),
    );
    this.timeout(ALL_ROUNDS_MS);
    for (const { name, recipe } of cases) await giveName(cluster, recipe, imageOf(name));
    await makeClaim(cluster, restrictedNamespace, 'ledger');
    profiles = await mkdtemp(join(cluster.premises.dir, 'profiles-'));
    for (const { name, profile } of cases) if (profile !== undefined) await write(name, profile);
    await useProfiles(await read());
    explain = await makeExplainer(cluster, [immutableNamespace, restrictedNamespace], profiles);

    let crashing: readonly Case[] = cases;
    for (let round = 0; round < MAX_ROUNDS && crashing.length > 0; round++) {
      crashing = await crashingOf(crashing);
      for (const each of crashing) await follow(each);
      if (crashing.length > 0) await useProfiles(await read());
    }
    expect(
      crashing.map(({ name }) => name),
      'still crashing',
    ).to.deep.equal([]);
  });

  after('take the profiles away', async function () {
    this.timeout(300_000);
    // Where it was skipped there is none.
    if ((profiles as string | undefined) !== undefined) await useProfiles({});
  });

  for (const { what, name, namespace, told } of cases) {
    describe(what, () => {
      it(`is told of ${told.flat().join(', then ')}`, () => {
        expect(outputs.get(name)!.map(causesIn)).to.deep.equal(told);
      });

      it('is told what was changed, by somebody who may only read', () => {
        for (const output of outputs.get(name)!) {
          expect(output).to.match(/Hardened by Lithopod/);
          expect(output).to.match(/readOnlyRootFilesystem: true/);
          if (namespace === restrictedNamespace) {
            expect(output).to.match(/For all containers: .*seccompProfile: RuntimeDefault/);
          }
          expect(output).not.to.match(/not read/);
        }
      });

      it('is told it once', () => {
        for (const output of outputs.get(name)!) {
          expect(output.match(/^# The profile that mends this\./gm)).to.have.lengthOf(1);
          expect(output.match(/^ +ref: crash log of /gm)).to.have.lengthOf(1);
        }
      });

      it('works with the profile that it ended with, on a root that is read-only', async () => {
        const said = await touch(cluster, { namespace, name }, '/x');
        expect(said).to.match(/Read-only file system/);
      });
    });
  }

  /** Creates these pods, and answers those that crash when the others work. */
  async function crashingOf(planned: readonly Case[]): Promise<readonly Case[]> {
    for (const { name, namespace, container = {}, spec = {} } of planned) {
      await cluster.kubectl(['-n', namespace, 'delete', 'pod', name, '--ignore-not-found']);
      await createPod(cluster, { namespace, name, image: imageOf(name), container, spec });
    }
    const crashed: Case[] = [];
    for (const each of planned) if (await crashes(each)) crashed.push(each);
    return crashed;
  }

  async function crashes({ name, namespace, use }: Case): Promise<boolean> {
    const pod: PodName = { namespace, name };
    let crashed = false;
    let said: string | undefined;
    await until(
      `work or crash of ${name}`,
      async () => {
        const { reason = '' } = (await stateOf(cluster, pod)) ?? {};
        crashed = ['Error', 'CrashLoopBackOff'].includes(reason);
        if (crashed) return true;
        return (said = await use(cluster, pod)) === undefined;
      },
      async () => `${said ?? ''}\nIts log:\n${await logOf(cluster, pod)}`,
    );
    return crashed;
  }

  /** Explains the pod, and takes over the profile that it ends with. */
  async function follow({ name, namespace }: Case): Promise<void> {
    const { code, stdout, stderr } = await explain({ namespace, name });
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    outputs.get(name)!.push(stdout);
    const mended = profileIn(stdout);
    if (mended === undefined) throw new Error(`it names no profile:\n${stdout}`);
    await write(name, mended);
  }

  function write(name: string, profile: string): Promise<void> {
    return writeFile(join(profiles, `${name}.yaml`), profile);
  }

  async function read(): Promise<Readonly<Record<string, string>>> {
    const files = await readdir(profiles);
    const texts = files.map(async (file) => [file, await readFile(join(profiles, file), 'utf8')]);
    return Object.fromEntries(await Promise.all(texts)) as Readonly<Record<string, string>>;
  }
});

function imageOf(name: string): string {
  return `registry.corp/shop/${name}:1`;
}

async function giveName({ premises }: Cluster, { refs }: Recipe, image: string): Promise<void> {
  const { code, stderr } = await ctr(premises, ['images', 'tag', refs[0]!, image]);
  if (code !== 0) throw new Error(`ctr images tag: ${stderr}`);
}
