/**
 * `lithopod observe`: starts the static program that looks at a process's root file system. It is
 * built into Lithopod's image; elsewhere `go build` makes it (observe/main.go).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { packagePath } from '../../package/files.ts';
import { printProblems } from '../terminal/problems.ts';
import type { Command } from 'commander';
import type { Finish, Io } from '../terminal/io.ts';

const program = packagePath('observe/lithopod-observe');

interface ObserveFlags {
  readonly pid?: string;
  readonly container?: string;
  readonly watch?: string;
  readonly every?: string;
}

/** Adds the command `observe`. */
export function registerObserve(parent: Command, io: Io, finish: Finish): void {
  parent
    .command('observe')
    .summary('tell what a process’s root has that its image had not')
    .description(
      'Looks through /proc at the root file system of a process of another container, and prints as one line of JSON what was made or changed in it since that container began (schemas/look-report.v1.schema.json). lithopod learn runs it beside a container of a pod; by hand it runs in a container that shares the process namespace of another, as the same user. It is a static program for Linux, which Lithopod’s image has.',
    )
    .option('--pid <process>', 'the process to look at (default: the first of the other container)')
    .option('--container <id>', 'the runtime’s id of the container, where several share processes')
    .option('--watch <duration>', 'go on for so long, such as 24h, and print a line at each look')
    .option('--every <duration>', 'the pause between two looks (default: 10m)')
    .action(async (flags: ObserveFlags) => {
      finish(await observe(flags, io));
    });
}

/** The exit code of the program; 2 where it is missing or cannot be started. */
async function observe(flags: ObserveFlags, io: Io): Promise<number> {
  const args = Object.entries(flags as Readonly<Record<string, string>>).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', io.stdout);
  child.stderr.setEncoding('utf8').on('data', io.stderr);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 2;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const message = `cannot be started (${code}): it is part of Lithopod’s image, and is built from its sources by: cd observe && CGO_ENABLED=0 go build -o lithopod-observe .`;
    return printProblems([{ file: program, message }], io);
  }
}
