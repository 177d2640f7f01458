/**
 * Reviews a second: the servers in turn, round by round, so that what is compared was measured side
 * by side.
 */
import { drive, median, startTarget } from './measure.ts';
import { prepareWorkshop, referenceName, targets } from './targets.ts';
import type { Figures } from './measure.ts';
import type { Throughput, ThroughputRow } from './report.ts';
import type { Target } from './targets.ts';

export interface ThroughputOptions {
  readonly folder: string;
  readonly port: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly progress: () => void;
}

const payloads = ['1c', '10c'];
const names: Readonly<Record<string, string>> = { '1c': '1 container', '10c': '10 containers' };

/**
 * V8 compiles our server's code later than the reference's, of which there is less: both get this
 * long, or less in a short run.
 */
const longestWarmUp = 10;

/** Drives each server for `rounds` times `seconds`. */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { folder, port, rounds, seconds, connections, progress } = options;
  await prepareWorkshop(folder);
  const all = targets(port, folder);
  const warmUp = Math.min(longestWarmUp, Math.ceil(seconds * 2.5));
  const servers = [];
  try {
    for (const target of all) servers.push(await startTarget(target, folder, '1c'));
    const rows: ThroughputRow[] = [];
    for (const payload of payloads) {
      for (const target of all) {
        await drive(target, folder, { payload, connections, seconds: warmUp });
      }
      const runs = new Map<string, Figures[]>(all.map(({ name }) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        // Every other round goes the other way, so that a drift of the machine favours nobody.
        for (const target of round % 2 === 0 ? all : all.toReversed()) {
          runs
            .get(target.name)
            ?.push(await drive(target, folder, { payload, connections, seconds }));
          progress();
        }
      }
      for (const target of all) rows.push(rowOf(names[payload] ?? payload, target, runs));
    }
    return { rounds, seconds, warmUp, connections, rows };
  } finally {
    for (const server of servers) await server.stop();
  }
}

function rowOf(
  payload: string,
  { name }: Target,
  runs: ReadonlyMap<string, readonly Figures[]>,
): ThroughputRow {
  const reference = runs.get(referenceName) ?? [];
  const figures = runs.get(name) ?? [];
  const of = (key: keyof Figures): number => median(figures.map((figure) => figure[key]));
  // Pair by pair within a round, then the median: a slow minute of the machine cancels out.
  const ratio = (key: 'requestsPerSecond' | 'p99'): number =>
    median(figures.map((figure, round) => figure[key] / (reference[round]?.[key] ?? NaN)));
  return {
    payload,
    server: name,
    perSecond: Math.round(of('requestsPerSecond')),
    ratio: rounded(ratio('requestsPerSecond')),
    p50: rounded(of('p50')),
    p99: rounded(of('p99')),
    p99Ratio: rounded(ratio('p99')),
    errors: figures.reduce((sum, { errors }) => sum + errors, 0),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
