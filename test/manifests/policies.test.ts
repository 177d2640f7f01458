import { expect } from 'chai';

import {
  expectSelection,
  find,
  manifests,
  NEVER,
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
      readonly paramRef?: object;
    };
  }
  interface Policy extends Manifest {
    readonly spec: {
      readonly matchConstraints: { readonly resourceRules: readonly Rule[] };
      readonly matchConditions?: readonly object[];
      readonly paramKind?: object;
      readonly variables: readonly { readonly name: string; readonly expression: string }[];
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

  const namespaceLabels = find('ValidatingAdmissionPolicy', 'lithopod-namespace-labels') as Policy;
  const namespaceWarnings = find(
    'ValidatingAdmissionPolicy',
    'lithopod-namespace-warnings',
  ) as Policy;

  const exemptions = find('ValidatingAdmissionPolicy', 'lithopod-exemptions') as Policy;

  it('are bound each, and need nothing newer than Kubernetes 1.30', () => {
    expect(policies).to.have.members([
      namespaceLabels,
      requireImmutable,
      requireRestricted,
      namespaceWarnings,
      exemptions,
    ]);
    for (const { apiVersion, metadata } of policies) {
      expect(apiVersion).to.equal('admissionregistration.k8s.io/v1');
      expect(binding(metadata.name).spec).to.include({ policyName: metadata.name });
    }
  });

  it('deny and fail closed, but for the one that only warns, and never keeps anybody from working', () => {
    for (const { metadata, spec } of policies) {
      const [failurePolicy, action] =
        metadata.name === 'lithopod-namespace-warnings' ? ['Ignore', 'Warn'] : ['Fail', 'Deny'];
      expect(spec).to.include({ failurePolicy });
      expect(binding(metadata.name).spec.validationActions).to.deep.equal([action]);
    }
  });

  it('look at all by which the labels of a namespace are stored', () => {
    for (const { spec, metadata } of [namespaceLabels, namespaceWarnings]) {
      const [rule, ...others] = spec.matchConstraints.resourceRules;
      expect(rule).to.deep.include({
        operations: ['CREATE', 'UPDATE'],
        resources: ['namespaces', 'namespaces/finalize', 'namespaces/status'],
      });
      expect(others).to.be.empty;
      expect(binding(metadata.name).spec).not.to.have.property('matchResources');
    }
  });

  it('know the same labels, and the namespaces that are never selected', () => {
    const list = ({ spec }: Policy, name: string): string[] => {
      const { expression } = spec.variables.find((variable) => variable.name === name)!;
      return [...expression.matchAll(/'([^']*)'/g)].map(([, text]) => text!);
    };
    const labels = ['enforce', 'audit', 'warn', 'require'].map((mode) => `lithopod.dev/${mode}`);
    expect(list(namespaceLabels, 'known')).to.deep.equal(labels);
    expect(list(namespaceWarnings, 'known')).to.deep.equal(labels);
    // The last one is Lithopod's own, by a parameter, since a kustomization renames no text.
    expect(list(namespaceWarnings, 'neverSelected')).to.deep.equal(NEVER.slice(0, -1));
    expect(
      namespaceWarnings.spec.variables.find(({ name }) => name === 'neverSelected')!.expression,
    ).to.match(/, string\(params\.metadata\.name\)\]$/);
    expect(namespaceWarnings.spec.paramKind).to.deep.equal({ apiVersion: 'v1', kind: 'Namespace' });
    expect(binding('lithopod-namespace-warnings').spec.paramRef).to.deep.equal({
      name: NEVER.at(-1),
      parameterNotFoundAction: 'Allow',
    });
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
      containers: spec.variables.slice(0, 3),
    });
    expect(shared(requireRestricted)).to.deep.equal(shared(requireImmutable));
    expect(requireImmutable.spec.variables[2]?.name).to.equal('containers');
  });
});
