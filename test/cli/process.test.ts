import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { testProfiles, toolPod, withFolder } from './run.ts';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

function start(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const { NO_COLOR: _none, FORCE_COLOR: _force, ...own } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], {
    env: { ...own, ...environment },
  });
  // A command that does not read its stdin may end before it is closed.
  child.stdin.on('error', () => undefined);
  return child;
}

async function finished(child: ChildProcessWithoutNullStreams): Promise<{
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited(child),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

async function exited(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

describe('the lithopod process', function () {
  this.timeout(60_000);

  it('reads stdin, writes stdout and exits with what the command says', async () => {
    const child = start(['check', '-', '--profiles', testProfiles]);
    child.stdin.end(toolPod('a'));
    const { code, stdout, stderr } = await finished(child);
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: '' });
    expect(stdout).to.match(/^<stdin>:1:1 Pod\/a: \d changes\n/);
  });

  it('writes long output whole into a pipe', async () => {
    const child = start(['harden', '--profiles', testProfiles]);
    const pods = Array.from({ length: 2000 }, (_, index) => `# ${index}\na: ${index}\n`);
    const stdin = pods.join('---\n');
    child.stdin.end(stdin);
    const { code, stdout } = await finished(child);
    expect(code).to.equal(0);
    expect(stdout).to.equal(stdin);
  });

  it('colours by NO_COLOR and FORCE_COLOR, and not into a pipe', async () => {
    const coloured = async (environment: Readonly<Record<string, string>>): Promise<boolean> => {
      const child = start(['harden', '--diff', '--profiles', testProfiles], environment);
      child.stdin.end(toolPod('a'));
      return (await finished(child)).stdout.includes('\u001b[');
    };
    expect(await coloured({})).to.equal(false);
    expect(await coloured({ FORCE_COLOR: '1' })).to.equal(true);
    expect(await coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).to.equal(false);
  });

  it('ends quietly when its reader has seen enough, with all files written', async () => {
    const long = Array.from({ length: 400 }, (_, index) => toolPod(`pod-${index}`)).join('---\n');
    await withFolder({ 'a.yaml': long }, async (folder) => {
      const file = join(folder, 'a.yaml');
      const child = start(['harden', '--in-place', '--diff', '--profiles', testProfiles, file]);
      child.stdout.once('data', () => child.stdout.destroy());
      const [stderr] = await Promise.all([text(child.stderr), exited(child)]);
      expect(child.exitCode).to.equal(0);
      expect(stderr).to.equal(`hardened ${file}\n`);
      const written = await readFile(file, 'utf8');
      expect(written.split('readOnlyRootFilesystem: true')).to.have.length(401);
    });
  });

  it('loads for help and version nothing but commander and the colours', async () => {
    await withFolder({}, async (folder) => {
      for (const flag of ['--version', '--help']) {
        const list = join(folder, flag);
        // Each module that Node resolves is written to a file: a pipe that is full would refuse it
        // (EAGAIN).
        const hook = `
        import { appendFileSync } from 'node:fs';
        export async function resolve(specifier, context, next) {
          const resolved = await next(specifier, context);
          appendFileSync(${JSON.stringify(list)}, resolved.url + '\\n');
          return resolved;
        }`;
        const register = `import { register } from 'node:module';
        register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
        const child = spawn(process.execPath, [
          ...['--import', 'tsx'],
          ...['--import', `data:text/javascript,${encodeURIComponent(register)}`],
          ...[main, flag],
        ]);
        expect((await finished(child)).code).to.equal(0);
        const modules = (await readFile(list, 'utf8'))
          .split('\n')
          .filter((url) => url.startsWith('file:'));
        expect(modules.some((url) => url.includes('/src/cli/program.ts'))).to.equal(true);
        const packages = modules
          .flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
          .filter((name) => name !== 'tsx');
        expect([...new Set(packages)].sort()).to.deep.equal(['commander', 'picocolors']);
      }
    });
  });
});
