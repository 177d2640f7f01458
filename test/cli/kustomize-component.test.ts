/** `harden -o kustomize`; what kustomize makes of it is in test/e2e/kustomize.e2e.ts. */
import { expect } from 'chai';
import { parse } from 'yaml';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';

interface Component {
  readonly kind: string;
  readonly patches: readonly { readonly target: object; readonly patch: string }[];
}

async function componentOf(stdin: string): Promise<Component> {
  const { code, stdout, stderr } = await cliWithProfiles(['harden', '-o', 'kustomize'], { stdin });
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
  return parse(stdout) as Component;
}

const rollout = `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers: [{ name: tool, image: registry.test/tool }]
`;

describe('lithopod harden -o kustomize', () => {
  it('prints a Component with a patch for each object that changes', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: x }\n';
    const { kind, patches } = await componentOf([toolPod('a'), service, rollout].join('---\n'));
    expect(kind).to.equal('Component');
    expect(patches.map(({ target }) => target)).to.deep.equal([
      { version: 'v1', kind: 'Pod', name: 'a' },
      {
        ...{ group: String.raw`argoproj\.io`, version: 'v1alpha1', kind: 'Rollout' },
        ...{ name: 'web', namespace: 'shop' },
      },
    ]);
    const [, { patch } = { patch: '' }] = patches;
    expect(parse(patch)).to.deep.include({
      op: 'test',
      path: '/spec/template/spec/containers/0/name',
      value: 'tool',
    });
  });

  it('takes a list apart, as kustomize does', async () => {
    const items = [toolPod('a'), rollout].map((text) => parse(text) as object);
    const list = { apiVersion: 'v1', kind: 'List', items: [{ ...items[0] }, items[1]] };
    const { patches } = await componentOf(JSON.stringify(list));
    expect(patches).to.have.length(2);
    for (const { patch } of patches) expect(patch).not.to.contain('/items/');
  });

  it('prints no patch where nothing changes', async () => {
    expect((await componentOf('apiVersion: v1\nkind: Service\n')).patches).to.deep.equal([]);
  });

  it('names the namespace where another has an object of that name', async () => {
    const other = toolPod('a').replace('name: a', 'name: a\n  namespace: shop');
    const { patches } = await componentOf([toolPod('a'), other].join('---\n'));
    expect(patches.map(({ target }) => (target as { namespace?: string }).namespace)).to.deep.equal(
      ['default', 'shop'],
    );
  });

  it('refuses what kustomize does not find by a name, with its place', async () => {
    const unnamed = toolPod('a').replace('name: a', 'generateName: a-');
    const files = { 'a.yaml': toolPod('a'), 'b.yaml': toolPod('a'), 'c.yaml': unnamed };
    await withFolder(files, async (folder) => {
      const refused = async (...names: readonly string[]) => {
        const paths = names.map((name) => `${folder}/${name}`);
        const outcome = await cliWithProfiles(['harden', '-o', 'kustomize', ...paths]);
        return { ...outcome, stderr: outcome.stderr.replaceAll(`${folder}/`, '') };
      };
      expect(await refused('a.yaml', 'c.yaml')).to.deep.equal({
        code: 2,
        stdout: '',
        stderr:
          'error: c.yaml:1:1: this Pod has no metadata.name, and kustomize finds what it patches by name\n',
      });
      expect(await refused('a.yaml', 'b.yaml')).to.deep.equal({
        code: 2,
        stdout: '',
        stderr:
          'error: b.yaml:1:1: Pod/a is in a.yaml:1:1 already, and kustomize takes it once: name the files of one base\n',
      });
    });
  });
});
