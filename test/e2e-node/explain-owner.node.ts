// `lithopod explain` over pods that real controllers made: who made each, and what its template
// asks for in vain.

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { makeExplainer, type Explain } from './explaining.ts';
import { busybox } from './images/recipes/base.ts';
import type { Cluster, Manifest } from './node/cluster.ts';
import { until } from './node/until.ts';
import { immutableNamespace, useNode } from './shared-node.ts';

const namespace = immutableNamespace;

describe('lithopod explain over pods that controllers made', () => {
  let cluster: Cluster;
  let explain: Explain;

  before(async function () {
    cluster = await useNode(this, [busybox]);
    const profiles = await mkdtemp(join(cluster.premises.dir, 'profiles-'));
    explain = await makeExplainer(cluster, [namespace], profiles, 'maker-reader');
  });

  const kubectl = (args: readonly string[], input?: Manifest): Promise<string> =>
    cluster.kubectl(['-n', namespace, ...args], input);

  const container = {
    name: 'main',
    image: 'busybox:1.35',
    imagePullPolicy: 'IfNotPresent',
    command: ['sleep', '100000'],
  };
  const demanding = {
    ...container,
    securityContext: { privileged: true, capabilities: { add: ['SYS_ADMIN'] } },
  };
  const templateOf = (app: string, each: Manifest, spec: Manifest = {}): Manifest => ({
    metadata: { labels: { app } },
    spec: { terminationGracePeriodSeconds: 1, containers: [each], ...spec },
  });
  const selecting = (app: string): Manifest => ({
    selector: { matchLabels: { app } },
    template: templateOf(app, demanding),
  });

  async function create(apiVersion: string, kind: string, name: string, spec: Manifest) {
    // A try before this one may have left it, with its pods.
    await kubectl(['delete', kind, name, '--ignore-not-found', '--cascade=foreground']);
    await kubectl(['create', '-f', '-'], { apiVersion, kind, metadata: { name }, spec });
  }

  /** What it prints of the pod that has these labels. */
  async function explained(selector: string): Promise<string> {
    let name = '';
    await until(`pod of ${selector}`, async () => {
      name = await kubectl([
        'get',
        'pods',
        '-l',
        selector,
        '-o',
        'jsonpath={.items[0].metadata.name}',
      ]);
      return name !== '';
    });
    const { code, stdout, stderr } = await explain({ namespace, name });
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include('Hardened by Lithopod');
    expect(stdout).not.to.include('template');
    return stdout;
  }

  const taken = (owner: string): string =>
    [
      `  taken away, though ${owner} asks for it`,
      '    container "main" asked for privileged: true and runs with privileged: false',
      '    container "main" asked for SYS_ADMIN and runs without',
      '',
    ].join('\n');

  it('a Deployment’s', async () => {
    await create('apps/v1', 'Deployment', 'told-deployment', selecting('told-deployment'));
    const told = await explained('app=told-deployment');
    const [, set = ''] =
      /Made by (ReplicaSet\/\S+) of Deployment\/told-deployment\.\n/.exec(told) ?? [];
    expect(told).to.include(taken(set));
  });

  for (const kind of ['DaemonSet', 'StatefulSet']) {
    it(`a ${kind}’s, also when it has another template by now`, async () => {
      const app = `told-${kind.toLowerCase()}`;
      const updateStrategy = { type: 'OnDelete' };
      await create('apps/v1', kind, app, {
        ...selecting(app),
        updateStrategy,
        ...(kind === 'StatefulSet' && { serviceName: app }),
      });
      expect(await explained(`app=${app}`)).to.include(taken(`${kind}/${app}`));
      const template = templateOf(app, container);
      const patch = JSON.stringify({ spec: { template } });
      await kubectl(['patch', `${kind}/${app}`, '--type=merge', '-p', patch]);
      expect(await explained(`app=${app}`)).to.include(taken(`${kind}/${app}`));
    });
  }

  it('a CronJob’s', async () => {
    const template = templateOf('told-job', demanding, { restartPolicy: 'Never' });
    const jobTemplate = { spec: { template } };
    await create('batch/v1', 'CronJob', 'told', { schedule: '0 0 1 1 *', jobTemplate });
    await kubectl(['create', 'job', 'told-now', '--from=cronjob/told']);
    const told = await explained('app=told-job');
    expect(told).to.include('Made by Job/told-now of CronJob/told.\n');
    expect(told).to.include(taken('Job/told-now'));
  });

  after(async () => {
    // Where it was skipped there is none.
    if ((cluster as Cluster | undefined) === undefined) return;
    const all =
      'deployment/told-deployment,daemonset/told-daemonset,statefulset/told-statefulset,cronjob/told';
    await kubectl(['delete', ...all.split(','), '--ignore-not-found', '--wait=false']);
  });
});
