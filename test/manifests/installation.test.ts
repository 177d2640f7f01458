import { expect } from 'chai';
import { parse, parseAllDocuments } from 'yaml';

import { files, find, manifests, text } from './read.ts';

describe('manifests/', () => {
  it('is listed whole in the kustomization, with the Secret that `lithopod certs` writes', () => {
    const { resources } = parse(text('kustomization.yaml')) as { resources: readonly string[] };
    expect(resources).to.have.members([...files, 'tls/secret.yaml']);
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
        'Namespace',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
        'MutatingWebhookConfiguration',
      ]),
    );
    for (const { metadata } of manifests) {
      expect(metadata.namespace ?? 'lithopod-system').to.equal('lithopod-system');
    }
  });

  it('asks for no permission: no role, no binding, no token', () => {
    expect(manifests.filter(({ kind }) => kind.includes('Role'))).to.be.empty;
    expect(find('ServiceAccount')).to.include({ automountServiceAccountToken: false });
  });

  it('holds its own namespace to Pod Security restricted', () => {
    expect(
      (find('Namespace', 'lithopod-system') as { metadata: { labels: object } }).metadata.labels,
    )
      .to.include({ 'pod-security.kubernetes.io/enforce': 'restricted' })
      .and.not.have.property('lithopod.dev/enforce');
  });

  it('lets in the webhook port and the probes, and nothing out', () => {
    const { spec } = find('NetworkPolicy') as {
      spec: { ingress: readonly { ports: readonly { port: number }[] }[] };
    };
    expect(spec)
      .to.deep.include({ policyTypes: ['Ingress', 'Egress'] })
      .and.not.have.property('egress');
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
