/** `lithopod krm`, the function for kustomize and kpt. */
import { expect } from 'chai';
import { parse } from 'yaml';
import { cli, testProfiles, toolPod } from './run.ts';

interface ResourceList {
  readonly items: readonly {
    readonly kind: string;
    readonly spec?: { readonly containers: readonly { readonly securityContext?: object }[] };
  }[];
  readonly results?: readonly {
    readonly message: string;
    readonly severity: string;
    readonly resourceRef?: object;
    readonly field?: object;
    readonly file?: object;
    readonly tags: Readonly<Record<string, string>>;
  }[];
}

const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

/** A list as kustomize gives it to a function. */
function listOf(items: readonly string[], config = ''): string {
  const all = items.map((item) => `- ${indented(item, '  ').trimStart()}`).join('');
  return `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n${all}${config}`;
}

const annotated = toolPod('a').replace(
  'name: a\n',
  `name: a # ours
  namespace: shop
  annotations:
    internal.config.kubernetes.io/path: deploy/a.yaml
    internal.config.kubernetes.io/index: '2'
`,
);

const ownConfig = (spec: string): string =>
  `functionConfig:\n  apiVersion: lithopod.dev/v1alpha1\n  kind: HardenPods\n  metadata: { name: x }\n  spec: ${spec}\n`;

describe('lithopod krm', () => {
  it('hardens the items, keeps the rest, and gives results with places', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: x }\n';
    const stdin = listOf([annotated, service], ownConfig(`{ profiles: [${testProfiles}] }`));
    const { code, stdout, stderr } = await cli(['krm'], { stdin });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.contain('name: a # ours');
    const { items, results = [] } = parse(stdout) as ResourceList;
    expect(items.map(({ kind }) => kind)).to.deep.equal(['Pod', 'Service']);
    expect(items[0]?.spec?.containers[0]?.securityContext).to.deep.include({
      readOnlyRootFilesystem: true,
    });
    const root = results.find(({ tags }) => tags['rule'] === 'read-only-root');
    expect(root).to.deep.include({
      severity: 'info',
      resourceRef: { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: 'shop' },
      field: { path: 'spec.containers[0].securityContext.readOnlyRootFilesystem' },
      file: { path: 'deploy/a.yaml', index: 2 },
    });
    // A second pass has nothing to change.
    const again = await cli(['krm'], { stdin: stdout });
    expect((parse(again.stdout) as ResourceList).items).to.deep.equal(items);
  });

  it('takes a ConfigMap for its settings, as kpt makes one', async () => {
    const config = `functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data: { level: restricted, profiles: "${testProfiles}" }\n`;
    const { code, stdout } = await cli(['krm'], { stdin: listOf([annotated], config) });
    expect(code).to.equal(0);
    const { items } = parse(stdout) as ResourceList;
    expect(items[0]?.spec?.containers[0]?.securityContext).to.have.property('capabilities');
  });

  it('reports a conflict as a warning, which fails no build', async () => {
    const host = annotated.replace('spec:\n', 'spec:\n  hostNetwork: true\n');
    const stdin = listOf([host], ownConfig('{ level: restricted }'));
    const { code, stdout } = await cli(['krm'], { stdin });
    expect(code).to.equal(0);
    const { results = [] } = parse(stdout) as ResourceList;
    const outcomes = results.filter(({ tags }) => tags['outcome'] === 'conflict');
    expect(outcomes).not.to.have.length(0);
    for (const { severity } of outcomes) expect(severity).to.equal('warning');
  });

  it('gives an empty list back as it is', async () => {
    const stdin = 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n';
    expect(await cli(['krm'], { stdin })).to.deep.equal({ code: 0, stdout: stdin, stderr: '' });
  });

  for (const [what, stdin, said] of [
    ['a pod', toolPod('a'), '<stdin>:1:1: error: is not one ResourceList'],
    ['nothing', '', 'is not one ResourceList'],
    ['broken YAML', '{', '<stdin>:1:'],
    ['an unknown level', listOf([], ownConfig('{ level: hard }')), 'functionConfig.spec.level'],
    ['an unknown field', listOf([], ownConfig('{ levels: [] }')), 'levels: not a field here'],
    ['a bad mirror', listOf([], ownConfig('{ mirrors: [a] }')), '<stdin>'],
    ['another kind', listOf([], 'functionConfig: { kind: Other }\n'), 'functionConfig.kind'],
    [
      'a pod of a wrong shape',
      listOf(['apiVersion: v1\nkind: Pod\nspec: { containers: 1 }\n']),
      'Pod',
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await cli(['krm'], { stdin });
      expect({ code, stdout }, stderr).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr).to.contain(said);
    });
  }
});
