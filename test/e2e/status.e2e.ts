// `lithopod status` of an installation on a real API server, and what it says of what is wrong.

import { join } from 'node:path';
import { expect } from 'chai';
import { cli } from '../cli/run.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { prepareInstallation, until, type Installation } from './installation.ts';
import { openApi, type Api } from './scenarios/api.ts';
import { installedObjects, list } from './scenarios/cluster.ts';
import { startOurWebhook, type OurWebhook } from './scenarios/our-webhook.ts';
import { kubeconfigOfAccount } from './service-account.ts';

const root = join(import.meta.dirname, '../..');
const ns = 'lithopod-system';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly summary: string;
  readonly details: readonly string[];
}

describe('lithopod status', () => {
  let installation: Installation;
  let plane: ControlPlane;
  let api: Api;
  let webhook: OurWebhook | undefined;

  before(async () => {
    installation = await prepareInstallation();
    ({ plane } = installation);
    api = await openApi(plane);
  });
  after(async () => {
    await webhook?.stop();
    api.close();
    await installation.stop();
  });

  const status = (...flags: readonly string[]) =>
    cli(['status', '--kubeconfig', plane.kubeconfig, ...flags]);
  const checks = async (): Promise<ReadonlyMap<string, Check>> => {
    const { stdout } = await status('-o', 'json');
    const { checks: all } = JSON.parse(stdout) as { checks: readonly Check[] };
    return new Map(all.map((each) => [each.name, each]));
  };
  const check = async (name: string): Promise<Check> => (await checks()).get(name)!;
  /** There is no controller that starts pods here: what it would write of them. */
  const setReady = async (name: string, ready: number): Promise<void> => {
    const path = `/apis/apps/v1/namespaces/${ns}/deployments/${name}`;
    const { body } = await api.call('GET', path);
    const { metadata } = body as { metadata: { generation: number } };
    const { status: code } = await api.call('PATCH', `${path}/status`, {
      status: {
        observedGeneration: metadata.generation,
        replicas: ready,
        updatedReplicas: ready,
        readyReplicas: ready,
      },
    });
    expect(code).to.equal(200);
  };

  it('says of a cluster without an installation what is missing', async () => {
    const { code, stdout } = await status();
    expect(code).to.equal(1);
    expect(stdout)
      .to.include('there is no MutatingWebhookConfiguration "lithopod": no pod is hardened')
      .and.include('there is no Secret "lithopod-tls"')
      .and.include('there is no Deployment "lithopod" in the namespace lithopod-system');
  });

  it('waits for the replicas', async () => {
    const { secretYaml } = await installation.makeSecret(['127.0.0.1']);
    const applied = await installation.kubectl(['apply', '-k', installation.folder]);
    expect(applied.code, applied.stderr).to.equal(0);
    for (const file of ['05-crd-imageprofile', '06-crd-exemption', '26-rights-profiles']) {
      const at = join(root, 'manifests', `${file}.yaml`);
      const { code, stderr } = await installation.kubectl(['apply', '--server-side', '-f', at]);
      expect(code, stderr).to.equal(0);
    }
    const kubeconfig = await kubeconfigOfAccount(plane);
    webhook = await startOurWebhook(secretYaml, plane.dir, { kubeconfig });
    const early = await status('--wait', '--timeout', '1');
    expect(early.code).to.equal(1);
    expect(early.stdout).to.include('lithopod 0/2');
    const waiting = status('--wait', '--timeout', '60');
    await setReady('lithopod', 2);
    const { code, stdout } = await waiting;
    expect(code, stdout).to.equal(0);
    expect(stdout).to.include('lithopod 2/2 ready');
  });

  it('trusts the certificate by every entry, and finds its own configuration unchanged', async () => {
    expect(await check('certificate')).to.include({ state: 'ok' });
    expect(await check('webhook')).to.include({ state: 'ok' });
    expect((await check('certificate')).summary).to.include('trusted by every entry');
  });

  it('names what somebody changed in the webhook configuration, and leaves it', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/lithopod';
    const { body } = await api.call('GET', path);
    const stored = body as { webhooks: { name: string; failurePolicy: string }[] };
    const changed = {
      ...stored,
      webhooks: stored.webhooks.map((each) =>
        each.name === 'enforce-immutable.lithopod.dev'
          ? { ...each, failurePolicy: 'Ignore' }
          : each,
      ),
    };
    expect((await api.call('PUT', path, changed)).status).to.equal(200);
    expect(await check('webhook')).to.deep.include({
      state: 'warning',
      details: ['enforce-immutable.lithopod.dev: failurePolicy is Ignore'],
    });
    // Tests run beside the API server: its own URL in place of the Service.
    const objects = await installedObjects(installation, webhook!.port);
    const webhooks = objects.filter(({ kind }) => kind.startsWith('Mutating'));
    await installation.kubectl(['apply', '-f', '-'], list(webhooks));
    const { details } = await check('webhook');
    expect(details.length).to.be.above(3);
    expect(details.every((line) => line.endsWith('clientConfig is another one'))).to.equal(true);
  });

  it('finds pods that are older than the label, and pods of an ended exemption', async () => {
    const privileged = (name: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        containers: [
          { name: 'app', image: 'registry.corp/agent:1', securityContext: { privileged: true } },
        ],
      },
    });
    await installation.namespace('shop', {});
    expect((await api.createPod('shop', privileged('old'))).status).to.equal(201);
    await installation.kubectl(['label', 'ns', 'shop', 'lithopod.dev/enforce=immutable']);
    await until('hardening', async () => {
      const { body } = await api.createPod('shop', privileged('new'), { dryRun: true });
      return JSON.stringify(body).includes('"privileged":false');
    });
    expect(await check('pods')).to.include({
      state: 'warning',
      summary: '1 of 1 in enforced namespaces are mutable',
    });
    expect((await check('pods')).details[0]).to.match(/^shop\/old since \d{4}-/);

    await api.create('/apis/lithopod.dev/v1alpha1/namespaces/shop/exemptions', {
      apiVersion: 'lithopod.dev/v1alpha1',
      kind: 'Exemption',
      metadata: { name: 'agent' },
      spec: {
        images: ['registry.corp/agent'],
        rules: ['no-privileged'],
        reason: 'It loads a module.',
        expires: `${new Date(Date.now() + 8_000).toISOString().slice(0, 19)}Z`,
      },
    });
    await until('the exemption', async () => {
      const { body } = await api.createPod('shop', privileged('new'), { dryRun: true });
      return JSON.stringify(body).includes('"privileged":true');
    });
    await api.createPod('shop', privileged('spared'));
    expect((await check('pods')).summary).to.include('1 by an exemption in force');
    await until('its end', async () => (await check('exemptions')).summary.includes('1 ended'));
    expect(await check('exemptions')).to.deep.include({
      state: 'warning',
      details: [
        'pod shop/spared runs by shop/agent, which has ended or is gone: its next start is hardened',
      ],
    });
    expect((await check('pods')).summary).to.equal('2 of 2 in enforced namespaces are mutable');
    // The installation works all the same.
    expect((await status()).code).to.equal(0);
    expect((await status('--fail-on', 'warning')).code).to.equal(1);
  });

  it('names labels that do nothing', async () => {
    await installation.kubectl(['label', 'ns', 'kube-public', 'lithopod.dev/enforce=immutable']);
    await installation.namespace('both', {
      'lithopod.dev/enforce': 'restricted',
      'lithopod.dev/warn': 'restricted',
    });
    const { details, summary } = await check('namespaces');
    expect(details).to.include.members([
      'kube-public: lithopod.dev/enforce=immutable has no effect: it is never selected',
      'both: lithopod.dev/warn=restricted has no effect beside enforce=restricted',
    ]);
    expect(summary).to.include('enforce 3 (1 restricted)');
  });

  it('says what may not be read, of its own part', async () => {
    await plane.kubectl([
      'create',
      'clusterrole',
      'few',
      '--verb=get,list',
      '--resource=namespaces',
    ]);
    await plane.kubectl([
      ...['create', 'clusterrolebinding', 'few', '--clusterrole=few'],
      ...['--serviceaccount=lithopod-system:lithopod'],
    ]);
    const { stdout, code } = await cli([
      ...['status', '--kubeconfig', join(plane.dir, 'account.kubeconfig')],
    ]);
    expect(code, stdout).to.equal(0);
    expect(stdout).to.match(/unknown +replicas +may not read the Deployments of lithopod-system/);
    expect(stdout).to.match(/unknown +pods +may not read the pods of /);
  });

  it('reads nothing where there is no cluster', async () => {
    const { code, stderr } = await cli(['status', '--kubeconfig', '/nonexistent']);
    expect(code).to.equal(2);
    expect(stderr).to.include('/nonexistent');
  });
});
