import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cliWithProfiles, toolPod, withFolder } from './run.ts';
import type { CheckReport } from '../../src/cli/report/findings.ts';

async function reportOf(stdin: string): Promise<CheckReport & { readonly code: number }> {
  const { stdout, code } = await cliWithProfiles(['check', '-o', 'json'], { stdin });
  return { ...(JSON.parse(stdout) as CheckReport), code };
}

const both = 'read-only-root,writable-paths';

/** The pod with a comment behind or above its container. */
function beside(comment: string): string {
  return toolPod('a').replace('- name: tool', `- name: tool ${comment}`);
}

function above(comment: string): string {
  return toolPod('a').replace('    - name: tool', `    ${comment}\n    - name: tool`);
}

describe('--baseline', () => {
  it('lets pass what it holds, from any folder and at other lines, and nothing new', async () => {
    await withFolder({ 'deploy/a.yaml': toolPod('a') }, async (folder) => {
      const file = join(folder, 'deploy/a.yaml');
      const baseline = join(folder, 'baseline.json');
      const written = await cliWithProfiles(['check', '--write-baseline', baseline, file]);
      expect(written.code).to.equal(0);
      expect(written.stderr).to.match(/^\d+ findings written to /);
      const text = await readFile(baseline, 'utf8');
      expect(text).to.contain('"file":"deploy/a.yaml"');
      expect(text).to.not.contain(folder);
      const again = await cliWithProfiles(['check', '--baseline', baseline, file]);
      expect(again.code).to.equal(0);
      expect(again.stdout).to.match(/^Nothing to change in 1 object .*; \d+ suppressed\.\n$/);
      await withFolder({}, async () => {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(file, `# moved\n${toolPod('a')}---\n${toolPod('b')}`);
        const more = await cliWithProfiles(['check', '--baseline', baseline, '-o', 'json', file]);
        expect(more.code).to.equal(1);
        const { findings } = JSON.parse(more.stdout) as CheckReport;
        for (const { name, suppressed } of findings) {
          expect(suppressed?.by).to.equal(name === 'a' ? 'baseline' : undefined);
        }
        await writeFile(file, toolPod('c'));
        const gone = await cliWithProfiles(['check', '--baseline', baseline, file]);
        expect(gone.stderr).to.match(/findings of the baseline are gone/);
      });
    });
  });

  it('counts its findings, and not what is called like a field of it', async () => {
    await withFolder({ 'a.yaml': toolPod('fingerprint') }, async (folder) => {
      const baseline = join(folder, 'baseline.json');
      const argv = ['check', '--write-baseline', baseline, join(folder, 'a.yaml')];
      const { stderr } = await cliWithProfiles(argv);
      const { findings } = JSON.parse(await readFile(baseline, 'utf8')) as CheckReport;
      expect(stderr).to.match(new RegExp(`^${findings.length} findings written to `));
    });
  });

  it('is refused where it is none', async () => {
    const contents = {
      'a.json': '{"version":2}',
      'b.json': '',
      'c.json': '{"version":1,"findings":[1]}',
    };
    await withFolder(contents, async (folder) => {
      for (const name of [...Object.keys(contents), 'none.json']) {
        const argv = ['check', '--baseline', join(folder, name)];
        const { code, stderr, stdout } = await cliWithProfiles(argv, { stdin: toolPod('a') });
        expect(code, name).to.equal(2);
        expect(stdout).to.equal('');
        expect(stderr).to.match(/^.*\.json: error: (?:is no baseline of version 1|cannot be read)/);
      }
    });
  });
});

