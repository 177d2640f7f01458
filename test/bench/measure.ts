/** Runs one server on one core and drives it from the other. */
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { Target } from './targets.ts';

export interface Figures {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not 200, and connections that failed. */
  readonly errors: number;
}

const serverCore = '1';
const clientCore = '0';

/** Starts a target, pinned, and resolves when it answers `payload` with 200. Its output goes to a file. */
export async function startTarget(
  target: Target,
  folder: string,
  payload: string,
): Promise<ChildProcess> {
  const log = openSync(join(folder, 'results', `${target.name.replace(/\W+/g, '-')}.log`), 'w');
  const child = spawn('taskset', ['-c', serverCore, ...target.command], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const body = readFileSync(payloadFile(folder, payload));
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`${target.name} ended with ${child.exitCode}`);
    const status = await post(target.url, body).catch(() => 0);
    if (status === 200) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`${target.name} did not answer within 10 s`);
}

export function payloadFile(folder: string, payload: string): string {
  return join(folder, 'payloads', `pod-${payload}.json`);
}

/** The answer of a target to one request, as text. */
export function post(url: string, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
        timeout: 5_000,
      },
      (response) => {
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    call.on('error', reject);
    call.on('timeout', () => call.destroy(new Error('timeout')));
    call.end(body);
  });
}

/** One run of wrk against a target. */
export function drive(
  target: Target,
  folder: string,
  load: { readonly payload: string; readonly connections: number; readonly seconds: number },
): Promise<Figures> {
  const args = [
    ...['-c', clientCore, 'wrk', '-t1', `-c${load.connections}`, `-d${load.seconds}s`],
    ...['--timeout', '10s', '-s', 'wrk.lua', target.url],
  ];
  return new Promise((resolve, reject) => {
    const wrk = spawn('taskset', args, {
      cwd: folder,
      env: { ...process.env, BODY: payloadFile(folder, load.payload) },
    });
    let output = '';
    wrk.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    wrk.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    wrk.on('error', reject);
    wrk.on('close', () => {
      const line = /JSON(\{.*\})/.exec(output)?.[1];
      if (line === undefined) reject(new Error(`wrk said: ${output}`));
      else resolve(figuresOf(JSON.parse(line) as WrkLine));
    });
  });
}

/** What wrk.lua prints: times in microseconds. */
interface WrkLine {
  readonly requests: number;
  readonly duration_us: number;
  readonly p50: number;
  readonly p99: number;
  readonly err: Readonly<Record<string, number>>;
}

function figuresOf({ requests, duration_us, p50, p99, err }: WrkLine): Figures {
  return {
    requestsPerSecond: requests / (duration_us / 1e6),
    p50: p50 / 1000,
    p99: p99 / 1000,
    errors: Object.values(err).reduce((sum, count) => sum + count, 0),
  };
}

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
