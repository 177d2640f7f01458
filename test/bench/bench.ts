/**
 * `npm run bench`: what Lithopod costs. Machines are noisy: what counts is the ratio within one
 * run.
 *
 *   npm run bench -- [PART…] [--rounds 5] [--seconds 4] [--connections 16] [--reviews 1000000]
 *   [--shapes 4000]
 *                    [--json [FILE]]
 *
 * Parts: --throughput (which is what is measured where none is named), --growth, --hostile,
 * --memory, --through-api, or --all. `--json` puts everything measured into FILE,
 * docs/performance.json unless told, from which `npm run docs` writes the page.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ownFolder, removeFolder } from '../e2e/control-plane/owned-process.ts';
import { measureGrowth } from './growth.ts';
import { faultsOf, measureHostile } from './hostile.ts';
import { memoryLimitInUse } from './memory-limit.ts';
import { measureMemory } from './memory.ts';
import { currentLoad, taken, withDefaultFile, writeReport } from './report.ts';
import { measureThroughApi } from './through-api.ts';
import { measureThroughput } from './throughput.ts';
import { projectRoot } from './dockerfile-command.ts';
import { tablesOf } from './tables.ts';
import type { Report } from './report.ts';

const argv = process.argv.slice(2);
const part = { type: 'boolean', default: false } as const;
const { values: flags } = parseArgs({
  args: withDefaultFile(argv, join(projectRoot, 'docs/performance.json')),
  options: {
    throughput: part,
    growth: part,
    hostile: part,
    memory: part,
    'through-api': part,
    all: part,
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '16' },
    reviews: { type: 'string', default: '1000000' },
    shapes: { type: 'string', default: '4000' },
    json: { type: 'string' },
  },
});
const others = flags.growth || flags.hostile || flags.memory || flags['through-api'];
const wanted = {
  throughput: flags.throughput || flags.all || !others,
  growth: flags.growth || flags.all,
  hostile: flags.hostile || flags.all,
  memory: flags.memory || flags.all,
  throughApi: flags['through-api'] || flags.all,
};
const seconds = Number(flags.seconds);
const connections = Number(flags.connections);
const rounds = Number(flags.rounds);

if ((wanted.throughput || wanted.memory) && spawnSync('wrk', ['-v']).error !== undefined) {
  console.error('bench: wrk is missing; on Debian: apt-get install wrk');
  process.exit(2);
}

const command = ['bench', ...(argv.length > 0 ? ['--', ...argv] : [])].join(' ');
const progress = (): void => void process.stderr.write('.');

const port = 19_440;
const load = currentLoad();

let hostileFaults: readonly string[] = [];

/** Measures a part in a folder of its own, and prints its table at once: a later part may fail. */
async function measure<K extends keyof Report>(
  name: K,
  work: (common: {
    readonly folder: string;
    readonly port: number;
    readonly progress: () => void;
  }) => Promise<Omit<NonNullable<Report[K]>, 'taken'>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lithopod-bench-'));
  ownFolder(folder);
  try {
    const measured = await work({ folder, port, progress });
    // Growth is measured in this process.
    const limit = name === 'growth' ? undefined : memoryLimitInUse();
    const report = { [name]: taken(measured, command, load, limit) } as Report;
    process.stderr.write('\n');
    console.log(Object.values(tablesOf(report)).join('\n'));
    if (flags.json !== undefined) await writeReport(flags.json, report);
  } finally {
    removeFolder(folder);
  }
}

if (wanted.throughput) {
  await measure('throughput', (common) =>
    measureThroughput({ ...common, rounds, seconds, connections }),
  );
}
if (wanted.growth) {
  await measure('growth', () => measureGrowth(Math.min(1, seconds / 4), progress));
}
if (wanted.hostile) {
  const shapes = Number(flags.shapes);
  await measure('hostile', async (common) => {
    const hostile = await measureHostile({ ...common, shapes, rows: 15 });
    hostileFaults = faultsOf(hostile);
    return hostile;
  });
}
if (wanted.memory) {
  const reviews = Number(flags.reviews);
  await measure('memory', (common) => measureMemory({ ...common, reviews, connections }));
}
if (wanted.throughApi) {
  await measure('throughApi', (common) => measureThroughApi({ ...common, rounds, seconds }));
}

for (const fault of hostileFaults) console.error(`bench: ${fault}`);
if (hostileFaults.length > 0) process.exitCode = 1;
