/**
 * Every command of README and docs works as it is printed, in what `git clone` and `npm ci` give.
 *
 * Each block of sh runs in a copy of the tracked files, built by the package's own script. kubectl,
 * helm, docker and npm are stand-ins of a few lines (test/docs-clone/tools); `bin/lithopod` is real
 * and asks an API server that answers with one crashing pod.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';

import { cloneTree } from './clone.ts';
import { withApi } from './cluster/api-server.ts';
import { answersOf, crashLogs } from './cluster/crashing-pod.ts';
import { cli } from './cli/run.ts';

const root = join(import.meta.dirname, '..');
const stage = join(import.meta.dirname, 'docs-clone');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

interface PodObject {
  readonly metadata: object;
}
const deployment = {
  metadata: { name: 'web', uid: 'u-2' },
  spec: { selector: { matchLabels: { app: 'web' } } },
};
const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9d', uid: 'u-3' };
const made = { ownerReferences: [{ ...owner, controller: true }] };

interface Block {
  readonly page: string;
  readonly line: number;
  readonly script: string;
}

function blocksOf(page: string): readonly Block[] {
  const content = read(page);
  return [...content.matchAll(/^( *)```(?:sh|bash|shell|console)\n([^]*?)^ *```$/gm)].map(
    ({ 2: script = '', index }) => ({
      page,
      line: content.slice(0, index).split('\n').length + 1,
      script,
    }),
  );
}

/** Commands in the text, between backticks. */
function inlineCommands(page: string): readonly string[] {
  const prose = read(page).replace(/^ *```[^]*?^ *```$/gm, '');
  return [...prose.matchAll(/`([^`\n]*\blithopod [a-z][^`\n]*)`/g)].map(({ 1: code = '' }) => code);
}

/** The command, with one below `profiles`, and its flags; up to a pipe or a redirection. */
function partsOf(call: string): { readonly command: readonly string[]; readonly flags: string[] } {
  const [, rest = ''] = /lithopod ([^|>&]*)/.exec(call) ?? [];
  const [first = '', second = ''] = rest.trim().split(/\s+/);
  return {
    command: first === 'profiles' && /^[a-z]+$/.test(second) ? [first, second] : [first],
    flags: rest.match(/(?<=\s)--?[a-zA-Z][a-z-]*/g) ?? [],
  };
}

