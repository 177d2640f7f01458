// Processes and folders this process answers for: whatever way it ends, short of SIGKILL, they end
// too.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** How a finished command ended and what it wrote. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `env` is the whole environment; `signal` is what ends the command when it has to be ended. */
export interface CommandOptions {
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly signal?: NodeJS.Signals;
  /** Lets the command write its errors to our stderr as they come; `stderr` is then empty. */
  readonly showErrors?: boolean;
}

/** A server that runs until it is stopped, its output in a file. */
export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  /** Says how it ended, or `undefined` while it runs. */
  readonly ended: () => string | undefined;
  /** The end of its log, for an error message. */
  readonly lastLogLines: () => string;
  /** SIGTERM, then SIGKILL after ten seconds. Does nothing to a server that ended already. */
  readonly stop: () => Promise<void>;
}

const LOG_LINES = 20;
const TERM_MS = 10_000;
const KILL_MS = 5_000;

const ownedChildren = new Map<ChildProcess, NodeJS.Signals>();
const ownedFolders = new Set<string>();
const ends = new Set<() => void>();
let watching = false;

/**
 * Runs a command to its end. Any exit code is a result; the promise is rejected only when the
 * command cannot be started, is ended by a signal, or takes longer than `timeoutMs` (and is then
 * ended).
 */
export async function runCommand(
  path: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { timeoutMs, env, cwd, input = '', signal = 'SIGKILL', showErrors = false } = options;
  const child = spawn(path, args, {
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
    stdio: ['pipe', 'pipe', showErrors ? 'inherit' : 'pipe'],
  });
  own(child, signal);
  // A command that ends before it has read all its input is no fault: its exit code tells the
  // story.
  child.stdin?.on('error', () => undefined).end(input);
  const timer = setTimeout(() => child.kill(signal), timeoutMs);
  try {
    const [, stdout, stderr] = await Promise.all([
      once(child, 'close'),
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
    ]);
    if (child.exitCode === null || child.killed) {
      const why = child.killed ? `not done after ${timeoutMs} ms` : howItEnded(child);
      throw new Error(`${path} ${args.join(' ')}: ${why}\n${stderr}`);
    }
    return { code: child.exitCode, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts a server; rejects when its file cannot be executed. Its output is appended to `logFile`;
 * `env` is its whole environment.
 */
export async function startServer(
  name: string,
  path: string,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const log = openSync(logFile, 'a');
  const child = spawn(path, args, { stdio: ['ignore', log, log], env });
  closeSync(log);
  own(child, 'SIGKILL');
  await once(child, 'spawn');
  return {
    name,
    pid: child.pid ?? 0,
    ended: () => (isRunning(child) ? undefined : howItEnded(child)),
    lastLogLines: () =>
      readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n'),
    stop: () => stop(name, child),
  };
}

/**
 * Takes charge of a folder: it is removed when this process ends, unless {@link removeFolder} did
 * so.
 */
export function ownFolder(folder: string): void {
  watch();
  ownedFolders.add(folder);
}

/** Removes a folder taken charge of by {@link ownFolder}. */
export function removeFolder(folder: string): void {
  // A killed etcd may still be making files while its folder is emptied.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  ownedFolders.delete(folder);
}

/**
 * Has `cleanUp` called when this process ends, after its servers and commands have been killed. It
 * must not wait for anything. Answers how to take it back.
 */
export function onEnd(cleanUp: () => void): () => void {
  watch();
  ends.add(cleanUp);
  return () => {
    ends.delete(cleanUp);
  };
}

async function stop(name: string, child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  child.kill('SIGTERM');
  if (await exitsWithin(child, TERM_MS)) return;
  child.kill('SIGKILL');
  if (await exitsWithin(child, KILL_MS)) return;
  throw new Error(`${name} (process ${child.pid ?? 0}) does not end`);
}

async function exitsWithin(child: ChildProcess, ms: number): Promise<boolean> {
  const cancel = new AbortController();
  const exited = isRunning(child) ? once(child, 'exit', { signal: cancel.signal }) : true;
  const late = delay(ms, undefined, { signal: cancel.signal });
  // Both lose their wait once the other has won; that is no error.
  await Promise.race([exited, late]);
  cancel.abort();
  await Promise.allSettled([exited, late]);
  return !isRunning(child);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function howItEnded(child: ChildProcess): string {
  return child.signalCode === null
    ? `ended with code ${child.exitCode ?? 'unknown'}`
    : `ended by ${child.signalCode}`;
}

function own(child: ChildProcess, signal: NodeJS.Signals): void {
  watch();
  ownedChildren.set(child, signal);
  const release = (): void => {
    ownedChildren.delete(child);
  };
  child.once('exit', release);
  child.once('error', release);
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('exit', endEverything);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

/** Must not wait for anything: the process is on its way out. */
function endEverything(): void {
  for (const [child, signal] of ownedChildren) child.kill(signal);
  for (const cleanUp of ends) cleanUp();
  for (const folder of ownedFolders) removeFolder(folder);
}

/** Cleans up, then lets the signal do what it would have done had nobody listened. */
function onSignal(signal: NodeJS.Signals): void {
  endEverything();
  if (process.listenerCount(signal) > 1) return;
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
