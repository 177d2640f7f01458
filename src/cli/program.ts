/** The program: runs the command that the arguments name, and gives the exit code for any end. */
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { isAppError, messageOf } from '../error.ts';
import { version } from '../package/files.ts';
import { askedCommand, commands } from './commands.ts';
import type { ErrorCode } from '../error.ts';
import type { Finish, Io } from './terminal/io.ts';

/** What shells ask by: cobra's word, so that kubectl's way to complete plugins works too. */
const completeWord = '__complete';

/** Where users report bugs of Lithopod. */
const issues = 'https://github.com/lithopod/lithopod/issues';

/**
 * Runs one command line (without the program's own name) and gives its exit code. Never throws: it
 * reports every error on stderr.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  try {
    // Not a command, so that words with dashes reach it as they are.
    if (argv[0] === completeWord) {
      const { printCandidates } = await import('./complete.ts');
      await printCandidates(argv.slice(1), makeProgram(io), io);
      return 0;
    }
    const program = makeProgram(io);
    await addCommands(program, argv, io, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, io);
  }
}

function makeProgram(io: Io): Command {
  const { bold } = pc.createColors(io.colour.stdout);
  return new Command('lithopod')
    .description(
      'Turns pods to stone: a read-only root, no privileges, and writable mounts\nat just the paths that their images need.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ styleTitle: bold })
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.columns ?? 80,
      getOutHasColors: () => io.colour.stdout,
      getErrHasColors: () => io.colour.stderr,
    })
    .exitOverride();
}

async function addCommands(
  program: Command,
  argv: readonly string[],
  io: Io,
  finish: Finish,
): Promise<void> {
  const asked = askedCommand(argv);
  for (const { name, summary, load } of commands) {
    if (name === asked) (await load())(program, io, finish);
    else program.command(name).summary(summary).description(summary);
  }
}

/** Exit codes by error code. Any other error is a bug of Lithopod and gives 3. */
const exitCodes = {
  'bad-usage': 2,
  'bad-input': 2,
  'cannot-write': 2,
  'own-fault': 3,
} as const satisfies Record<ErrorCode, number>;

function reportError(error: unknown, io: Io): number {
  // Commander has printed its message. It throws for help and version too, with the code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const exitCode = isAppError(error) ? exitCodes[error.code] : 3;
  const { red } = pc.createColors(io.colour.stderr);
  io.stderr(`${red('error:')} ${messageOf(error)}\n`);
  if (exitCode === 3) {
    io.stderr(`This is a fault of lithopod ${version()}; please report it: ${issues}\n`);
    if (io.debug) io.stderr(`${stackOf(error)}\n`);
    else io.stderr('With LITHOPOD_DEBUG=1 in the environment it tells where.\n');
  }
  return exitCode;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
