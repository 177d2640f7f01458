/** Runs one server on one core and drives it from the other. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onEnd, startServer } from '../e2e/control-plane/owned-process.ts';
import type { ServerProcess } from '../e2e/control-plane/owned-process.ts';
import type { Target } from './targets.ts';

export interface Figures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not 200, and connections that failed. */
  readonly errors: number;
}

const serverCore = '1';
const clientCore = '0';
const startMs = 10_000;

/**
 * Starts a target, pinned and within its limit. Its output goes to `results/` of the folder. It
 * ends when this process does.
 */
export function spawnTarget(target: Target, folder: string): Promise<ServerProcess> {
  const log = join(folder, 'results', `${target.name.replace(/\W+/g, '-')}.log`);
  const args = ['-c', serverCore, ...(target.limit?.prefix ?? []), ...target.command];
  return startServer(target.name, 'taskset', args, log, { ...process.env, ...target.env });
}

/** The same, and waits until it answers `payload` with 200. */
export async function startTarget(
  target: Target,
  folder: string,
  payload: string,
): Promise<ServerProcess> {
  const server = await spawnTarget(target, folder);
  const body = readFileSync(payloadFile(folder, payload));
  await untilAnswered(server, async () => (await post(target.url, body)).status);
  return server;
}

/**
 * Asks again and again until the answer is 200. Rejects when the server ends, or after ten seconds.
 */
export async function untilAnswered(
  server: ServerProcess,
  ask: () => Promise<number>,
  pauseMs = 100,
): Promise<void> {
  const deadline = Date.now() + startMs;
  while ((await ask().catch(() => 0)) !== 200) {
    const end = server.ended();
    if (end !== undefined) throw new Error(`${server.name} ${end}:\n${server.lastLogLines()}`);
    if (Date.now() > deadline) throw new Error(`${server.name} did not answer within 10 s`);
    await delay(pauseMs);
  }
}

/**
 * The status of a GET over plain HTTP, and the body. Rejects where there is no answer within five
 * seconds.
 */
export function getStatus(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(5_000);
    get(url, { agent: false, signal }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    }).on('error', reject);
  });
}

export function payloadFile(folder: string, payload: string): string {
  return join(folder, 'payloads', `pod-${payload}.json`);
}

/**
 * The status and size of the answer to one POST. Rejects where there is none within `timeoutMs`.
 */
export function post(
  url: string,
  body: Buffer,
  timeoutMs = 5_000,
): Promise<{ readonly status: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        agent: false,
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
        timeout: timeoutMs,
      },
      (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, bytes });
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
  target: Pick<Target, 'url'>,
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
    const release = onEnd(() => wrk.kill());
    let output = '';
    wrk.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    wrk.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    wrk.on('error', reject);
    wrk.on('close', () => {
      release();
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
    requests,
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

/** The value below which the given share of all lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The resident memory of a process, in MB of a million bytes. */
export function residentMegabytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
