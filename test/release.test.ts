/** The workflow that publishes: what a linter of workflows does not ask (actionlint is in e2e). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>;
        readonly 'timeout-minutes': number;
        readonly steps: readonly Step[];
      }
    >
  >;
}

describe('the release workflow', () => {
  const text = readFileSync(join(import.meta.dirname, '../.github/workflows/release.yml'), 'utf8');
  const { permissions, jobs } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('gives each job only the rights that it needs', () => {
    expect(permissions).to.deep.equal({});
    const rights = Object.entries(jobs).map(([name, job]) => [name, job.permissions] as const);
    expect(Object.fromEntries(rights)).to.deep.equal({
      verify: { contents: 'read' },
      image: { contents: 'read', packages: 'write', 'id-token': 'write' },
      package: { contents: 'read', 'id-token': 'write' },
      release: { contents: 'write', 'id-token': 'write' },
    });
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).to.be.at.most(45);
  });

  it('runs actions of a full commit, with the tag beside it, and keeps no credentials', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, use = '']) => use);
    expect(uses).not.to.have.length(0);
    for (const use of uses) expect(use).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    for (const step of steps.filter((each) => each.uses?.startsWith('actions/checkout@'))) {
      expect(step.with).to.deep.equal({ 'persist-credentials': false });
    }
  });

  it('puts no expression into a script, and passes a secret to a step that needs it alone', () => {
    for (const { run } of steps) expect(run ?? '').not.to.contain('${{');
    const withSecret = steps.filter(({ env }) => JSON.stringify(env ?? {}).includes('secrets.'));
    expect(
      withSecret.map(({ run = '' }) => /docker login|gh release/.exec(run)?.[0]),
    ).to.have.members(['docker login', 'gh release']);
  });

  it('publishes only what a tag names', () => {
    for (const { run = '', if: condition = '' } of steps) {
      if (!/npm publish|docker login|cosign sign|gh release/.test(run)) continue;
      const guarded = condition === "github.ref_type == 'tag'";
      const asks = run.includes('if [ "$GITHUB_REF_TYPE" = tag ]');
      expect(guarded || asks, run).to.equal(true);
    }
  });
});
