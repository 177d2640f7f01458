/**
 * The table of kinds against the published custom resource definitions, of which facts.json holds
 * what matters (tools/kind-facts.ts).
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { builtInKinds } from '../../src/core/kinds/built-in.ts';
import type { PodKind, Refusal } from '../../src/core/kinds/kind.ts';

interface Facts {
  readonly repo: string;
  readonly commit: string;
  readonly resource: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly status: boolean;
  readonly places: Readonly<Record<string, { readonly missing: readonly string[] }>>;
}

const facts = JSON.parse(readFileSync(new URL('facts.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Facts>
>;

const custom = builtInKinds.kinds.filter(({ group }) => group.includes('.'));
const keyOf = ({ group, kind }: PodKind): string => `${group}/${kind}`;

function refusalsAt({ parts = [], refuses = [] }: PodKind, path: string): readonly Refusal[] {
  return [...refuses, ...(parts.find(({ at }) => at === path)?.refuses ?? [])];
}

function isRefused(field: string, refusals: readonly Refusal[]): boolean {
  return refusals.some((refusal) => `${field}.`.startsWith(`${refusal.field}.`));
}

describe('kinds and their definitions', () => {
  it('have facts of each kind, and of no other', () => {
    expect(Object.keys(facts).toSorted()).to.deep.equal(custom.map(keyOf).toSorted());
    for (const { commit } of Object.values(facts)) expect(commit).to.match(/^[0-9a-f]{40}$/);
  });

  for (const kind of custom) {
    const of = facts[keyOf(kind)]!;
    it(`${keyOf(kind)}: resource, scope, status`, () => {
      expect(kind.resource).to.equal(of.resource);
      expect(kind.isClusterScoped === true).to.equal(of.scope === 'Cluster');
      expect(kind.hasNoStatus === true).to.equal(!of.status);
    });

    it(`${keyOf(kind)}: what its schema does not have is not written`, () => {
      const { templates = [], podSpecs = [], parts = [] } = kind;
      const places = [...templates, ...podSpecs, ...parts.map(({ at }) => at)];
      expect(Object.keys(of.places).toSorted()).to.deep.equal([...places].toSorted());
      for (const [path, { missing }] of Object.entries(of.places)) {
        const refusals = refusalsAt(kind, path);
        expect(
          missing.filter((field) => !isRefused(field, refusals)),
          path,
        ).to.deep.equal([]);
      }
    });
  }
});
