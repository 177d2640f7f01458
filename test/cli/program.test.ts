import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect } from 'chai';
import { askedCommand, commands } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/program.ts';
import { cli } from './run.ts';
import type { Io } from '../../src/cli/terminal/io.ts';

const packageJson = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

/** Whose output fails in a way that nothing foresees. */
function brokenIo(debug: boolean): { readonly io: Io; readonly told: () => string } {
  let stderr = '';
  const io: Io = {
    stdin: (async function* () {
      await Promise.resolve();
      yield 'kind: Service\n';
    })(),
    stdinIsTerminal: false,
    stdout: () => {
      throw new TypeError('x is not a function', { cause: new Error('the cause') });
    },
    stderr: (text) => {
      stderr += text;
    },
    colour: { stdout: false, stderr: false },
    columns: undefined,
    stderrColumns: undefined,
    debug,
  };
  return { io, told: () => stderr };
}

describe('the program', () => {
  it('prints its version', async () => {
    for (const flag of ['--version', '-V']) {
      expect(await cli([flag])).to.deep.equal({
        code: 0,
        stdout: `${packageJson.version}\n`,
        stderr: '',
      });
    }
  });

  it('prints help on stdout when asked, and on stderr when nothing is asked', async () => {
    const [asked, alone] = [await cli(['--help']), await cli([])];
    expect(asked).to.include({ code: 0, stderr: '' });
    expect(alone).to.deep.equal({ code: 2, stdout: '', stderr: asked.stdout });
  });

  it('lists every command with the summary that its own file gives it', async () => {
    const { stdout } = await cli(['--help']);
    const io = brokenIo(false).io;
    for (const { name, summary, load } of commands) {
      const program = new Command();
      (await load())(program, io, () => undefined);
      const [command, ...others] = program.commands;
      expect(others).to.deep.equal([]);
      expect({ name: command?.name(), summary: command?.summary() }).to.deep.equal({
        name,
        summary,
      });
      expect(stdout).to.match(new RegExp(`^  ${name} .*${summary}$`, 'm'));
      expect((await cli([name, '--help'])).stdout).to.match(
        new RegExp(`^Usage: lithopod ${name} `),
      );
    }
  });

  it('exits with 2 on bad usage, with one line on what is wrong', async () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      hardn: /^error: unknown command 'hardn'\n\(Did you mean harden\?\)\n$/,
      '--nothing': /^error: unknown option '--nothing'\n/,
      'check --nothing': /^error: unknown option '--nothing'\n/,
      'check --level strict': /^error: option '--level <level>' argument 'strict' is invalid\./,
      'check --level': /^error: option '--level <level>' argument missing\n$/,
      'profiles show': /^error: missing required argument 'name'\n$/,
      'profiles nothing': /^error: unknown command 'nothing'/,
      'review a b': /^error: too many arguments for 'review'\. Expected 1 argument but got 2/,
      'help nothing': /^error: unknown command 'nothing'|^Usage: lithopod/,
    };
    for (const [line, message] of Object.entries(wrong)) {
      const { code, stdout, stderr } = await cli(line.split(' '));
      expect({ line, code, stdout }).to.deep.equal({ line, code: 2, stdout: '' });
      expect(stderr).to.match(message);
    }
  });

  it('exits with 3 on its own fault, and says how to report it', async () => {
    const { io, told } = brokenIo(false);
    expect(await run(['harden'], io)).to.equal(3);
    expect(told()).to.match(
      /^error: x is not a function\nThis is a fault of lithopod [\d.]+; please report it: https:/,
    );
    expect(told()).not.to.include(' at ');
  });

  it('tells where its own fault is when asked to', async () => {
    const { io, told } = brokenIo(true);
    await run(['harden'], io);
    expect(told()).to.match(/TypeError: x is not a function\n +at /);
    expect(told()).to.include('Caused by: Error: the cause');
  });

  it('knows which command is asked for', () => {
    const asked: readonly (readonly [readonly string[], string | undefined])[] = [
      [[], undefined],
      [['--help'], undefined],
      [['check', '-o', 'json'], 'check'],
      [['help', 'check'], 'check'],
      [['help'], undefined],
      [['--', 'check'], 'check'],
    ];
    for (const [argv, name] of asked) expect(askedCommand(argv)).to.equal(name);
  });
});
