import { expect } from 'chai';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

/** Nothing can be changed about it, and one thing is for its author to mend. */
async function withConflictOnly(): Promise<string> {
  const text = `${toolPod('a')}      volumeMounts: [{name: t, mountPath: /tmp, readOnly: true}]
  volumes: [{name: t, emptyDir: {}}]
`;
  const { stdout } = await cliWithProfiles(['harden'], { stdin: text });
  return stdout;
}

async function hardened(): Promise<string> {
  return (await cliWithProfiles(['harden'], { stdin: toolPod('a') })).stdout;
}

describe('lithopod check', () => {
  it('exits by --fail-on: on changes or conflicts, on conflicts alone, or never', async () => {
    const inputs = {
      weak: toolPod('a'),
      conflict: await withConflictOnly(),
      hard: await hardened(),
    };
    const codes = {
      changed: { weak: 1, conflict: 1, hard: 0 },
      conflict: { weak: 0, conflict: 1, hard: 0 },
      none: { weak: 0, conflict: 0, hard: 0 },
    };
    for (const [threshold, expected] of Object.entries(codes)) {
      for (const [name, code] of Object.entries(expected)) {
        const stdin = inputs[name as keyof typeof inputs];
        const outcome = await cliWithProfiles(['check', '--fail-on', threshold], { stdin });
        expect(outcome.code, `${threshold} ${name}`).to.equal(code);
      }
    }
    expect((await cliWithProfiles(['check'], { stdin: inputs.weak })).code).to.equal(1);
  });

  it('tells of an image without a profile, and fails for it only where asked', async () => {
    const unknown = `apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: registry.corp/shop/api:2.1
      securityContext: {readOnlyRootFilesystem: true}
      volumeMounts: [{name: tmp, mountPath: /tmp}]
  volumes: [{name: tmp, emptyDir: {}}]
`;
    const weak = unknown.replace('readOnlyRootFilesystem: true', '');
    for (const [stdin, flags, code] of [
      [unknown, [], 0],
      [unknown, ['--fail-on', 'conflict'], 0],
      [unknown, ['--fail-on', 'no-profile'], 1],
      [weak, ['--fail-on', 'no-profile', '--unprofiled', 'skip'], 1],
      [toolPod('a'), ['--fail-on', 'no-profile'], 0],
    ] as const) {
      const outcome = await cliWithProfiles(['check', ...flags], { stdin });
      expect(outcome.code, `${flags.join(' ')} ${stdin}`).to.equal(code);
      expect(outcome.stdout.includes('registry.corp/shop/api')).to.equal(stdin !== toolPod('a'));
    }
    expect((await cliWithProfiles(['explain'], { stdin: unknown })).stdout).to.include(
      'for which there is no profile',
    );
  });

  it('says nothing but a summary of what is hard', async () => {
    const { stdout } = await cliWithProfiles(['check'], { stdin: await hardened() });
    expect(stdout).to.equal('Nothing to change in 1 object at level immutable.\n');
  });

  it('says so where there is nothing to harden', async () => {
    const { code, stdout } = await cliWithProfiles(['check'], { stdin: 'kind: Service\n' });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'No pod and no workload.\n' });
  });

  it('tells an annotation that is not true where nothing else is to change', async () => {
    const forged = (await hardened()).replace('"test-tool"', '"forged"');
    const { code, stdout } = await cliWithProfiles(['check'], { stdin: forged });
    expect(code).to.equal(1);
    expect(stdout).to.include('(hardened-annotation)');
  });

  it('points at the field that a finding is about', async () => {
    const text = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostPID: true
  containers:
    - name: tool
      image: registry.test/tool
      ports: [{hostPort: 80}]
      securityContext:
        procMount: Unmasked
        readOnlyRootFilesystem: false
        capabilities:
          add: [SYS_ADMIN]
        privileged: true
      volumeMounts:
        - {name: safe, mountPath: /safe}
        - {name: host, mountPath: /host, mountPropagation: Bidirectional}
  volumes:
    - name: safe
      emptyDir: {}
    - name: host
      hostPath: {path: /}
`;
    const { stdout } = await cliWithProfiles(['check', '-o', 'json', '--level', 'restricted'], {
      stdin: text,
    });
    const { findings } = JSON.parse(stdout) as CheckReport;
    const lines = Object.fromEntries(findings.map(({ code, line }) => [code, line]));
    expect(lines).to.include({
      'host-namespace': 5,
      'host-port': 9,
      'proc-mount': 11,
      'writable-root-overridden': 12,
      'escape-capability-removed': 14,
      'privileged-removed': 15,
      'propagation-narrowed': 18,
      'volume-type': 22,
    });
  });

  it('counts over all files as JSON, and places each object', async () => {
    await withFolder(
      { 'a.yaml': toolPod('a'), 'b.yaml': `# b\n---\n${toolPod('b')}---\nkind: Service\n` },
      async (folder) => {
        const { stdout } = await cliWithProfiles(['check', '-o', 'json', folder]);
        const report = JSON.parse(stdout) as CheckReport;
        expect(Object.keys(report)).to.deep.equal([
          'version',
          'level',
          'files',
          'objects',
          'findings',
          'ignores',
          'unread',
          'problems',
          'summary',
        ]);
        expect(report.files).to.deep.equal([
          { file: `${folder}/a.yaml`, documents: 1 },
          { file: `${folder}/b.yaml`, documents: 2 },
        ]);
        expect(report.objects[1]).to.deep.equal({
          file: `${folder}/b.yaml`,
          line: 3,
          column: 1,
          document: 0,
          kind: 'Pod',
          name: 'b',
          changed: true,
        });
        expect(report.summary).to.deep.include({ files: 2, objects: 2, changed: 2 });
      },
    );
  });

  it('refuses formats that it does not know', async () => {
    for (const format of ['yaml', 'SARIF', 'html']) {
      const { code, stderr } = await cliWithProfiles(['check', '-o', format], { stdin: '' });
      expect(code).to.equal(2);
      expect(stderr).to.include('Allowed choices are text, json, sarif, junit, github, markdown.');
    }
  });

  it('says the same as harden changes, for every policy', async () => {
    const stdin = toolPod('a').replace('registry.test/tool', 'registry.test/unknown');
    for (const flags of [[], ['--unprofiled', 'skip'], ['--level', 'restricted']]) {
      const { stdout } = await cliWithProfiles(['harden', ...flags], { stdin });
      const { code } = await cliWithProfiles(['check', '--fail-on', 'changed', ...flags], {
        stdin: stdout,
      });
      const conflicts = flags.includes('restricted');
      expect(code, flags.join(' ')).to.equal(conflicts ? 1 : 0);
    }
  });
});
