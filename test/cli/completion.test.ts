import { execFile, spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { completionScripts } from '../../src/cli/commands/completion-scripts.ts';
import { cli, withFolder } from './run.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** How each shell is asked what it completes a line to, a line for each candidate. */
const asks = {
  bash: (script: string, line: string) => [
    '--norc',
    '-c',
    `source ${script}; COMP_LINE=$1; COMP_POINT=\${#1}; _lithopod; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    line,
  ],
  // The completion system needs a terminal, so what it would be given is printed.
  zsh: (script: string, line: string) => [
    '-f',
    '-c',
    `compdef() { :; }; _describe() { print -l -- "\${(@P)2%%:*}"; }; _files() { print -l -- *; }
     source ${script}; words=("\${(@s: :)1}"); CURRENT=$#words; _lithopod`,
    'zsh',
    line,
  ],
  fish: (script: string, line: string) => [
    '--no-config',
    '-c',
    `source ${script}; complete -C "${line}"`,
  ],
} as const;

const lines: Readonly<Record<string, readonly string[]>> = {
  'lithopod ch': ['check'],
  'lithopod check --level ': ['immutable', 'restricted'],
  'lithopod check --fail': ['--fail-on'],
  'lithopod profiles l': ['lint', 'list'],
  'lithopod completion ': ['bash', 'fish', 'zsh'],
  'lithopod check ': ['bin', 'web.yaml'],
  'lithopod check -f ': ['bin', 'web.yaml'],
};

describe('completion', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    it(`works in ${shell}`, async function () {
      // It runs the program once for each line.
      this.timeout(120_000);
      if (spawnSync(shell, ['-c', 'true']).error !== undefined) this.skip();
      const program = `#!/bin/sh\nexec node --import ${root}/node_modules/tsx/dist/esm/index.mjs ${root}/src/cli/main.ts "$@"\n`;
      await withFolder({ 'bin/lithopod': program, 'web.yaml': '' }, async (folder) => {
        await chmod(join(folder, 'bin/lithopod'), 0o755);
        const script = join(folder, 'bin', `completion.${shell}`);
        await writeFile(script, completionScripts[shell]);
        const PATH = `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`;
        for (const [line, expected] of Object.entries(lines)) {
          const { stdout } = await run(shell, asks[shell](script, line), {
            cwd: folder,
            env: { ...process.env, PATH, HOME: folder },
          });
          const found = stdout
            .split('\n')
            .map((each) => each.split('\t')[0]?.replace(/\/$/, '') ?? '')
            .filter((each) => each !== '');
          expect(found.toSorted(), `${shell}: ${line}`).to.deep.equal(expected);
        }
      });
    });
  }

  it('answers in the form that kubectl reads from kubectl_complete-lithopod', async () => {
    const { stdout, code } = await cli(['__complete', 'check', '--output', 's']);
    expect({ stdout, code }).to.deep.equal({ stdout: 'sarif\n:4\n', code: 0 });
    const files = await cli(['__complete', 'check', '']);
    expect(files.stdout).to.equal(':0\n');
    const nothing = await cli(['__complete', 'no-such', '--x', '']);
    expect(nothing.stdout).to.equal(':4\n');
  });

  it('refuses shells that it does not know', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh']);
    expect(code).to.equal(2);
    expect(stderr).to.include('Allowed choices are bash, zsh, fish.');
  });
});

describe('lithopod version', () => {
  it('prints the version of the package', async () => {
    const flag = await cli(['--version']);
    const text = await cli(['version']);
    expect(text.stdout).to.match(/^lithopod \d+\.\d+\.\d+\S* \(Node\.js v\d/);
    const { version } = JSON.parse((await cli(['version', '-o', 'json'])).stdout) as {
      readonly version: string;
    };
    expect(flag.stdout).to.equal(`${version}\n`);
  });
});
