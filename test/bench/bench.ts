/**
 * `npm run bench`: our server against the bare node:https reference and a null express server, alternating, each on one
 * pinned core. Machines are noisy: what counts is the ratio within one run.
 *
 *   npm run bench -- [--rounds 5] [--seconds 4] [--connections 16] [--json]
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drive, median, startTarget } from './measure.ts';
import { prepareWorkshop, targets } from './targets.ts';
import type { ChildProcess } from 'node:child_process';
import type { Figures } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const connections = Number(flags.connections);
const payloads = ['1c', '10c'];
const names: Readonly<Record<string, string>> = { '1c': '1 container', '10c': '10 containers' };

if (spawnSync('wrk', ['-v']).error !== undefined) {
  console.error('bench: wrk is missing; on Debian: apt-get install wrk');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'lithopod-bench-'));
const running: ChildProcess[] = [];
try {
  await prepareWorkshop(folder);
  const all = targets(19_440);
  for (const target of all) running.push(await startTarget(target, folder, '1c'));
  const runs = new Map<string, Figures[]>();
  for (const payload of payloads) {
    for (const target of all) await drive(target, folder, { payload, connections, seconds: 2 });
    for (let round = 0; round < rounds; round++) {
      // Every other round goes the other way, so that a drift of the machine favours nobody.
      for (const target of round % 2 === 0 ? all : [...all].reverse()) {
        const figures = await drive(target, folder, { payload, connections, seconds });
        const key = `${payload} ${target.name}`;
        runs.set(key, [...(runs.get(key) ?? []), figures]);
        if (!flags.json) process.stderr.write('.');
      }
    }
  }
  if (!flags.json) process.stderr.write('\n');
  print(
    rowsOf(
      runs,
      all.map(({ name }) => name),
    ),
  );
} finally {
  for (const child of running) child.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}

interface Row {
  readonly payload: string;
  readonly target: string;
  readonly requestsPerSecond: number;
  readonly ratio: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

function rowsOf(
  runs: ReadonlyMap<string, readonly Figures[]>,
  all: readonly string[],
): readonly Row[] {
  return payloads.flatMap((payload) => {
    const reference = runs.get(`${payload} node:https reference`) ?? [];
    return all.map((target): Row => {
      const figures = runs.get(`${payload} ${target}`) ?? [];
      const of = (key: keyof Figures): number => median(figures.map((figure) => figure[key]));
      // Pair by pair within a round, then the median: a slow minute of the machine cancels out.
      const ratios = figures.map(
        ({ requestsPerSecond }, round) =>
          requestsPerSecond / (reference[round]?.requestsPerSecond ?? NaN),
      );
      return {
        payload,
        target,
        requestsPerSecond: Math.round(of('requestsPerSecond')),
        ratio: Number(median(ratios).toFixed(2)),
        p50: Number(of('p50').toFixed(2)),
        p99: Number(of('p99').toFixed(2)),
        errors: figures.reduce((sum, { errors }) => sum + errors, 0),
      };
    });
  });
}

function print(rows: readonly Row[]): void {
  if (flags.json) {
    const machine = {
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
    };
    console.log(JSON.stringify({ machine, rounds, seconds, connections, rows }, null, 2));
    return;
  }
  console.log('| pod | server | reviews/s | of reference | p50 ms | p99 ms | errors |');
  console.log('|---|---|---:|---:|---:|---:|---:|');
  for (const row of rows) {
    const pod = names[row.payload] ?? row.payload;
    console.log(
      `| ${pod} | ${row.target} | ${row.requestsPerSecond} | ${row.ratio.toFixed(2)} | ${row.p50} | ${row.p99} | ${row.errors} |`,
    );
  }
}
