import { join } from 'node:path';
import type { RequestOptions } from 'node:https';
import { expect } from 'chai';
import { readConnection } from '../../src/cluster/kubeconfig.ts';
import { formatProblem } from '../../src/core/values/result.ts';
import { withFolder } from '../cli/run.ts';
import { kubeconfigText } from './api-server.ts';
import type { ClusterChoice } from '../../src/cluster/kubeconfig.ts';

const nowhere = { HOME: '/nonexistent' };
const a = kubeconfigText({ server: 'https://a.test:6443/', context: 'a', namespace: 'shop' });
const b = kubeconfigText({ server: 'https://b.test/prefix', context: 'b', namespace: 'bank' });

function server(
  choice: ClusterChoice,
  environment: Readonly<Record<string, string>>,
  folder?: string,
): string {
  const connection = readConnection(choice, environment, folder);
  if (!connection.ok) throw new Error(connection.problems.map(formatProblem).join('\n'));
  return `${connection.value.server} ${connection.value.namespace}`;
}

function refusal(choice: ClusterChoice, environment: Readonly<Record<string, string>>): string {
  const connection = readConnection(choice, environment, '/nonexistent');
  if (connection.ok) throw new Error(`connected to ${connection.value.server}`);
  return connection.problems.map(formatProblem).join('\n');
}

describe('the kubeconfig', () => {
  it('is the given file before KUBECONFIG before ~/.kube/config', async () => {
    const c = kubeconfigText({ server: 'https://c.test', namespace: 'c' });
    await withFolder({ a, b, '.kube/config': c }, (folder) => {
      const environment = { HOME: folder, KUBECONFIG: join(folder, 'b') };
      expect(server({ kubeconfig: join(folder, 'a') }, environment)).to.equal(
        'https://a.test:6443 shop',
      );
      expect(server({}, environment)).to.equal('https://b.test/prefix bank');
      expect(server({}, { HOME: folder })).to.equal('https://c.test c');
      expect(server({}, { HOME: folder, KUBECONFIG: '' })).to.equal('https://c.test c');
      return Promise.resolve();
    });
  });

  it('is merged of several files: the first to name a thing wins, and a missing one counts for nothing', async () => {
    const other = kubeconfigText({ server: 'https://other.test', context: 'a' });
    const unset = kubeconfigText({ server: 'https://u.test', context: 'u', current: null });
    await withFolder({ a, b, other, unset }, (folder) => {
      const files = ['missing', 'unset', 'a', 'b', 'other'].map((name) => join(folder, name));
      const environment = { ...nowhere, KUBECONFIG: files.join(':') };
      expect(server({}, environment)).to.equal('https://a.test:6443 shop');
      expect(server({ context: 'b' }, environment)).to.equal('https://b.test/prefix bank');
      expect(server({ context: 'u' }, environment)).to.equal('https://u.test shop');
      return Promise.resolve();
    });
  });

  it('takes files beside it by relative paths, and the namespace default', async () => {
    const text = JSON.stringify({
      clusters: [
        { name: 'x', cluster: { server: 'https://x.test', 'certificate-authority': 'ca.pem' } },
      ],
      contexts: [{ name: 'x', context: { cluster: 'x' } }],
      'current-context': 'x',
    });
    await withFolder({ 'sub/config': text }, (folder) => {
      const connection = readConnection({ kubeconfig: join(folder, 'sub/config') }, nowhere);
      if (!connection.ok) throw new Error('refused');
      expect(connection.value.config.getCurrentCluster()?.caFile).to.equal(
        join(folder, 'sub/ca.pem'),
      );
      expect(connection.value.namespace).to.equal('default');
      return Promise.resolve();
    });
  });

  it('is that of the service account where there is none', async () => {
    await withFolder({ token: 't', namespace: 'mine\n' }, (folder) => {
      const inPod = {
        ...nowhere,
        KUBERNETES_SERVICE_HOST: '10.0.0.1',
        KUBERNETES_SERVICE_PORT: '6443',
      };
      expect(server({}, inPod, folder)).to.equal('https://10.0.0.1:6443 mine');
      const six = { ...nowhere, KUBERNETES_SERVICE_HOST: 'fd00::1' };
      expect(server({}, six, folder)).to.equal('https://[fd00::1]:443 mine');
      return Promise.resolve();
    });
  });

  it('is refused in words that help', async () => {
    const lost = a.replace('"cluster":"a"', '"cluster":"lost"');
    const unset = kubeconfigText({ server: 'https://u.test', current: null });
    const files = { a, unset, lost, list: '[]', broken: 'a: [sesame', folder: '' };
    await withFolder(files, (folder) => {
      const of = (name: string): ClusterChoice => ({ kubeconfig: join(folder, name) });
      expect(refusal({}, nowhere)).to.match(
        /^no cluster is configured: .*\/nonexistent\/\.kube\/config/,
      );
      expect(refusal(of('missing'), nowhere)).to.match(/missing: cannot be read: ENOENT$/);
      expect(refusal({ ...of('a'), context: 'z' }, nowhere)).to.match(
        /a: has no context "z"; there are: a$/,
      );
      expect(refusal(of('unset'), nowhere)).to.match(/unset: names no current context/);
      expect(refusal(of('lost'), nowhere)).to.match(/context "a": there is no cluster "lost"$/);
      expect(refusal(of('broken'), nowhere)).to.match(/broken: is no kubeconfig: /);
      expect(refusal(of('broken'), nowhere)).not.to.include('sesame');
      return Promise.resolve();
    });
  });

  it('sends no credentials to a server without TLS, and finds the scheme, as kubectl does', async () => {
    const user = { token: 'sesame' };
    for (const [cluster, found, isSent] of [
      [{ server: 'http://127.0.0.1:8001/' }, 'http://127.0.0.1:8001', false],
      [{ server: '127.0.0.1:8001' }, 'http://127.0.0.1:8001', false],
      [{ server: 'localhost:8001' }, 'http://localhost:8001', false],
      [{ server: 'a.test', 'insecure-skip-tls-verify': true }, 'https://a.test', true],
      [{ server: 'a.test', 'certificate-authority-data': 'YQ==' }, 'https://a.test', true],
      [{ server: 'https://a.test' }, 'https://a.test', true],
    ] as const) {
      const text = JSON.stringify({
        clusters: [{ name: 'x', cluster }],
        users: [{ name: 'x', user }],
        contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        'current-context': 'x',
      });
      await withFolder({ text }, async (folder) => {
        const read = readConnection({ kubeconfig: join(folder, 'text') }, nowhere);
        if (!read.ok) throw new Error(read.problems.map(formatProblem).join());
        expect(read.value.server).to.equal(found);
        const options: RequestOptions = { headers: {} };
        await read.value.config.applyToHTTPSOptions(options);
        expect(JSON.stringify(options.headers).includes('sesame'), found).to.equal(isSent);
      });
    }
  });
});
