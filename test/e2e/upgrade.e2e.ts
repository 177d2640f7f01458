// From the release whose certificate was a Secret made by hand, and back, with the commands of
// docs/operating.md, while pods are created in an enforced namespace all the time.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { cli } from '../cli/run.ts';
import { container, pod, prepareInstallation, until, type Installation } from './installation.ts';
import { openApi, type Api } from './scenarios/api.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import { weaknesses, type StoredPod } from './scenarios/stored-pod.ts';
import { standIn, type StandIn } from './upgrade/standing-in.ts';

const BEFORE = join(import.meta.dirname, 'upgrade/certificate-in-files');
const SYSTEM = 'lithopod-system';
/** After a change is settled: an API server may learn of something late. */
const AFTERWARDS_MS = 2_000;

describe('an upgrade, and back', () => {
  let cluster: Installation;
  let api: Api;
  let machines: StandIn;
  let old: string;
  let created = 0;

  before(async () => {
    cluster = await prepareInstallation();
    api = await openApi(cluster.plane);
    machines = await standIn(cluster, api);
    old = join(cluster.plane.dir, 'old/manifests');
    await cp(BEFORE, old, { recursive: true });
    await mkdir(join(old, 'tls'));
    await makeCertificate([]);
    await apply(old);
    await cluster.namespace('enforced', { 'lithopod.dev/enforce': 'immutable' });
    await until('settled pods', machines.isSettled);
    await until('hardening', async () => (await create()).problem === undefined);
  });
  after(async () => {
    await machines.stop();
    api.close();
    await cluster.stop();
  });

  async function makeCertificate(flags: readonly string[]): Promise<void> {
    const { code, stderr } = await cli([
      ...['certs', '--out', join(old, 'tls'), '--dns', '127.0.0.1', ...flags],
    ]);
    expect(code, stderr).to.equal(0);
  }

  /** `kubectl apply -k`, but for the address of the webhook. */
  async function apply(folder: string): Promise<void> {
    const objects = await installedObjects(cluster, machines.port, folder);
    await kubectl(['apply', '-f', '-'], list(objects));
  }

  async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
    const { code, stdout, stderr } = await cluster.kubectl(args, input);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  async function create(): Promise<{
    readonly problem: string | undefined;
    readonly refused: boolean;
  }> {
    // An API server of 1.30 does not try again where generateName makes a name that is taken.
    const mutable = pod({ containers: [container({})] }, { name: `pod-${created++}` });
    const { status, body } = await api.createPod('enforced', mutable);
    if (status !== 201) return { problem: `${status} ${JSON.stringify(body)}`, refused: true };
    const problem = weaknesses(body as StoredPod).length === 0 ? undefined : 'it is mutable';
    return { problem, refused: false };
  }

  /** Pods are created, three at once, from before `action` until after it. */
  async function duringPods(action: () => Promise<void>): Promise<{
    readonly count: number;
    readonly refused: readonly string[];
    readonly mutable: number;
  }> {
    let isOver = false;
    let count = 0;
    let mutable = 0;
    const refused: string[] = [];
    const load = async (): Promise<void> => {
      while (!isOver) {
        const outcome = await create();
        count++;
        if (outcome.refused) refused.push(outcome.problem ?? '');
        else if (outcome.problem !== undefined) mutable++;
        await delay(10);
      }
    };
    const loads = [load(), load(), load()];
    await action().finally(() => {
      isOver = true;
    });
    await Promise.all(loads);
    process.stderr.write(`      ${count} pods, ${refused.length} refused, ${mutable} mutable\n`);
    return { count, refused, mutable };
  }

  async function settled(): Promise<void> {
    await until('settled pods', machines.isSettled);
    await delay(AFTERWARDS_MS);
  }

  async function upgrade(): Promise<void> {
    await kubectl([
      ...['annotate', 'mutatingwebhookconfiguration', 'lithopod'],
      'kubectl.kubernetes.io/last-applied-configuration-',
    ]);
    await apply(cluster.automatic);
    await settled();
  }

  async function rollBack(): Promise<void> {
    await kubectl(['-n', SYSTEM, 'scale', 'deployment', 'lithopod-rotate', '--replicas=0']);
    await until('the end of rotate', machines.isSettled);
    const secret = await kubectl(['-n', SYSTEM, 'get', 'secret', 'lithopod-tls', '-o', 'yaml']);
    await writeFile(join(old, 'tls/secret.yaml'), secret);
    await apply(old);
    await settled();
    await makeCertificate(['--force']);
    await apply(old);
    await settled();
  }

  async function readBundle(): Promise<string> {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/lithopod';
    const { webhooks } = (await api.call('GET', path)).body as {
      webhooks: { clientConfig: { caBundle?: string } }[];
    };
    return webhooks[0]!.clientConfig.caBundle ?? '';
  }

  for (const [what, change] of [
    ['upgrades', upgrade],
    ['goes back', rollBack],
    ['upgrades once more', upgrade],
  ] as const) {
    it(`${what}, and no pod is refused or left mutable`, async () => {
      const before = await readBundle();
      const { count, refused, mutable } = await duringPods(change);
      expect(refused).to.deep.equal([]);
      expect(mutable).to.equal(0);
      expect(count).to.be.greaterThan(100);
      expect(await readBundle()).not.to.equal(before);
    });
  }

  it('uninstalls, and no pod is refused', async () => {
    const { refused, mutable } = await duringPods(async () => {
      const { code, stderr } = await cli(
        ['uninstall', `--kubeconfig=${cluster.plane.kubeconfig}`, '--timeout=1'],
        { stdin: '' },
      );
      // No controller empties the namespace here.
      expect(code, stderr).to.equal(1);
      expect(stderr).to.contain('error: namespace/lithopod-system is still there after 1 seconds');
      await settled();
    });
    expect(refused).to.deep.equal([]);
    expect(mutable).to.be.greaterThan(0);
  });

  it('ran without a pod that could not go on', async () => {
    for (const log of machines.logs) {
      expect(await readFile(log, 'utf8'), log).not.to.match(/TypeError|UnhandledPromise/);
    }
  });
});
