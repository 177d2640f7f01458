import { expect } from 'chai';

import { buildKustomization } from '../../src/installation/kustomize.ts';

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: here }\n';

function build(files: Readonly<Record<string, string>>, namespace?: string): readonly object[] {
  return buildKustomization('base', namespace, (path) => files[path] ?? expect.fail(path));
}

describe('what install reads of a kustomization', () => {
  it('replaces the name of the namespace where it is all of a text, and keys never', () => {
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m, namespace: here }\n';
    const files = {
      'base/kustomization.yaml': 'resources: [n.yaml, m.yaml]',
      'base/n.yaml': NAMESPACE,
      'base/m.yaml': `${map}data: { here: here, there: nowhere }\n`,
    };
    expect(build(files, 'there')[1]).to.deep.include({
      metadata: { name: 'm', namespace: 'there' },
      data: { here: 'there', there: 'nowhere' },
    });
  });

  for (const [what, kustomization, message] of [
    ['a field', 'resources: [n.yaml]\nnamePrefix: x-', /namePrefix is not read/],
    [
      'a patch without a target',
      'resources: [n.yaml]\npatches: [{ target: { kind: Pod, name: p }, patch: "[]" }]',
      /no Pod p to patch/,
    ],
    [
      'a patch of another form',
      'resources: [n.yaml]\npatches: [{ target: { kind: Namespace, name: here }, patch: "{ a: 1 }" }]',
      /a patch of here is not read/,
    ],
    [
      'a variable of something else',
      'resources: [n.yaml]\nvars: [{ name: V, objref: { kind: Pod, name: p }, fieldref: { fieldPath: metadata.name } }]',
      /the variable V is not read/,
    ],
  ] as const) {
    it(`refuses ${what} that it does not know`, () => {
      const files = { 'base/kustomization.yaml': kustomization, 'base/n.yaml': NAMESPACE };
      expect(() => build(files)).to.throw(message);
    });
  }
});
