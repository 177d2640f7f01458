import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { cli, withFolder } from '../cli/run.ts';
import { status, withApi } from './api-server.ts';
import type { Outcome } from '../cli/run.ts';
import type { Reply } from './api-server.ts';
import type { Survey } from '../../src/survey/survey.ts';

const hard = { readOnlyRootFilesystem: true, privileged: false };

function pod(namespace: string, name: string, container: object, more: object = {}): object {
  return {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', ...container }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'main', restartCount: 0, state: { running: {} } }],
    },
    ...more,
  };
}

const ended = { status: { phase: 'Succeeded' } };
const pods = [
  pod('shop', 'web-1', { image: 'nginx:1.29' }),
  pod('shop', 'web-2', { image: 'nginx:1.29', securityContext: hard }),
  pod('shop', 'gone', { image: 'gone' }, { metadata: { name: 'gone', deletionTimestamp: 'now' } }),
  pod('shop', 'api', { image: 'registry.corp/api:2' }),
  pod('shop', 'report', { image: 'registry.corp/report' }, ended),
  pod('dev', 'agent', { image: 'registry.corp/agent:1', securityContext: { privileged: true } }),
  pod('dev', 'loader', { image: 'registry.corp/loader', securityContext: { privileged: true } }),
  pod('kube-system', 'proxy', { image: 'registry.k8s.io/kube-proxy:v1.34.0' }),
];
const profile = {
  apiVersion: 'lithopod.dev/v1alpha1',
  kind: 'ImageProfile',
  metadata: { name: 'report', creationTimestamp: '2026-11-01T00:00:00Z' },
  spec: {
    images: ['registry.corp/report'],
    writable: [{ path: '/var/lib/report', why: 'What it writes.', contents: 'empty' }],
    evidence: [
      {
        kind: 'observed',
        ref: `registry.corp/report@sha256:${'a'.repeat(64)}`,
        seen: '2026-11-01',
      },
    ],
  },
};
const exemption = {
  apiVersion: 'lithopod.dev/v1alpha1',
  kind: 'Exemption',
  metadata: { name: 'loader', namespace: 'dev' },
  spec: {
    images: ['registry.corp/loader'],
    rules: ['no-privileged', 'read-only-root'],
    reason: 'It loads modules.',
    expires: '2099-01-01',
  },
};
const namespaces = [
  { metadata: { name: 'shop', labels: { 'lithopod.dev/enforce': 'immutable' } } },
  { metadata: { name: 'dev', labels: { 'lithopod.dev/enforce': 'immutable' } } },
  { metadata: { name: 'kube-system' } },
];
const lists: Readonly<Record<string, readonly object[]>> = {
  '/api/v1/pods': pods,
  '/api/v1/namespaces': namespaces,
  '/apis/lithopod.dev/v1alpha1/imageprofiles': [profile],
  '/apis/lithopod.dev/v1alpha1/exemptions': [exemption],
  '/api/v1/namespaces/shop/pods': pods.slice(0, 5),
};

/** In pages of three. */
function answer(path: string, query: URLSearchParams): Reply | undefined {
  if (path === '/api/v1/namespaces/shop') return { body: namespaces[0] };
  const items = lists[path];
  if (items === undefined) return undefined;
  const from = Number(query.get('continue') ?? 0);
  const next = from + 3 < items.length ? { continue: String(from + 3) } : {};
  return { body: { metadata: next, items: items.slice(from, from + 3) } };
}

function survey(
  argv: readonly string[],
  forbidden?: RegExp,
): Promise<Outcome & { readonly asked: readonly string[] }> {
  return withApi(
    (path, query) =>
      forbidden?.test(path) === true ? status(403, 'User "dev" cannot') : answer(path, query),
    async ({ kubeconfig, asked }) => ({
      ...(await cli(['survey', '--kubeconfig', kubeconfig, ...argv])),
      asked,
    }),
  );
}

const golden = new URL('golden/survey.txt', import.meta.url);

