import { expect } from 'chai';
import { cliWithProfiles, withFolder } from './run.ts';

const worker = `apiVersion: shop.example.com/v1
kind: Worker
metadata: { name: w }
spec:
  pools:
    - pod: { spec: { containers: [{ name: a, image: registry.test/tool }] } }
  task:
    main: { image: registry.test/tool }
`;

const kinds = `kinds:
  - group: shop.example.com
    kind: Worker
    templates: ['spec.pools[].pod']
    pods:
      - at: spec.task
        containers: [main]
        volumes: volumes
    refuses:
      - { field: 'containers[].securityContext.privileged', why: 'the operator refuses it' }
`;

describe('--kinds', () => {
  it('says where further kinds have their pods, for each command', async () => {
    await withFolder({ 'kinds.yaml': kinds }, async (folder) => {
      const file = `${folder}/kinds.yaml`;
      const harden = await cliWithProfiles(['harden', '--kinds', file], { stdin: worker });
      expect(harden.stderr).to.equal('');
      expect(harden.stdout.match(/readOnlyRootFilesystem: true/g)).to.have.length(2);
      expect(harden.stdout).not.to.include('privileged:');
      const check = await cliWithProfiles(['check', '--kinds', file], { stdin: worker });
      expect(check.stdout).to.include('2 of 2 objects would change');
      const explain = await cliWithProfiles(['explain', '--kinds', file], { stdin: worker });
      expect(explain.stdout).to.include('Worker/w');
    });
  });

  it('wins over the built-in kind', async () => {
    const own = `kinds:\n  - { group: apps, kind: Deployment, versions: [v1], templates: [spec.other] }\n`;
    const stdin = 'apiVersion: apps/v1\nkind: Deployment\nspec: { template: { spec: {} } }\n';
    await withFolder({ 'kinds.yaml': own }, async (folder) => {
      const { stderr } = await cliWithProfiles(['check', '--kinds', `${folder}/kinds.yaml`], {
        stdin,
      });
      expect(stderr).to.match(/no pod template at spec\.other/);
    });
  });

  for (const [what, text, says] of [
    [
      'an unknown field',
      'kinds:\n  - { group: a, kind: A, template: [x] }\n',
      /kinds\.yaml:2:5: error: kinds\.0: .*template/,
    ],
    [
      'no place',
      'kinds:\n  - { group: a, kind: A }\n',
      /kinds\.yaml:2:5: error: kinds\.0: has none of/,
    ],
    [
      'a path that is none',
      'kinds:\n  - { group: a, kind: A, templates: ["spec[0]"] }\n',
      /kinds\.yaml:2:\d+: error: .*must be a path such as/,
    ],
    [
      'a kind in lower case',
      'kinds:\n  - { group: a, kind: pod, templates: [x] }\n',
      /must be a kind such as/,
    ],
    ['no list', 'kinds: 3\n', /kinds\.yaml:1:1: error: kinds: must be a list/],
    ['nothing', '# none\n', /holds no kinds/],
    ['broken YAML', 'kinds: [\n', /kinds\.yaml:\d+:\d+: error/],
  ] as const) {
    it(`is refused with ${what}, with its place`, async () => {
      await withFolder({ 'kinds.yaml': text }, async (folder) => {
        const argv = ['check', '--kinds', `${folder}/kinds.yaml`];
        const { code, stdout, stderr } = await cliWithProfiles(argv, { stdin: worker });
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr).to.match(says);
      });
    });
  }
});
