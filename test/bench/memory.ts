/**
 * Memory of the server before and after many reviews, how soon it is ready, and what a reload
 * costs.
 */
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  drive,
  getStatus,
  median,
  residentMegabytes,
  spawnTarget,
  untilAnswered,
} from './measure.ts';
import { countObjects, heapMegabytes, probed } from './memory-probe.ts';
import { projectRoot } from './dockerfile-command.ts';
import { ourTarget, prepareWorkshop } from './targets.ts';
import type { ServerProcess } from '../e2e/control-plane/owned-process.ts';
import type { Memory } from './report.ts';
import type { OurTarget } from './targets.ts';

export interface MemoryOptions {
  readonly folder: string;
  readonly port: number;
  readonly reviews: number;
  readonly connections: number;
  readonly progress: () => void;
}

const starts = 6;
const warmReviews = 20_000;
const reloadSeconds = 10;

/** Four runs of the server: starts, the many reviews, snapshots around fewer of them, reloads. */
export async function measureMemory(options: MemoryOptions): Promise<Memory> {
  await prepareWorkshop(options.folder);
  const readyMilliseconds = await timeToReady(options);
  const run = await manyReviews(options);
  const objects = await objectsBetween(options);
  return {
    readyMilliseconds,
    reviews: options.reviews,
    ...run,
    objects,
    reload: await reloadUnderLoad(options),
  };
}

async function timeToReady({ folder, port, progress }: MemoryOptions): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < starts; turn++) {
    const target = ourTarget(port, folder);
    const start = performance.now();
    const server = await spawnTarget(target, folder);
    try {
      await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`), 2);
      times.push(performance.now() - start);
    } finally {
      await server.stop();
    }
    progress();
  }
  // The first one reads the files from the disk.
  return Math.round(median(times.slice(1)));
}

async function manyReviews(
  options: MemoryOptions,
): Promise<
  Pick<Memory, 'residentAtStart' | 'residentWarm' | 'residentAtEnd' | 'heapWarm' | 'heapAtEnd'>
> {
  const { folder, reviews } = options;
  return withProbedServer(options, async (target, server) => {
    const resident = (): number => Math.round(residentMegabytes(server.pid));
    const residentAtStart = resident();
    await sendReviews(target, options, warmReviews);
    const residentWarm = resident();
    const heapWarm = await heapMegabytes(server, folder);
    await sendReviews(target, options, reviews);
    const residentAtEnd = resident();
    const heapAtEnd = await heapMegabytes(server, folder);
    return { residentAtStart, residentWarm, residentAtEnd, heapWarm, heapAtEnd };
  });
}

/** Apart from the run whose memory counts: a snapshot takes as much again. */
async function objectsBetween(options: MemoryOptions): Promise<Memory['objects']> {
  const between = Math.ceil(options.reviews / 10);
  return withProbedServer(options, async (target, server) => {
    await sendReviews(target, options, warmReviews);
    const before = await countObjects(server, options.folder);
    await sendReviews(target, options, between);
    return { between, before, after: await countObjects(server, options.folder) };
  });
}

async function withProbedServer<T>(
  { folder, port }: MemoryOptions,
  use: (target: OurTarget, server: ServerProcess) => Promise<T>,
): Promise<T> {
  const target = await probed(ourTarget(port, folder), folder);
  const server = await spawnTarget(target, folder);
  try {
    await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`));
    return await use(target, server);
  } finally {
    await server.stop();
  }
}

async function sendReviews(
  target: OurTarget,
  { folder, connections, progress }: MemoryOptions,
  count: number,
): Promise<void> {
  for (let sent = 0, round = 0; sent < count; round++) {
    const payload = round % 4 === 3 ? '10c' : '1c';
    const seconds = count - sent < 50_000 ? 1 : 5;
    const { requests, errors } = await drive(target, folder, { payload, connections, seconds });
    if (errors > 0) throw new Error(`${errors} requests failed`);
    sent += requests;
    progress();
  }
}

async function reloadUnderLoad({
  folder,
  port,
  connections,
}: MemoryOptions): Promise<Memory['reload']> {
  const profiles = join(folder, 'profiles');
  await mkdir(profiles);
  for (const name of ['nginx', 'redis', 'postgres']) {
    await cp(join(projectRoot, 'profiles', `${name}.yaml`), join(profiles, `${name}.yaml`));
  }
  const target = { ...ourTarget(port, folder, ['--profiles', profiles]), name: 'reloading' };
  const server = await spawnTarget(target, folder);
  try {
    await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`));
    await drive(target, folder, { payload: '1c', connections, seconds: 3 });
    const timer = setInterval(() => process.kill(server.pid, 'SIGHUP'), 500);
    const load = { payload: '1c', connections, seconds: reloadSeconds };
    const { requests, errors, p99 } = await drive(target, folder, load).finally(() => {
      clearInterval(timer);
    });
    const log = await readFile(join(folder, 'results/reloading.log'), 'utf8');
    const reloads = log.match(/"profiles reloaded"/g)?.length ?? 0;
    return { reloads, requests, errors, p99: Number(p99.toFixed(1)) };
  } finally {
    await server.stop();
  }
}
