/** podman or docker on this machine: commands with bounded time and output. */
import { spawn } from 'node:child_process';
import { failure, success } from '../../core/values/result.ts';
import { lastLine } from '../../core/values/text.ts';
import type { Result } from '../../core/values/result.ts';

export const engineNames = ['podman', 'docker'] as const;
export type EngineName = (typeof engineNames)[number];

/** How a command ended. */
export interface Ended {
  /** Undefined where it was stopped: by a signal, or because its time was over. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A container engine. */
export interface Engine {
  readonly name: EngineName;
  /** `podman 4.3.1` */
  readonly version: string;
  /** Runs a command of it. Output beyond 4 MiB is cut at its beginning. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ended>;
}

export interface RunOptions {
  /** Two minutes, unless it says otherwise. */
  readonly timeoutMs?: number;
  /** Ends the command early. */
  readonly signal?: AbortSignal;
  /** Receives stderr as it comes: of a pull. */
  readonly onStderr?: (text: string) => void;
}

const defaultTimeout = 120_000;
/** Of a log the end is what tells. */
const maxOutput = 4 * 1024 * 1024;

/** The engine of that name, or the first that answers. Refused where none does. */
export async function findEngine(wanted: EngineName | undefined): Promise<Result<Engine>> {
  for (const name of wanted === undefined ? engineNames : [wanted]) {
    const run: Engine['run'] = (args, options) => runProgram(name, args, options);
    // Docker's client answers without its server, which nothing can be done without.
    const server = name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
    const ended = await run(['version', `--format=${server}`], { timeoutMs: 20_000 });
    const version = ended.stdout.trim();
    if (ended.code === 0 && version !== '') {
      return success({ name, version: `${name} ${version}`, run });
    }
    if (wanted !== undefined) {
      const why = lastLine(ended.stderr);
      return failure({ message: `${name} does not answer: ${why}` });
    }
  }
  return failure({ message: 'neither podman nor docker answers on this machine' });
}

/** Runs a program without a shell. Never rejects: one that is not there ends with an error text. */
export function runProgram(
  program: string,
  args: readonly string[],
  { timeoutMs = defaultTimeout, signal, onStderr }: RunOptions = {},
  variables?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(variables && { env: variables }),
    });
    const output = { stdout: '', stderr: '' };
    const keep = (stream: 'stdout' | 'stderr', text: string): void => {
      output[stream] = (output[stream] + text).slice(-maxOutput);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      keep('stdout', text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      keep('stderr', text);
      onStderr?.(text);
    });
    child.on('error', ({ message }) => {
      keep('stderr', message);
    });
    child.on('close', (code) => {
      // A program that is not there has a negative number.
      resolve({ code: code === null || code < 0 ? undefined : code, ...output });
    });
  });
}