describe('lithopod survey', () => {
  it('has every image in one table', async () => {
    const { code, stdout, stderr } = await survey(['-A']);
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, stdout);
    expect(stdout).to.equal(await readFile(golden, 'utf8'));
  });

  it('reads lists alone, of pods in pages of 500', async () => {
    const { asked } = await survey(['-A']);
    const paths = new Set(asked.map((each) => each.split('?')[0]));
    expect([...paths]).to.have.members([
      'GET /api/v1/pods',
      'GET /api/v1/namespaces',
      'GET /apis/lithopod.dev/v1alpha1/imageprofiles',
      'GET /apis/lithopod.dev/v1alpha1/exemptions',
    ]);
    expect(asked.filter((each) => each.startsWith('GET /api/v1/pods?limit=500'))).to.have.lengthOf(
      3,
    );
  });

  it('has the namespace of the context, or the one that is named', async () => {
    const { stdout } = await survey(['-o', 'json']);
    const { namespace, summary } = JSON.parse(stdout) as Survey;
    expect(namespace).to.equal('shop');
    expect(summary.pods).to.equal(4);
    expect((await survey(['-n', 'shop', '-o', 'json'])).stdout).to.equal(stdout);
    const nowhere = await survey(['-n', 'nowhere']);
    expect(nowhere.code).to.equal(2);
    expect(nowhere.stderr).to.include('there is no namespace "nowhere"');
    expect((await survey(['-n', 'shop', '-A'])).code).to.equal(2);
  });

  it('prints JSON by its published schema', async () => {
    const schema = fileURLToPath(new URL('../../schemas/survey.v1.schema.json', import.meta.url));
    const validate = new Ajv2020({ strict: false }).compile(
      JSON.parse(await readFile(schema, 'utf8')) as object,
    );
    const value: unknown = JSON.parse((await survey(['-A', '-o', 'json'])).stdout);
    expect(validate(value), JSON.stringify(validate.errors)).to.equal(true);
  });

  it('fails by what it finds', async () => {
    const codes = async (...argv: readonly string[]) => (await survey(argv)).code;
    expect(await codes('-A', '--fail-on', 'none')).to.equal(0);
    expect(await codes('-A', '--fail-on', 'mutable')).to.equal(1);
    expect(await codes('-A', '--fail-on', 'learn')).to.equal(1);
    expect(await codes('-A', '--fail-on', 'cannot')).to.equal(1);
    expect(await codes('-n', 'shop', '--fail-on', 'cannot')).to.equal(0);
    expect(await codes('-n', 'shop', '--fail-on', 'cannot,learn')).to.equal(1);
    expect(await codes('-A', '--fail-on', 'none,learn')).to.equal(2);
    expect(await codes('-A', '--fail-on', 'sometimes')).to.equal(2);
  });

  it('says what it does not know, without a right', async () => {
    const { code, stdout } = await survey(['-A'], /exemptions|imageprofiles/);
    expect(code).to.equal(0);
    expect(stdout)
      .to.include('may not read the Exemptions of all namespaces: a ClusterRole has to allow')
      .and.include('no pod counts as exempted')
      .and.include('may not read the ImageProfiles')
      .and.match(/learn first +1 \(1 ended\) .* registry\.corp\/report/);
    const unlabelled = await survey(['-A', '-o', 'json'], /\/namespaces$/);
    const { summary } = JSON.parse(unlabelled.stdout) as Survey;
    expect(summary.mutable.unread).to.equal(4);
    expect((await survey(['-A'], /\/pods$/)).code).to.equal(2);
  });

  it('takes what kubectl printed', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        ...pods.map((each) => ({ apiVersion: 'v1', kind: 'Pod', ...each })),
        ...namespaces.map((each) => ({ apiVersion: 'v1', kind: 'Namespace', ...each })),
        profile,
        exemption,
      ],
    };
    const expected = (await survey(['-A'])).stdout;
    const argv = ['survey', '-f', '-'];
    expect((await cli(argv, { stdin: JSON.stringify(list) })).stdout).to.equal(expected);
    expect((await cli(argv, { stdin: stringify(list) })).stdout).to.equal(expected);
    await withFolder({ 'pods.json': JSON.stringify(list) }, async (folder) => {
      const { stdout } = await cli(['survey', '-n', 'dev', '-f', join(folder, 'pods.json')]);
      expect(stdout).to.include('2 images in 2 pods');
    });
    const podList = { apiVersion: 'v1', kind: 'PodList', items: pods };
    const raw = await cli(argv, { stdin: JSON.stringify(podList) });
    expect(raw.stdout).to.include('not known why').and.include('the files hold no namespaces');
    const { code, stderr } = await cli(argv, { stdin: 'kind: Service' });
    expect(code).to.equal(2);
    expect(stderr).to.include('there is no pod to survey');
  });

  it('counts what has the shape of no pod', async () => {
    const list = { kind: 'List', items: [{ kind: 'Pod', metadata: { name: 'x' }, spec: 7 }] };
    const { code, stdout } = await cli(['survey', '-f', '-'], { stdin: JSON.stringify(list) });
    expect(code).to.equal(0);
    expect(stdout).to.include('No pods.').and.include('1 pod of another shape: x: /spec');
  });
});