describe('a comment lithopod-ignore', () => {
  it('ignores a rule or a code at its line and all within, with a reason', async () => {
    for (const text of [
      beside(`# lithopod-ignore ${both} reason: the vendor mends it`),
      above(`# lithopod-ignore ${both} reason: the vendor mends it until: 2999-12-31`),
      `# lithopod-ignore ${both} reason: the whole document\n${toolPod('a')}`,
      `# ours\n# lithopod-ignore ${both} reason: the whole document\n---\n${toolPod('a')}`,
    ]) {
      const { code, findings, objects, ignores, summary } = await reportOf(text);
      expect(code, text).to.equal(0);
      expect(findings.every(({ suppressed }) => suppressed?.by === 'comment')).to.equal(true);
      expect(findings[0]?.suppressed?.reason).to.match(/^the (?:vendor mends it|whole document)$/);
      expect(objects[0]).to.include({ changed: true, suppressed: true });
      expect(ignores.map(({ state }) => state)).to.deep.equal(['used']);
      expect(summary).to.include({ changed: 0, suppressed: findings.length });
    }
  });

  it('leaves other rules, other containers and other documents as they are', async () => {
    const one = await reportOf(beside('# lithopod-ignore read-only-root reason: later'));
    expect(one.code).to.equal(1);
    expect(
      one.findings.filter(({ suppressed }) => suppressed).map(({ rule }) => rule),
    ).to.deep.equal(['read-only-root']);
    const first = beside(`# lithopod-ignore ${both} reason: later`);
    const two = await reportOf(`${first}---\n${toolPod('b')}`);
    expect(two.code).to.equal(1);
    expect(two.objects.map(({ suppressed }) => suppressed)).to.deep.equal([true, undefined]);
  });

  it('ignores nothing and is reported where it is wrong, over or without effect', async () => {
    const cases = {
      '# lithopod-ignore read-only-root': ['invalid', 'it gives no reason'],
      '# lithopod-ignore read-only-root reason:': ['invalid', 'it gives no reason'],
      '# lithopod-ignore reason: because': ['invalid', 'it names no rule'],
      '# lithopod-ignore read-only reason: because': ['invalid', '"read-only" is no rule'],
      '# lithopod-ignore seccomp reason: x until: 2026-02-30': ['invalid', 'is no day'],
      '# lithopod-ignore seccomp until: 2999-01-01 reason: x': ['invalid', 'until: comes last'],
      [`# lithopod-ignore ${both} reason: x until: 2020-01-31`]: ['expired', 'after 2020-01-31'],
      '# lithopod-ignore seccomp reason: x': ['unused', 'covers no finding of seccomp'],
    };
    for (const [comment, [state, detail]] of Object.entries(cases)) {
      const { code, ignores, findings } = await reportOf(beside(comment));
      expect(code, comment).to.equal(1);
      expect(findings.some(({ suppressed }) => suppressed)).to.equal(false);
      expect(ignores).to.have.length(1);
      expect(ignores[0]?.state, comment).to.equal(state);
      expect(ignores[0]?.detail).to.contain(detail);
      const { stderr } = await cliWithProfiles(['check'], { stdin: beside(comment) });
      expect(stderr).to.match(/^<stdin>:7:18: warning: lithopod-ignore /);
    }
  });

  it('is none within a text', async () => {
    const script = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  run.sh: |
    # lithopod-ignore seccomp
    echo "# lithopod-ignore seccomp"
---
`;
    expect((await reportOf(script + toolPod('a'))).ignores).to.deep.equal([]);
  });

  it('takes linear time, however many there are', async () => {
    const stack = '# lithopod-ignore seccomp reason: x\n'.repeat(20_000);
    const { ignores } = await reportOf(stack + toolPod('a'));
    expect(ignores).to.have.length(20_000);
  });
});

describe('the flags for files', () => {
  it('take --filename as an argument, and pass over what --exclude names', async () => {
    const files = {
      'a.yaml': toolPod('a'),
      'charts/b.yaml': toolPod('b'),
      'charts/deep/c.yaml': '{{ broken',
      'd.tmpl.yaml': '{{ broken',
    };
    await withFolder(files, async (folder) => {
      const argv = ['check', '-o', 'json', '-R', '-f', folder, '--exclude', 'deep/', '--exclude'];
      const { stdout } = await cliWithProfiles([...argv, '*.tmpl.yaml']);
      const names = (JSON.parse(stdout) as CheckReport).objects.map(({ name }) => name);
      expect(names).to.deep.equal(['a', 'b']);
      const named = await cliWithProfiles(['check', '--exclude', '*.yaml', join(folder, 'a.yaml')]);
      expect(named.code).to.equal(0);
      const hardened = await cliWithProfiles(['harden', '-f', join(folder, 'a.yaml')]);
      expect(hardened.stdout).to.contain('readOnlyRootFilesystem: true');
    });
  });

  it('--quiet leaves the exit code alone', async () => {
    const { code, stdout } = await cliWithProfiles(['check', '-q'], { stdin: toolPod('a') });
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
  });
});