describe('the commands of README and docs', function () {
  this.timeout(600_000);
  let clone = '';

  before('clone and build', () => {
    clone = cloneTree();
    execFileSync('npm', ['run', '--silent', 'prepare'], { cwd: clone, stdio: 'pipe' });
    // Notes of each call its code and what it says, and lets a block go on after those that are
    // meant to end with another code than 0.
    renameSync(join(clone, 'bin/lithopod'), join(clone, 'bin/lithopod-itself'));
    cpSync(join(stage, 'noting-lithopod'), join(clone, 'bin/lithopod'));
    chmodSync(join(clone, 'bin/lithopod'), 0o755);
  });

  after(() => {
    if (clone !== '') rmSync(dirname(clone), { recursive: true, force: true });
  });

  /** What somebody who reads the page has of their own. */
  function putSamples(): void {
    cpSync(join(stage, 'samples'), clone, { recursive: true, force: true });
    for (const folder of ['my-profiles', 'manifests/tls', 'overlays/bring-your-own/tls']) {
      rmSync(join(clone, folder), { recursive: true, force: true });
    }
    const profile =
      /^```yaml\n(apiVersion: lithopod.dev\/v1alpha1\nkind: ImageProfile\n[^]*?)^```$/m;
    const filledIn = profile.exec(read('README.md'))?.[1] ?? '';
    mkdirSync(join(clone, 'my-profiles'));
    cpSync(join(stage, 'samples/api.test.yaml'), join(clone, 'my-profiles/api.test.yaml'));
    for (const file of ['my-profiles/api.yaml', 'web.yaml'])
      writeFileSync(join(clone, file), filledIn);
  }

  interface Run {
    readonly code: number;
    readonly output: string;
    /** Of each call of bin/lithopod. */
    readonly calls: readonly {
      readonly code: number;
      readonly argv: string;
      readonly said: string;
    }[];
  }

  async function run(script: string): Promise<Run> {
    const notes = join(clone, '..', 'notes');
    rmSync(notes, { recursive: true, force: true });
    mkdirSync(notes);
    const answers = await answersOf(crashLogs);
    return withApi(
      (path, query) => {
        if (path.endsWith('/deployments/web')) return { body: deployment };
        if (path.endsWith('/namespaces/shop')) return { body: { metadata: {} } };
        if (path.endsWith('/namespaces')) return { body: { items: [] } };
        const answer = answers(path.replace(/\/pods\/web-7c9d/, '/pods/web'), query);
        if (!path.endsWith('/pods')) return answer;
        // The list of pods has the one, made by a ReplicaSet of the Deployment.
        const pod = answers('/api/v1/namespaces/shop/pods/web', query)?.body as PodObject;
        return { body: { items: [{ ...pod, metadata: { ...pod.metadata, ...made } }] } };
      },
      async ({ kubeconfig }) => {
        const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], {
          cwd: clone,
          env: {
            ...process.env,
            PATH: `${join(stage, 'tools')}:${process.env['PATH'] ?? ''}`,
            KUBECONFIG: kubeconfig,
            NOTES: notes,
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        const [output, [code]] = await Promise.all([
          Promise.all([text(child.stdout), text(child.stderr)]),
          once(child, 'close') as Promise<[number]>,
        ]);
        const calls = readdirSync(notes).map((name) => {
          const [argv = '', ended = '', ...said] = readFileSync(join(notes, name), 'utf8').split(
            '\n',
          );
          return { argv, code: Number(ended), said: said.join('\n') };
        });
        return { code, output: output.join(''), calls };
      },
    );
  }

  /** What the exit codes say: 0, and of `check` also that something would change. */
  const allowed = (argv: string): readonly number[] => {
    if (argv.startsWith('check ')) return [0, 1];
    // The API server of this test knows one pod. That the flags are right is what counts.
    return /^(?:status|uninstall|profiles pu(?:sh|ll))\b/.test(argv) ? [0, 1, 2] : [0];
  };
  const usage =
    /unknown (?:option|command)|too many arguments|missing required|is invalid|argument missing/;

  for (const page of pages) {
    for (const { line, script } of blocksOf(page)) {
      it(`${page}:${line}`, async () => {
        putSamples();
        const { code, output, calls } = await run(script);
        for (const call of calls) {
          const about = `lithopod ${call.argv}\n${call.said}`;
          expect(call.said, about).not.to.match(usage);
          expect(call.code, about).to.be.oneOf(allowed(call.argv));
        }
        const printed = script.match(/(?<=^|[|&;]\s*)bin\/lithopod /gm) ?? [];
        expect(calls.length, output).to.be.at.least(printed.length);
        expect(code, output).to.equal(0);
        if (script.includes('--post-renderer')) {
          const applied = readFileSync(join(clone, 'helm.out'), 'utf8');
          expect(applied).to.contain('readOnlyRootFilesystem: true').and.contain('# pinned');
        }
      });
    }

    it(`${page}: names no command that is not there`, async () => {
      const content = read(page);
      expect(content).not.to.match(/npx (?:--\S+ )*lithopod/);
      for (const { script, line } of blocksOf(page)) {
        expect(script, `${page}:${line}`).not.to.match(/(?:^|[|&;(]\s*)(?:npx )?lithopod /m);
      }
      for (const code of inlineCommands(page)) {
        const { command, flags } = partsOf(code);
        // The name of a command alone is a name; with more behind it, it is typed as it is printed.
        const more =
          code.slice(code.indexOf('lithopod ')).trim().split(/\s+/).length > command.length + 1;
        if (more && !code.endsWith('…')) expect(code, page).to.match(/bin\/lithopod /);
        const { code: exit, stdout } = await cli(['help', ...command.slice(0, 1)]);
        expect(exit, code).to.equal(0);
        const help = command.length === 1 ? stdout : (await cli([...command, '--help'])).stdout;
        for (const flag of flags) expect(help, `${page}: ${code}`).to.contain(flag);
      }
    });
  }

  it('bin/lithopod says what to do where nothing is built, and works through a link', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lithopod-bin-'));
    try {
      mkdirSync(join(folder, 'bin'));
      for (const file of ['package.json', 'bin/lithopod'])
        cpSync(join(root, file), join(folder, file));
      let said = '';
      try {
        execFileSync(join(folder, 'bin/lithopod'), ['--version'], {
          stdio: 'pipe',
          encoding: 'utf8',
        });
      } catch (error) {
        const { status, stderr } = error as { readonly status: number; readonly stderr: string };
        said = `${status} ${stderr}`;
      }
      expect(said).to.match(/^2 error: lithopod is not built yet: run npm ci in \S+\n$/);
      symlinkSync(join(clone, 'bin/lithopod-itself'), join(folder, 'lithopod'));
      const version = execFileSync(join(folder, 'lithopod'), ['--version'], { encoding: 'utf8' });
      expect(version).to.match(/^\d+\.\d+\.\d+\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('fails for a command, a flag or a file that is not there', async () => {
    putSamples();
    for (const script of [
      'bin/lithopod hardem deploy.yaml',
      'bin/lithopod harden --difff deploy.yaml',
    ]) {
      const { calls } = await run(script);
      expect(calls[0]?.said, script).to.match(usage);
    }
    for (const script of [
      'lithopod --version',
      'kubectl apply -f nothing.yaml',
      'kubectl apply -k nothing',
    ]) {
      expect((await run(script)).code, script).not.to.equal(0);
    }
    appendFileSync(join(clone, 'deploy.yaml'), '\n');
    expect((await run('bin/lithopod check deploy.yaml')).calls[0]?.code).to.equal(1);
  });
});
