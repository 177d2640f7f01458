// `lithopod install` and `lithopod uninstall` on a real API server. No controller runs there, so
// this file does to an emptied namespace what the namespace controller does.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { cli, type Outcome, type Surroundings } from '../cli/run.ts';
import { list } from './scenarios/cluster.ts';
import { openApi, type Api } from './scenarios/api.ts';
import { prepareInstallation, until, type Installation, type Manifest } from './installation.ts';

const STONE = 'stone';
const LABEL = { 'app.kubernetes.io/name': 'lithopod' };

interface StoredNamespace {
  readonly metadata: { readonly deletionTimestamp?: string; readonly name: string };
  readonly spec: object;
}

describe('lithopod uninstall', () => {
  let cluster: Installation;
  let api: Api;
  /** All objects of the cluster before there was anything of Lithopod. */
  let untouched: readonly string[];
  let isOver = false;
  let finalizing: Promise<void>;

  before(async () => {
    cluster = await prepareInstallation();
    api = await openApi(cluster.plane);
    for (const plural of ['certificates', 'issuers']) await defineForCertManager(plural);
    await cluster.namespace('shop', {});
    untouched = await everything();
    finalizing = finalizeNamespaces();
  });
  afterEach('uninstall', async () => {
    await uninstall(['--crds', '--labels']);
  });
  after(async () => {
    isOver = true;
    await finalizing;
    api.close();
    await cluster.stop();
  });

  async function uninstall(
    args: readonly string[],
    { kubeconfig = cluster.plane.kubeconfig, ...surroundings }: Surroundings & Config = {},
  ): Promise<Outcome> {
    const namespace = args.some((each) => each.startsWith('--namespace')) ? [] : ['-n', STONE];
    return cli(
      ['uninstall', `--kubeconfig=${kubeconfig}`, '--timeout=10', ...namespace, ...args],
      surroundings.typed === undefined ? { stdin: '' } : surroundings,
    );
  }

  async function install(args: readonly string[] = []): Promise<void> {
    const { stdout, stderr, code } = await cli(['install', `--namespace=${STONE}`, ...args]);
    expect(code, stderr).to.equal(0);
    const apply = ['apply', '--server-side', '-f', '-'];
    const applied = await cluster.plane.kubectl(apply, { input: stdout });
    expect(applied, applied.stderr).to.include({ code: 0, stderr: '' });
  }

  async function everything(): Promise<readonly string[]> {
    const resources = await kubectl(['api-resources', '--verbs=list', '-o', 'name']);
    const names = resources
      .split('\n')
      .filter(
        (name) => name !== '' && !/^(events|leases|apiservices|ipaddresses|endpoint)/.test(name),
      );
    const found = await kubectl(['get', names.join(','), '-A', '-o', 'name']);
    return found
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
    const { code, stdout, stderr } = await cluster.kubectl(args, input);
    expect(code, stderr).to.equal(0);
    return stdout;
  }

  async function finalizeNamespaces(): Promise<void> {
    while (!isOver) {
      const { body } = await api.call('GET', '/api/v1/namespaces');
      for (const each of (body as { items: readonly StoredNamespace[] }).items) {
        const { name, deletionTimestamp } = each.metadata;
        if (deletionTimestamp === undefined || (await holds(name))) continue;
        await api.call('PUT', `/api/v1/namespaces/${name}/finalize`, {
          ...each,
          spec: { finalizers: [] },
        });
      }
      await delay(100);
    }
  }

  async function holds(namespace: string): Promise<boolean> {
    const kinds = 'deployments,secrets,services,serviceaccounts,roles,rolebindings,networkpolicies';
    const get = ['-n', namespace, 'get', `${kinds},poddisruptionbudgets,resourcequotas`];
    return (await kubectl([...get, '-o', 'name'])) !== '';
  }

  async function defineForCertManager(plural: string): Promise<void> {
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const kind = plural === 'issuers' ? 'Issuer' : 'Certificate';
    await kubectl(['apply', '-f', '-'], {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.cert-manager.io` },
      spec: {
        group: 'cert-manager.io',
        scope: 'Namespaced',
        names: { kind, plural },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    });
    await until(kind, async () => (await cluster.kubectl(['get', plural, '-A'])).code === 0);
  }

  /** What `serve` and `rotate` need is not there: the Secret is made as `rotate` makes it. */
  async function makeSecret(): Promise<void> {
    await kubectl([
      '-n',
      STONE,
      'create',
      'secret',
      'generic',
      'lithopod-tls',
      '--from-literal=a=b',
    ]);
  }

  const profile = (finalizers: readonly string[] = []): Manifest => ({
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'ImageProfile',
    metadata: { name: 'ours', finalizers } as Manifest['metadata'],
    spec: {
      images: ['registry.test/ours'],
      evidence: [{ kind: 'source', ref: 'ours', at: 'v1', seen: '2026-11-21' }],
    },
  });

  async function applyProfile(finalizers: readonly string[] = []): Promise<void> {
    await until('the kind', async () => (await cluster.kubectl(['get', 'iprof'])).code === 0);
    await kubectl(['apply', '-f', '-'], profile(finalizers));
  }

  it('leaves the definitions and their objects, and labels, and says how many', async () => {
    await install();
    await makeSecret();
    await applyProfile();
    await cluster.namespace('shop', { 'lithopod.dev/audit': 'immutable', team: 'shop' });
    const { code, stderr, stdout } = await uninstall([]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal(
      'customresourcedefinition.apiextensions.k8s.io/exemptions.lithopod.dev stays with 0 exemption.lithopod.dev in it (--crds deletes both)\n' +
        'customresourcedefinition.apiextensions.k8s.io/imageprofiles.lithopod.dev stays with 1 imageprofile.lithopod.dev in it (--crds deletes both)\n' +
        'lithopod.dev labels stay on 1 namespace, without effect (--labels takes them off): shop\n',
    );
    expect(stdout.split('\n')[0]).to.equal(
      'mutatingwebhookconfiguration.admissionregistration.k8s.io/lithopod deleted',
    );
    expect(await everything()).to.have.members([
      ...untouched,
      'customresourcedefinition.apiextensions.k8s.io/exemptions.lithopod.dev',
      'customresourcedefinition.apiextensions.k8s.io/imageprofiles.lithopod.dev',
      'imageprofile.lithopod.dev/ours',
    ]);
    expect(await labelsOf('shop')).to.include({ 'lithopod.dev/audit': 'immutable' });
  });

  it('leaves nothing with --crds and --labels, and then has nothing to do', async () => {
    await install();
    await makeSecret();
    await applyProfile();
    await cluster.namespace('shop', { 'lithopod.dev/audit': 'immutable', team: 'shop' });
    const { code, stderr } = await uninstall(['--crds', '--labels']);
    expect(code, stderr).to.equal(0);
    expect(stderr)
      .to.contain('imageprofiles.lithopod.dev is deleted with 1 ')
      .and.contain(': shop');
    expect(await everything()).to.deep.equal(untouched);
    expect(await labelsOf('shop'))
      .to.include({ team: 'shop' })
      .and.not.have.property('lithopod.dev/audit');
    const again = await uninstall(['--crds', '--labels']);
    expect(again).to.include({ code: 0, stdout: '' });
    expect(again.stderr).to.equal('nothing to delete in the cluster of the context "e2e"\n');
  });

  async function labelsOf(namespace: string): Promise<object> {
    const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}`);
    return (body as { metadata: { labels: object } }).metadata.labels;
  }

  it('leaves nothing of the other ways to install', async () => {
    await install(['--cert-manager', '--host-network', '--port=10300', '--replicas=1']);
    await kubectl(['-n', STONE, 'create', 'secret', 'generic', 'lithopod-ca']);
    expect((await uninstall([])).code).to.equal(0);
    expect(await everything()).to.deep.equal(untouched);

    const overlay = join(cluster.automatic, '..', STONE);
    await mkdir(overlay);
    const text = `namespace: ${STONE}\nresources: [../manifests]\n`;
    await writeFile(join(overlay, 'kustomization.yaml'), text);
    const applied = await cluster.kubectl(['apply', '-k', overlay]);
    expect(applied, applied.stderr).to.include({ code: 0, stderr: '' });
    expect((await uninstall(['--crds'])).code).to.equal(0);
    expect(await everything()).to.deep.equal(untouched);

    await cluster.makeSecret();
    await kubectl(['apply', '-k', cluster.folder]);
    const { code, stderr } = await uninstall(['--namespace=lithopod-system']);
    expect(code, stderr).to.equal(0);
    expect(await everything()).to.deep.equal(untouched);
  });

  it('leaves nothing of what somebody began to delete, in any order', async () => {
    await install();
    const installed = (await everything()).filter((name) => !untouched.includes(name));
    for (const nth of [0, 1, 2]) {
      await install();
      const gone = installed.filter(
        (name, index) => index % 3 === nth && !name.startsWith('namespace/'),
      );
      await kubectl(['-n', STONE, 'delete', '--ignore-not-found', ...gone]);
      const { code, stderr } = await uninstall(['--crds']);
      expect(code, stderr).to.equal(0);
      expect(await everything()).to.deep.equal(untouched);
    }
    await install();
    await kubectl(['delete', 'namespace', STONE, '--wait=false']);
    const { code, stderr } = await uninstall(['--crds']);
    expect(code, stderr).to.equal(0);
    expect(await everything()).to.deep.equal(untouched);
  });

  it('takes what another release has, by its label and name, and nobody else’s', async () => {
    await install();
    const reader = (name: string, labels: object): object => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name, labels },
      rules: [],
    });
    const others = [reader('lithopod-fans', {}), reader('my-lithopod-reader', LABEL)];
    await kubectl(['apply', '-f', '-'], list([...others, reader('lithopod-older', LABEL)]));
    expect((await uninstall(['--crds'])).code).to.equal(0);
    expect(await everything()).to.have.members([
      ...untouched,
      'clusterrole.rbac.authorization.k8s.io/lithopod-fans',
      'clusterrole.rbac.authorization.k8s.io/my-lithopod-reader',
    ]);
    await kubectl(['delete', 'clusterrole', 'lithopod-fans', 'my-lithopod-reader']);
  });

  it('leaves the namespace where something else is in it', async () => {
    await install();
    await kubectl(['-n', STONE, 'create', 'configmap', 'theirs']);
    const { code, stderr } = await uninstall(['--crds']);
    expect(code).to.equal(1);
    expect(stderr).to.contain(
      'warning: namespace/stone stays: it holds what is not Lithopod’s (configmap/theirs); if nobody needs that: kubectl delete namespace stone\n',
    );
    expect(await everything()).to.have.members([
      ...untouched,
      'namespace/stone',
      'configmap/theirs',
    ]);
    await kubectl(['-n', STONE, 'delete', 'configmap', 'theirs']);
  });

  it('says what is still there, and why', async () => {
    await install();
    const hold = JSON.stringify({ metadata: { finalizers: ['example.com/held'] } });
    const free = JSON.stringify({ metadata: { finalizers: null } });
    const patch = (what: readonly string[], body: string): Promise<string> =>
      kubectl(['patch', ...what, '--type=merge', '-p', body]);
    const service = ['-n', STONE, 'service', 'lithopod'];
    await patch(service, hold);
    await applyProfile(['example.com/held']);
    const { code, stderr } = await uninstall(['--crds', '--timeout=1']);
    expect(code).to.equal(1);
    const after = 'is still there after 1 seconds';
    expect(stderr).to.contain(
      `error: service/lithopod ${after}: it waits for its finalizers example.com/held\n`,
    );
    expect(stderr).to.contain(
      `imageprofiles.lithopod.dev ${after}: it waits for its finalizers customresourcecleanup.apiextensions.k8s.io\n`,
    );
    expect(stderr).to.contain(`error: namespace/stone ${after}: Kubernetes empties it first`);
    await patch(service, free);
    await patch(['imageprofile', 'ours'], free);
    const definitions = ['get', 'crd', '-o', 'name'];
    await until('the end', async () => !(await kubectl(definitions)).includes('lithopod'));
    expect(await everything()).to.deep.equal(untouched);
  });

  it('deletes nothing else where the webhook configuration does not go', async () => {
    await install();
    const configuration = ['mutatingwebhookconfiguration', 'lithopod'];
    const patch = (finalizers: unknown): Promise<string> =>
      kubectl([
        ...['patch', ...configuration, '--type=merge', '-p'],
        JSON.stringify({ metadata: { finalizers } }),
      ]);
    await patch(['example.com/held']);
    const before = await everything();
    const { code, stdout } = await uninstall(['--timeout=1']);
    expect(code).to.equal(1);
    expect(stdout.trim().split('\n')).to.have.length(1);
    expect(await everything()).to.deep.equal(before);
    await patch(null);
  });

  it('refuses a namespace in which it is not', async () => {
    await install();
    const before = await everything();
    expect(await uninstall(['--namespace=lithopod-system'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr:
        'error: the webhook configuration "lithopod" asks a Service in the namespace "stone", so that is where Lithopod is: use --namespace stone\n',
    });
    expect(await everything()).to.deep.equal(before);
  });

  it('follows an installation that never selects its own namespace, whatever its name', async () => {
    await install();
    const label = async (name: string): Promise<readonly string[]> => {
      const path = `/api/v1/namespaces/${name}?dryRun=All`;
      const labels = { 'lithopod.dev/enforce': 'immutable' };
      return (await api.call('PATCH', path, { metadata: { labels } })).warnings;
    };
    await until('the warning', async () => (await label(STONE)).length > 0);
    expect((await label(STONE)).join()).to.contain(
      'lithopod.dev/enforce has no effect in stone, which Lithopod never selects',
    );
    expect(await label('shop')).to.deep.equal([]);
    const selectors = await kubectl([
      ...['get', 'mutatingwebhookconfiguration/lithopod', '-o'],
      'jsonpath={.webhooks[*].namespaceSelector.matchExpressions[*].values}',
    ]);
    expect(selectors).to.contain('"stone"').and.not.contain('lithopod-system');
  });

  it('only says what it would delete, with --dry-run', async () => {
    await install();
    await cluster.namespace('shop', { 'lithopod.dev/warn': 'immutable' });
    const before = await everything();
    const { code, stdout } = await uninstall(['--dry-run', '--crds', '--labels']);
    expect(code).to.equal(0);
    const lines = stdout.trim().split('\n');
    expect(lines).to.include('namespace/stone deleted (dry run)');
    expect(lines).to.include('namespace/shop unlabeled (dry run)');
    expect(lines).to.have.length(before.length - untouched.length + 1);
    expect(await everything()).to.deep.equal(before);
  });

  it('asks on a terminal, unless --yes says so', async () => {
    await install();
    const before = await everything();
    for (const typed of ['', 'yesterday\n']) {
      const { code, stdout, stderr } = await uninstall([], { typed });
      expect({ code, stdout }, stderr).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr)
        .to.contain('  namespace/stone\n')
        .and.contain('Delete this in the cluster of the context "e2e"? [y/N] nothing was deleted');
    }
    expect(await everything()).to.deep.equal(before);
    expect((await uninstall([], { typed: 'y\n' })).code).to.equal(0);
    await install();
    expect((await uninstall(['--yes'], { typed: '' })).stderr).not.to.contain('[y/N]');
  });

  describe('run by somebody without rights', () => {
    async function kubeconfigOf(account: string): Promise<string> {
      await kubectl(['-n', 'shop', 'create', 'serviceaccount', account]);
      const token = await kubectl(['-n', 'shop', 'create', 'token', account]);
      const config = JSON.parse(await readFile(cluster.plane.kubeconfig, 'utf8')) as object;
      const file = join(cluster.plane.dir, `${account}.kubeconfig`);
      const users = [{ name: 'admin', user: { token: token.trim() } }];
      await writeFile(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
      return file;
    }

    for (const [account, verb] of [
      ['stranger', 'list'],
      ['reader', 'delete'],
    ] as const) {
      it(`says which, and deletes nothing: ${verb}`, async () => {
        const kubeconfig = await kubeconfigOf(account);
        if (verb === 'delete') {
          const all = ['--verb=get,list', '--resource=*.*'];
          await kubectl(['create', 'clusterrole', 'reads-all', ...all]);
          const binding = ['create', 'clusterrolebinding', 'reads-all', '--clusterrole=reads-all'];
          await kubectl([...binding, `--serviceaccount=shop:${account}`]);
        }
        await install();
        const before = await everything();
        const { code, stdout, stderr } = await uninstall([], { kubeconfig });
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.match(
          new RegExp(
            `^error: may not ${verb} mutatingwebhookconfigurations\\.admissionregistration\\.k8s\\.io: a Role or ClusterRole has to allow the verb "${verb}" on `,
            'm',
          ),
        );
        expect(await everything()).to.deep.equal(before);
        await kubectl(['-n', 'shop', 'delete', 'serviceaccount', account]);
        await kubectl([
          'delete',
          'clusterrole,clusterrolebinding',
          'reads-all',
          '--ignore-not-found',
        ]);
      });
    }
  });
});

interface Config {
  readonly kubeconfig?: string;
}
