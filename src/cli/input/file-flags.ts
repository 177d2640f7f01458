/** The flags that say which files are read, as kubectl has them. */
import { Option } from 'commander';
import { repeatable } from './repeatable.ts';
import type { Command } from 'commander';

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly exclude?: readonly string[];
  /** A folder with a kustomization, in place of files. */
  readonly kustomize?: string;
}

/** Adds `--filename`, `--kustomize` and `--exclude`. */
export function addFileFlags(command: Command): Command {
  return command
    .addOption(
      new Option('-f, --filename <file>', 'the same as an argument (repeatable)').argParser(
        repeatable,
      ),
    )
    .option('-k, --kustomize <dir>', 'what kustomize or kubectl builds of this directory')
    .addOption(
      new Option(
        '--exclude <glob>',
        'files and directories to pass over, as a line of .gitignore names them (repeatable)',
      ).argParser(repeatable),
    );
}

/** The operands, and after them the values of `--filename`. */
export function allOperands(
  operands: readonly string[],
  { filename = [] }: FileFlags,
): readonly string[] {
  return [...operands, ...filename];
}
