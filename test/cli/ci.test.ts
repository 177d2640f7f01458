import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { cli, testProfiles, toolPod, withFolder } from './run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const command = `node --import ${root}/node_modules/tsx/dist/esm/index.mjs ${root}/src/cli/main.ts`;

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly [
      { readonly run: string; readonly env: Readonly<Record<string, string>> },
    ];
  };
}

async function runAction(
  folder: string,
  inputs: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stdout: string }> {
  const action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Action;
  const [step] = action.runs.steps;
  const env = Object.fromEntries(
    Object.entries(step.env).map(([name, expression]) => {
      const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression)?.[1] ?? '';
      return [name, inputs[input] ?? action.inputs[input]?.default];
    }),
  );
  // As GitHub starts it.
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
    cwd: folder,
    env: {
      ...process.env,
      ...env,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    },
  }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: unknown) => error as { code: number; stdout: string },
  );
}

describe('action.yml', () => {
  it('annotates, writes SARIF and the summary, and fails where check does', async function () {
    // It runs the program eight times, as processes of their own.
    this.timeout(120_000);
    const files = {
      'deploy/a b.yaml': toolPod('a'),
      'skipped/b.yaml': '{{ no yaml',
      output: '',
      summary: '',
    };
    await withFolder(files, async (folder) => {
      const inputs = { command, profiles: testProfiles, exclude: 'skipped\n', sarif: 'l.sarif' };
      const failed = await runAction(folder, inputs);
      expect(failed.code).to.equal(1);
      expect(failed.stdout).to.match(/^::error file=deploy\/a b\.yaml,line=7,/);
      expect(await readFile(join(folder, 'output'), 'utf8')).to.equal('exit-code=1\n');
      expect(await readFile(join(folder, 'summary'), 'utf8')).to.contain('| ❌ |');
      const sarif = JSON.parse(await readFile(join(folder, 'l.sarif'), 'utf8')) as {
        readonly version: string;
      };
      expect(sarif.version).to.equal('2.1.0');
      const passed = await runAction(folder, { ...inputs, 'fail-on': 'conflict' });
      expect(passed.code).to.equal(0);
      expect((await runAction(folder, { ...inputs, files: 'none' })).code).to.equal(2);
    });
  });

  it('takes no input for a command', async function () {
    this.timeout(60_000);
    await withFolder({ 'a.yaml': toolPod('a'), output: '', summary: '' }, async (folder) => {
      const files = 'a.yaml"; touch broken; $(touch broken)\n`touch broken`';
      expect((await runAction(folder, { command, files })).code).to.equal(2);
      expect(await run('ls', [folder])).to.include({ stdout: 'a.yaml\noutput\nsummary\n' });
    });
  });
});

describe('.pre-commit-hooks.yaml', () => {
  it('names commands that take files', async () => {
    const hooks = parse(await readFile(join(root, '.pre-commit-hooks.yaml'), 'utf8')) as readonly {
      readonly id: string;
      readonly entry: string;
    }[];
    await withFolder({ 'a.yaml': toolPod('a') }, async (folder) => {
      const codes: Record<string, number> = {};
      for (const { id, entry } of hooks) {
        const [program, ...argv] = entry.split(' ');
        expect(program).to.equal('lithopod');
        codes[id] = (await cli([...argv, join(folder, 'a.yaml')])).code;
      }
      expect(codes).to.deep.equal({
        'lithopod-check': 1,
        'lithopod-harden': 0,
        // A pod is no profile.
        'lithopod-profiles-lint': 1,
      });
      expect(await readFile(join(folder, 'a.yaml'), 'utf8')).to.include('readOnlyRootFilesystem');
    });
  });
});

describe('docs/ci.md', () => {
  it('shows comments that are read as it says', async () => {
    const page = await readFile(join(root, 'docs/ci.md'), 'utf8');
    const containers = /```yaml\n(containers:\n[^`]*)```/.exec(page)?.[1] ?? '';
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  ${containers.replaceAll('\n', '\n  ')}`;
    const { stdout, stderr, code } = await cli(['check'], { stdin: pod });
    expect({ stderr, code }, stdout).to.deep.equal({ stderr: '', code: 0 });
  });
});
