/** The recipe "Add a rule" of CONTRIBUTING.md works: it is followed in a copy of the project. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('..', import.meta.url));
const left = ['node_modules', 'dist', '.git', 'coverage'];

/** A block of code in the recipe, without the indentation of its list item. */
interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

function blocksOf(page: string): readonly Block[] {
  const recipe = /^## Add a rule\n([^]*?)^## /m.exec(page)?.[1] ?? '';
  return [...recipe.matchAll(/^ {3}```(\w+)\n([^]*?)^ {3}```$/gm)].map(([, language, body]) => ({
    language: language ?? '',
    lines: (body ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^ {3}/, '')),
  }));
}

/** Puts the added line behind the one before it, which must be there once. */
function insert(file: string, [before = '', added = '']: readonly string[]): void {
  const text = readFileSync(file, 'utf8');
  expect(text.split(`\n${before}\n`), `${file}: ${before}`).to.have.lengthOf(2);
  writeFileSync(file, text.replace(`\n${before}\n`, `\n${before}\n${added.slice(1)}\n`));
}

describe('the recipe for a rule', function () {
  this.timeout(600_000);
  let copy: string;

  before('copy the project', () => {
    copy = mkdtempSync(join(tmpdir(), 'lithopod-recipe-'));
    cpSync(root, copy, {
      recursive: true,
      filter: (source) => !left.some((name) => source === join(root, name)),
    });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });

  after(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  const run = (command: string, ...args: readonly string[]): void => {
    try {
      execFileSync(command, args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
      expect.fail(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
    }
  };

  it('is green when it is followed', () => {
    const added: string[] = [];
    for (const { language, lines } of blocksOf(
      readFileSync(join(copy, 'CONTRIBUTING.md'), 'utf8'),
    )) {
      const [first = '', ...rest] = lines;
      const name = first.replace(/^(?:---|\/\/|#) /, '');
      const file = join(copy, name);
      if (language === 'diff') insert(file, rest);
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `${rest.join('\n')}\n`);
      }
      added.push(name);
    }
    expect(added).to.have.lengthOf(8);
    for (const script of ['generate', 'golden', 'docs', 'check:types']) run('npm', 'run', script);
    const sources = added.filter((name) => name.endsWith('.ts'));
    run('npx', 'eslint', '--max-warnings', '0', ...new Set(sources));
    run('npx', 'prettier', '--check', ...new Set(added));
    const tests = ['parity', 'golden', 'docs', 'rules/no-terminal', 'core/pod-fields'];
    run('npx', 'mocha', ...tests.map((name) => `test/${name}.test.ts`));
  });
});
