import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';
import { parse } from 'yaml';

import { findBuiltControllerManager } from '../control-plane/binaries.ts';
import { startServer } from '../control-plane/owned-process.ts';
import { until } from '../installation.ts';
import { sharedCluster, type Cluster } from './cluster.ts';
import { figures } from './figures.ts';
import { comparable, type StoredPod } from './stored-pod.ts';

const DEPLOYMENT = join(import.meta.dirname, '../../../manifests/30-deployment.yaml');

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly typeChecking?: { readonly expressionWarnings?: readonly unknown[] };
  };
}

/**
 * The policy with all its expressions as validations, the only ones whose types are checked.
 * Nothing is bound to it, so it judges nothing.
 */
function spelledOut({ metadata, spec }: Policy): object {
  const { matchConditions = [], variables = [], ...rest } = spec;
  const validations = [
    ...matchConditions.map(({ expression }) => ({ expression })),
    ...variables.map(({ expression }) => ({ expression: `dyn(${expression}) != dyn(null)` })),
  ];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: `${metadata.name}-spelled-out` },
    spec: { ...rest, variables, validations },
  };
}

describe('our own installation', () => {
  let cluster: Cluster;

  before('start the cluster', async () => {
    cluster = await sharedCluster();
  });

  it('is accepted whole, and without a warning, by a cluster that has it', async () => {
    const apply = ['apply', '--dry-run=server', '-k', cluster.installation.folder];
    const { stdout, stderr } = await cluster.kubectl(apply);
    expect(stderr).to.equal('');
    expect(stdout.trim().split('\n')).to.have.length.above(10);
    expect(stdout).to.contain('mutatingwebhookconfiguration.admissionregistration.k8s.io/lithopod');
  });

  it('has policies whose expressions fit the types of what they look at', async function () {
    const controllerManager = await findBuiltControllerManager();
    if (controllerManager === undefined) {
      figures('skipped: no kube-controller-manager was built, and only that checks types');
      this.skip();
    }
    const { dir, kubeconfig } = cluster.installation.plane;
    const policies = async (): Promise<readonly Policy[]> => {
      const get = ['get', 'validatingadmissionpolicies', '-o', 'json'];
      return (JSON.parse((await cluster.kubectl(get)).stdout) as { items: Policy[] }).items;
    };
    const ours = await policies();
    const server = await startServer(
      'kube-controller-manager',
      controllerManager,
      [
        `--kubeconfig=${kubeconfig}`,
        '--controllers=validatingadmissionpolicy-status-controller',
        '--leader-elect=false',
        '--secure-port=0',
      ],
      join(dir, 'kube-controller-manager.log'),
    );
    try {
      for (const policy of ours) await cluster.kubectl(['create', '-f', '-'], spelledOut(policy));
      const checked = async (): Promise<readonly Policy[]> =>
        (await policies()).filter(({ status }) => status?.typeChecking !== undefined);
      await until('type check', async () => (await checked()).length === ours.length * 2);
      for (const { metadata, status } of await checked()) {
        expect(status?.typeChecking?.expressionWarnings ?? [], metadata.name).to.deep.equal([]);
      }
    } finally {
      await server.stop();
      const copies = ours.map(({ metadata }) => `${metadata.name}-spelled-out`);
      const remove = ['delete', 'validatingadmissionpolicies', '--ignore-not-found', ...copies];
      await cluster.installation.kubectl(remove);
    }
  });

  it('has pods that hardening does not change', async () => {
    const { spec } = parse(await readFile(DEPLOYMENT, 'utf8')) as {
      spec: { template: { metadata: object; spec: object } };
    };
    const pod = { ...spec.template, metadata: { ...spec.template.metadata, name: 'lithopod' } };
    const stored = new Map<string, StoredPod>();
    const strict = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    for (const [name, labels] of [
      ['ours-plain', strict],
      ['ours-immutable', { ...strict, 'lithopod.dev/enforce': 'immutable' }],
      ['ours-restricted', { ...strict, 'lithopod.dev/enforce': 'restricted' }],
    ] as const) {
      await cluster.namespace(name, labels);
      const account = { metadata: { name: 'lithopod' } };
      await cluster.api.create(`/api/v1/namespaces/${name}/serviceaccounts`, account);
      await cluster.api.create(`/api/v1/namespaces/${name}/pods`, pod);
      stored.set(name, await cluster.api.readPod(name, 'lithopod'));
    }
    const plain = stored.get('ours-plain')!;
    for (const [name, found] of stored) {
      expect(comparable(found), name).to.deep.equal(comparable(plain));
      expect(found.metadata.annotations).to.deep.equal(plain.metadata.annotations);
    }
    const reviews = cluster.webhook.log.filter(({ namespace }) => namespace?.startsWith('ours-'));
    expect(reviews.map(({ outcome }) => outcome)).to.deep.equal(['unchanged', 'unchanged']);
  });
});
