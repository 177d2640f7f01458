import { expect } from 'chai';

import {
  expectSelection,
  find,
  manifests,
  type Manifest,
  type Rule,
  type Selector,
} from './read.ts';

describe('the policies', () => {
  interface Binding {
    readonly spec: {
      readonly policyName: string;
      readonly validationActions: readonly string[];
      readonly matchResources?: { readonly namespaceSelector: Selector };
    };
  }
  interface Policy extends Manifest {
    readonly spec: {
      readonly matchConstraints: { readonly resourceRules: readonly Rule[] };
      readonly matchConditions?: readonly object[];
      readonly variables: readonly { readonly name: string }[];
      readonly validations: readonly Record<string, string>[];
    };
  }
  const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy') as Policy[];
  const binding = (name: string): Binding =>
    find('ValidatingAdmissionPolicyBinding', name) as Binding;
  const requireImmutable = find(
    'ValidatingAdmissionPolicy',
    'lithopod-require-immutable',
  ) as Policy;
  const requireRestricted = find(
    'ValidatingAdmissionPolicy',
    'lithopod-require-restricted',
  ) as Policy;

  it('are bound each, deny, fail closed, and need nothing newer than Kubernetes 1.30', () => {
    expect(policies.map(({ metadata }) => metadata.name)).to.deep.equal([
      'lithopod-namespace-labels',
      'lithopod-require-immutable',
      'lithopod-require-restricted',
    ]);
    for (const { apiVersion, metadata, spec } of policies) {
      expect(apiVersion).to.equal('admissionregistration.k8s.io/v1');
      expect(spec).to.include({ failurePolicy: 'Fail' });
      expect(binding(metadata.name).spec).to.deep.include({
        policyName: metadata.name,
        validationActions: ['Deny'],
      });
    }
  });

  it('tell in plain words what was refused', () => {
    for (const { spec } of policies) {
      for (const validation of spec.validations) {
        expect(validation).to.include.all.keys('message', 'messageExpression', 'reason');
      }
    }
  });

  it('require immutability wherever the label is, whatever its value', () => {
    expectSelection(binding('lithopod-require-immutable').spec.matchResources!.namespaceSelector, {
      key: 'lithopod.dev/require',
      operator: 'Exists',
    });
  });

  it('require more where the label says restricted', () => {
    expectSelection(binding('lithopod-require-restricted').spec.matchResources!.namespaceSelector, {
      key: 'lithopod.dev/require',
      operator: 'In',
      values: ['restricted'],
    });
  });

  it('look at the same pods and containers at both levels', () => {
    const shared = ({ spec }: Policy): object => ({
      constraints: spec.matchConstraints,
      conditions: spec.matchConditions,
      containers: spec.variables.slice(0, 2),
    });
    expect(shared(requireRestricted)).to.deep.equal(shared(requireImmutable));
    expect(requireImmutable.spec.variables[1]?.name).to.equal('containers');
  });
});
