/**
 * How long hostile reviews take to answer, over HTTPS, within the memory of a pod, and how long
 * they keep an honest client waiting. Each is sent once, as large as a body may be, by one route
 * after the other; the worst ones in all sizes, several at a time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { maxBodyBytes } from '../../src/admission/body-memory.ts';
import { maxValues } from '../../src/admission/body.ts';
import { bodyOf, valuesIn } from '../admission/reviews.ts';
import { startHonestClient, type HonestClient } from '../hostile/honest-client.ts';
import { hostileShapes } from '../hostile/all-shapes.ts';
import { askings, inForm, type Asking, type Shape } from '../hostile/shapes.ts';
import { getStatus, post, residentMegabytes, spawnTarget, untilAnswered } from './measure.ts';
import { heapMegabytes, probed } from './memory-probe.ts';
import { ourTarget, prepareFolder, type OurTarget } from './targets.ts';
import type { ServerProcess } from '../e2e/control-plane/owned-process.ts';
import type { Hostile, HostileRow } from './report.ts';

export interface HostileOptions {
  readonly folder: string;
  readonly port: number;
  /** How many shapes to send, spread over all there are. */
  readonly shapes: number;
  /** How many of the worst to send again, in all sizes, and to report. */
  readonly rows: number;
  readonly progress: () => void;
}

/** Far above what the API server would wait for. */
const patienceMs = 60_000;

const mebibyte = 1024 * 1024;
/**
 * What etcd stores of one object, what the API server reads of one, and what Lithopod reads of a
 * review.
 */
export const hostileSizes = [1.5 * mebibyte, 3 * mebibyte, maxBodyBytes - 64 * 1024] as const;

/** How many copies of the worst are on their way at a time. */
const atOnce = 4;
/** For what is freed later than its answer, in milliseconds. */
const settleMs = 3_000;

/**
 * One server after the other: one that ended is followed by another, so that a run tells of every
 * review that ends it.
 */
interface Bench {
  readonly target: OurTarget;
  readonly folder: string;
  readonly honest: HonestClient;
  server: ServerProcess;
  readonly deaths: string[];
  readonly statuses: Record<string, number>;
  unanswered: number;
  longestWait: number;
}

interface Measured {
  readonly milliseconds: number;
  readonly wait: number;
  readonly status: number;
}

export async function measureHostile(options: HostileOptions): Promise<Hostile> {
  const { folder, port, progress } = options;
  await prepareFolder(folder);
  const target = await probed(ourTarget(port, folder, ['--log-level', 'error']), folder);
  const server = await start(target, folder);
  const honest = startHonestClient(target.url);
  const bench: Bench = {
    target,
    folder,
    honest,
    server,
    deaths: [],
    statuses: {},
    unanswered: 0,
    longestWait: 0,
  };
  try {
    const heapBefore = await heapMegabytes(server, folder);
    const catalogue = await loadCatalogue();
    if (!catalogue.ok) throw new Error(catalogue.problems[0]?.message);
    const { shapes, of } = hostileShapes(catalogue.value, options.shapes);
    const tried: { shape: Shape; asking: Asking; measured: Measured }[] = [];
    for (const [index, shape] of shapes.entries()) {
      const asking = askings[index % askings.length]!;
      const measured = await send(bench, shape, asking, hostileSizes[2], 1);
      tried.push({ shape, asking, measured });
      if (index % 20 === 0) progress();
    }
    tried.sort((a, b) => badness(b.measured) - badness(a.measured));
    const rows: HostileRow[] = [];
    for (const { shape, asking, measured } of tried.slice(0, options.rows)) {
      const again: Measured[] = [];
      for (const bytes of hostileSizes) again.push(await send(bench, shape, asking, bytes, atOnce));
      rows.push({
        shape: shape.name,
        ...{ form: asking.form, mode: asking.route.mode, level: asking.route.level },
        milliseconds: Math.round(measured.milliseconds),
        status: measured.status,
        waits: [measured, ...again].map(({ wait }) => Math.round(wait)),
      });
      progress();
    }
    await waitsSince(bench);
    honest.stop();
    const residentAtEnd = Math.round(residentMegabytes(bench.server.pid));
    await delay(settleMs);
    return {
      ...{ shapes: shapes.length, of, sizes: hostileSizes, atOnce },
      ...{ statuses: bench.statuses, deaths: bench.deaths },
      ...{ unanswered: bench.unanswered, longestWait: Math.round(bench.longestWait) },
      ...{ heapBefore, heapAfter: await heapMegabytes(bench.server, folder), residentAtEnd },
      rows: rows.sort((a, b) => Math.max(...b.waits) - Math.max(...a.waits)),
    };
  } finally {
    honest.stop();
    await bench.server.stop();
  }
}

