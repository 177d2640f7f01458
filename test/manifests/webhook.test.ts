import { expect } from 'chai';

import { builtInKinds } from '../../src/core/kinds/built-in.ts';
import { expectSelection, find, LEVELS, type Rule, type Selector } from './read.ts';

interface Entry {
  readonly name: string;
  readonly clientConfig: { readonly service: Record<string, unknown> };
  readonly namespaceSelector: Selector;
  readonly rules: readonly Rule[];
  readonly matchConditions: readonly { readonly name: string }[];
  readonly timeoutSeconds: number;
}

/**
 * Where enforce is at least as strict, it says what warn would. Any value of it counts as
 * `immutable` at least.
 */
const saidByEnforce: Readonly<Record<string, Selector['matchExpressions']>> = {
  immutable: [{ key: 'lithopod.dev/enforce', operator: 'DoesNotExist' }],
  restricted: [{ key: 'lithopod.dev/enforce', operator: 'NotIn', values: ['restricted'] }],
};

describe('the webhook configuration', () => {
  const { webhooks } = find('MutatingWebhookConfiguration') as {
    webhooks: readonly Entry[];
  };
  const entry = (name: string): Entry => {
    const found = webhooks.find((webhook) => webhook.name === `${name}.lithopod.dev`);
    expect(found, name).not.to.equal(undefined);
    return found!;
  };
  const targets = ({ rules }: Entry): string[] =>
    rules.flatMap(({ apiGroups, operations, resources }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => operations.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    );
  const pods = ['CREATE /pods', 'UPDATE /pods/ephemeralcontainers'];
  // Each kind of the table that a namespace can have; of one without a status only its creation.
  const workloads = builtInKinds.kinds
    .filter(({ kind, group }) => kind !== 'Pod' || group !== '')
    .filter(({ resource, isClusterScoped }) => resource !== undefined && isClusterScoped !== true)
    .flatMap(({ group, resource = '', hasNoStatus }) =>
      (hasNoStatus === true ? ['CREATE'] : ['CREATE', 'UPDATE']).map(
        (verb) => `${verb} ${group}/${resource}`,
      ),
    );

  it('has an entry for each mode and level, audit and warn first, the catch-all last', () => {
    expect(webhooks.map(({ name }) => name)).to.deep.equal(
      [
        ...['audit', 'warn'].flatMap((mode) => LEVELS.map((level) => `${mode}-${level}`)),
        ...['notices', 'enforce'].flatMap((what) =>
          [...LEVELS, 'unknown-level'].map((level) => `${what}-${level}`),
        ),
      ].map((name) => `${name}.lithopod.dev`),
    );
  });

  for (const mode of ['audit', 'warn', 'enforce']) {
    for (const level of LEVELS) {
      it(`sends ${mode} at ${level} to its path, by its label`, () => {
        const { clientConfig, namespaceSelector } = entry(`${mode}-${level}`);
        expect(clientConfig.service).to.deep.equal({
          name: 'lithopod',
          namespace: 'lithopod-system',
          path: `/mutate/${mode}/${level}`,
          port: 443,
        });
        const own = { key: `lithopod.dev/${mode}`, operator: 'In', values: [level] };
        expectSelection(namespaceSelector, own, ...(mode === 'warn' ? saidByEnforce[level]! : []));
      });
    }
  }

  it('has the notices where enforce is, at its path', () => {
    for (const level of [...LEVELS, 'unknown-level']) {
      const { clientConfig, namespaceSelector } = entry(`notices-${level}`);
      const enforce = entry(`enforce-${level}`);
      expect(clientConfig).to.deep.equal(enforce.clientConfig);
      expect(namespaceSelector).to.deep.equal(enforce.namespaceSelector);
    }
  });

  it('asks for notices as for warnings: not about what a controller made, or what is not new', () => {
    for (const level of [...LEVELS, 'unknown-level']) {
      expect(entry(`notices-${level}`).matchConditions).to.deep.equal(
        entry('warn-immutable').matchConditions,
      );
    }
  });

  it('catches every other value of enforce, and only where the label is', () => {
    const { clientConfig, namespaceSelector } = entry('enforce-unknown-level');
    expect(clientConfig.service).to.include({ path: '/mutate/enforce/unknown-level' });
    expectSelection(
      namespaceSelector,
      { key: 'lithopod.dev/enforce', operator: 'Exists' },
      { key: 'lithopod.dev/enforce', operator: 'NotIn', values: LEVELS },
    );
  });

  it('is answered by the port that the Service has', () => {
    const { spec } = find('Service') as { spec: { ports: readonly object[] } };
    expect(spec.ports).to.deep.equal([
      { name: 'https', protocol: 'TCP', port: 443, targetPort: 'https' },
    ]);
  });

  for (const webhook of webhooks) {
    const enforces = webhook.name.startsWith('enforce-');
    it(`${enforces ? 'fails closed and asks again' : 'stands in nobody’s way'} in ${webhook.name}`, () => {
      expect(webhook).to.deep.include({
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        failurePolicy: enforces ? 'Fail' : 'Ignore',
        reinvocationPolicy: enforces ? 'IfNeeded' : 'Never',
      });
      const isNotice = webhook.name.startsWith('notices-');
      expect(webhook.timeoutSeconds).to.be.within(1, isNotice ? 1 : 5);
      expect(targets(webhook)).to.have.members([
        ...(isNotice ? [] : pods),
        ...(enforces ? [] : workloads),
      ]);
    });
  }

  it('skips nothing of an enforced namespace but what nodes report', () => {
    for (const level of [...LEVELS, 'unknown-level']) {
      const names = entry(`enforce-${level}`).matchConditions.map(({ name }) => name);
      expect(names).to.deep.equal(['not-a-mirror-pod']);
    }
  });
});
