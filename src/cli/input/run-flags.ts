/** The flags of commands that run an image on this machine. */
import { InvalidArgumentError, Option } from 'commander';
import { repeatable } from './repeatable.ts';
import type { Command } from 'commander';
import type { Io } from '../terminal/io.ts';

/** The values of these flags. */
export interface LocalRunFlags {
  /** In seconds. */
  readonly for: number;
  readonly exercise?: string;
  readonly env?: readonly string[];
  readonly publish?: readonly number[];
  readonly engine?: 'podman' | 'docker';
}

/** Nobody watches a command for longer. */
const maxSeconds = 24 * 3600;

/** Adds the flags; `seconds` is how long it runs where nobody says. */
export function addRunFlags(command: Command, seconds: number): Command {
  return command
    .addOption(
      new Option('--for <duration>', 'how long it may run, such as 30s, 5m, 1h')
        .argParser(parseDuration)
        .default(seconds, `${seconds}s`),
    )
    .addOption(
      new Option(
        '--exercise <command>',
        'a command for the shell of this machine, to use the container meanwhile: LITHOPOD_CONTAINER, LITHOPOD_ENGINE and LITHOPOD_PORT say where it is',
      ),
    )
    .addOption(
      new Option('--env <name=value>', 'a variable of the container (repeatable)').argParser(
        (value: string, before: readonly string[] | undefined) => {
          if (/^[^=]+=/.test(value)) return repeatable(value, before);
          throw new InvalidArgumentError('it is written NAME=VALUE.');
        },
      ),
    )
    .addOption(
      new Option(
        '--publish <port>',
        'a port of the container, to a free one of this machine’s loopback (repeatable)',
      ).argParser((value: string, before: readonly number[] | undefined) => {
        const port = Number(value);
        if (/^\d+$/.test(value) && port > 0 && port < 65_536) return [...(before ?? []), port];
        throw new InvalidArgumentError('it is a number from 1 to 65535.');
      }),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'what runs it (default: the first of these that answers)',
      ).choices(['podman', 'docker']),
    );
}

function parseDuration(text: string): number {
  const found = /^(\d+)([smh]?)$/.exec(text);
  const unit = { s: 1, m: 60, h: 3600 }[found?.[2] === '' ? 's' : (found?.[2] ?? 's')] ?? 1;
  const seconds = Number(found?.[1] ?? 0) * unit;
  if (seconds > 0 && seconds <= maxSeconds) return seconds;
  throw new InvalidArgumentError('it is a number with s, m or h, up to 24h.');
}

/**
 * Calls `use` with a signal that comes with the first Ctrl-C, so that it can remove what it made.
 * A second one ends the process as ever.
 */
export async function untilInterrupted(
  use: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const code = await use(controller.signal);
    return controller.signal.aborted ? 130 : code;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Shows steps on a terminal of stderr, and what the engine says of a pull. */
export function stepsOn(io: Io): {
  readonly onStep: (text: string) => void;
  readonly onStderr: (text: string) => void;
} {
  if (io.stderrColumns === undefined) return { onStep: () => undefined, onStderr: () => undefined };
  return {
    onStep: (text) => {
      io.stderr(`${text}\n`);
    },
    onStderr: io.stderr,
  };
}