/** Above what it is meant to be, a second: a machine that others use is no fault. */
const longestWaitMs = 3_000;
/** In MB. Memos are bounded, and may be full afterwards. */
const heapMayGrow = 10;

/** What must not be, one sentence each. */
export function faultsOf(hostile: Hostile): readonly string[] {
  const { deaths, statuses, unanswered, longestWait, heapBefore, heapAfter } = hostile;
  const faulty = Object.keys(statuses).filter((status) => status === '0' || status >= '500');
  return [
    ...deaths.map((death) => `ended: ${death}`),
    ...faulty.map((status) => `${statuses[status] ?? 0} answers of status ${status}`),
    ...(unanswered > 0 ? [`${unanswered} requests of an honest client without an answer`] : []),
    ...(longestWait > longestWaitMs ? [`an honest client waited ${longestWait} ms`] : []),
    ...(heapAfter - heapBefore > heapMayGrow
      ? [`the heap had ${heapBefore} MB before and ${heapAfter} MB after`]
      : []),
  ];
}

function badness({ wait, milliseconds, status }: Measured): number {
  const isFault = status === 0 || status >= 500;
  return Math.max(wait, milliseconds) + (isFault ? 1e6 : 0);
}

async function start(target: OurTarget, folder: string): Promise<ServerProcess> {
  const server = await spawnTarget(target, folder);
  await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`));
  await warmUp(target.url);
  return server;
}

/** How long the honest client waited since this was asked before. */
async function waitsSince(bench: Bench): Promise<number> {
  const { longest, unanswered } = await bench.honest.waits();
  bench.longestWait = Math.max(bench.longestWait, longest);
  bench.unanswered += unanswered;
  return longest;
}

async function send(
  bench: Bench,
  shape: Shape,
  asking: Asking,
  bytes: number,
  copies: number,
): Promise<Measured> {
  const { target, folder, statuses } = bench;
  const { mode, level } = asking.route;
  const url = `${target.url}/${mode}/${level}`;
  const body = largestReview((size) => inForm(shape.make(size), asking.form), bytes);
  await waitsSince(bench);
  const begin = performance.now();
  const answers = await Promise.all(
    Array.from({ length: copies }, () => post(url, body, patienceMs).catch(() => ({ status: 0 }))),
  );
  const milliseconds = performance.now() - begin;
  const wait = await waitsSince(bench);
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const end = bench.server.ended();
  if (end !== undefined) {
    bench.deaths.push(`${shape.name}, ${bytes} bytes by ${mode} ${level}: ${end}`);
    bench.server = await start(target, folder);
  }
  return { milliseconds, wait, status: answers[0]?.status ?? 0 };
}

/** The review of so many bytes, or of as many as have no more bytes and values than are read. */
export function largestReview(make: (bytes: number) => unknown, bytes: number): Buffer {
  for (let size = bytes; ;) {
    const review = make(size);
    const body = Buffer.from(JSON.stringify(review));
    const tooMuch = Math.max(valuesIn(review) / maxValues, body.length / maxBodyBytes);
    if (tooMuch <= 1) return body;
    size *= 0.99 / tooMuch;
  }
}

async function warmUp(url: string): Promise<void> {
  const containers = Array.from({ length: 50 }, (_, index) => ({
    name: `c${index}`,
    image: 'nginx',
  }));
  const body = Buffer.from(bodyOf({ spec: { containers } }));
  for (let turn = 0; turn < 300; turn++) await post(url, body);
}
