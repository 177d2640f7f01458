/** The flags of commands that ask a cluster. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

/** Which cluster, as `readConnection` takes it. */
export interface ConnectionFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** Adds `--context` and `--kubeconfig`. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option('--context <name>', 'the context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <file>', 'the kubeconfig (default: as kubectl finds it)');
}

const maxSeconds = 3_600;

/** Parses the value of a flag, a number of seconds. Refused: what is no whole number to 3,600. */
export function seconds(text: string): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value <= maxSeconds) return value;
  throw new InvalidArgumentError(`It takes a whole number of seconds up to ${maxSeconds}.`);
}
