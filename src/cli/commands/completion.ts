/** `lithopod completion SHELL`: prints a script that completes what somebody types. */
import { Argument } from 'commander';
import { completionScripts } from './completion-scripts.ts';
import type { Command } from 'commander';
import type { Shell } from './completion-scripts.ts';
import type { Finish, Io } from '../terminal/io.ts';

/** Adds the command `completion`. */
export function registerCompletion(program: Command, io: Io, _finish: Finish): void {
  program
    .command('completion')
    .summary('print the completion of a shell')
    .description(
      'Prints a script for a shell, which asks lithopod itself for what fits: commands, flags, values of flags, files.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(completionScripts)))
    .addHelpText('after', examples)
    .action((shell: Shell) => {
      io.stdout(completionScripts[shell]);
    });
}

const examples = `
Examples:
  source <(lithopod completion bash)                # in ~/.bashrc
  lithopod completion zsh > "\${fpath[1]}/_lithopod"  # before compinit runs
  lithopod completion fish > ~/.config/fish/completions/lithopod.fish

kubectl lithopod is completed by kubectl, where kubectl_complete-lithopod is on
the PATH: the package brings it.`;
