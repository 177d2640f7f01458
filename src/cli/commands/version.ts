/** `lithopod version`: prints the version, as kubectl has it beside the flag. */
import { Option } from 'commander';
import { version } from '../../package/files.ts';
import type { Command } from 'commander';
import type { Finish, Io } from '../terminal/io.ts';

/** Adds the command `version`. */
export function registerVersion(program: Command, io: Io, _finish: Finish): void {
  program
    .command('version')
    .summary('print the version')
    .description('Prints the version of Lithopod, of Node.js, and the platform.')
    .addOption(
      new Option('-o, --output <format>', 'how to tell it')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(({ output }: { readonly output: 'text' | 'json' }) => {
      const about = {
        version: version(),
        node: process.version,
        platform: `${process.platform}/${process.arch}`,
      };
      io.stdout(
        output === 'json'
          ? `${JSON.stringify(about, null, 2)}\n`
          : `lithopod ${about.version} (Node.js ${about.node}, ${about.platform})\n`,
      );
    });
}
