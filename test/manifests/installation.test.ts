import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';

import { files, find, manifests, text } from './read.ts';

describe('manifests/', () => {
  it('is listed whole in the kustomization, and nothing else', () => {
    const { resources } = parse(text('kustomization.yaml')) as { resources: readonly string[] };
    expect(resources).to.have.members(files);
  });

  it('reads the same under YAML 1.1, as kubectl does, and 1.2', () => {
    for (const file of files) {
      const read = (version: '1.1' | '1.2'): unknown[] =>
        parseAllDocuments(text(file), { version }).map((document) => document.toJS() as unknown);
      expect(read('1.1'), file).to.deep.equal(read('1.2'));
    }
  });

  it('puts everything that has a namespace into one, and that is ours', () => {
    const unnamespaced = manifests
      .filter(({ metadata }) => metadata.namespace === undefined)
      .map(({ kind }) => kind);
    expect(new Set(unnamespaced)).to.deep.equal(
      new Set([
        'CustomResourceDefinition',
        'Namespace',
        'ClusterRole',
        'ClusterRoleBinding',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
        'MutatingWebhookConfiguration',
      ]),
    );
    for (const { metadata } of manifests) {
      expect(metadata.namespace ?? 'lithopod-system').to.equal('lithopod-system');
    }
  });

  it('gives serve no right but to its certificate, its own configuration and profiles', () => {
    const roles = manifests.filter(
      ({ kind, metadata }) =>
        kind.endsWith('Role') &&
        !['lithopod-rotate', 'lithopod-grant-exemptions'].includes(metadata.name),
    ) as unknown as readonly { readonly rules: readonly object[] }[];
    expect(roles.flatMap(({ rules }) => rules)).to.deep.equal([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: ['lithopod-tls'],
        verbs: ['get', 'watch'],
      },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        resourceNames: ['lithopod'],
        verbs: ['get'],
      },
      {
        apiGroups: ['lithopod.dev'],
        resources: ['imageprofiles', 'exemptions'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['lithopod.dev'],
        resources: ['imageprofiles/status', 'exemptions/status'],
        verbs: ['patch'],
      },
    ]);
    expect(find('ClusterRoleBinding', 'lithopod-profiles')).to.deep.include({
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'lithopod-profiles',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'lithopod', namespace: 'lithopod-system' }],
    });
  });

  it('leaves the right to grant exemptions to whom somebody binds it', () => {
    const role = find('ClusterRole', 'lithopod-grant-exemptions') as {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    };
    expect(Object.keys(role.metadata.labels).filter((key) => key.includes('aggregate'))).to.be
      .empty;
    const bound = manifests.filter(({ kind }) => kind.endsWith('Binding'));
    expect(JSON.stringify(bound)).not.to.include('lithopod-grant-exemptions');
  });

  it('gives a token to no pod but its own two, and each its own rights', () => {
    for (const name of ['lithopod', 'lithopod-rotate']) {
      expect(find('ServiceAccount', name)).to.include({ automountServiceAccountToken: false });
      for (const kind of ['RoleBinding', 'ClusterRoleBinding']) {
        expect(find(kind, name)).to.deep.include({
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: kind.replace('Binding', ''),
            name,
          },
          subjects: [{ kind: 'ServiceAccount', name, namespace: 'lithopod-system' }],
        });
      }
    }
  });

  it('has no caBundle, so that none is replaced by who applies it', () => {
    for (const file of files) expect(text(file), file).not.to.match(/caBundle:/);
  });

  it('holds its own namespace to Pod Security restricted', () => {
    expect(
      (find('Namespace', 'lithopod-system') as { metadata: { labels: object } }).metadata.labels,
    )
      .to.include({ 'pod-security.kubernetes.io/enforce': 'restricted' })
      .and.not.have.property('lithopod.dev/enforce');
  });

  it('lets in the webhook port and the probes, and out to the API server', () => {
    const { spec } = find('NetworkPolicy') as {
      spec: Record<'ingress' | 'egress', readonly { ports: readonly { port: number }[] }[]>;
    };
    const rotate = find('NetworkPolicy', 'lithopod-rotate') as { spec: object };
    for (const each of [spec, rotate.spec]) {
      expect(each).to.deep.include({ policyTypes: ['Ingress', 'Egress'], egress: spec.egress });
    }
    expect(rotate.spec).not.to.have.property('ingress');
    expect(spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port))).to.deep.equal([
      443, 6443,
    ]);
    expect(spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).to.deep.equal([
      8443, 8080,
    ]);
  });

  it('keeps one pod through a drain, but none that is not ready', () => {
    expect((find('PodDisruptionBudget') as { spec: object }).spec).to.include({
      minAvailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });
});
