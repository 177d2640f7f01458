/** How long the worst pods take to answer, over HTTPS, and how long they keep others waiting. */
import { setTimeout as delay } from 'node:timers/promises';
import { maxValues } from '../../src/admission/body.ts';
import { bodyOf, reviewOf, valuesIn } from '../admission/reviews.ts';
import { hostileShapes, type HostileShape } from './hostile-pods.ts';
import { getStatus, median, post, spawnTarget, untilAnswered } from './measure.ts';
import { ourTarget, prepareFolder } from './targets.ts';
import type { Hostile, HostileRow } from './report.ts';

export interface HostileOptions {
  readonly folder: string;
  readonly port: number;
  readonly bytes: number;
  readonly repeats: number;
  /** How many of the slowest to report. */
  readonly rows: number;
  readonly progress: () => void;
}

/** Far above what the API server would wait for. */
const patienceMs = 60_000;
const levels = ['immutable', 'restricted'] as const;

/** Sends each shape at each level; a second client sends small reviews one after the other all the while. */
export async function measureHostile(options: HostileOptions): Promise<Hostile> {
  const { folder, port, bytes, repeats, progress } = options;
  await prepareFolder(folder);
  const target = ourTarget(port, folder, ['--log-level', 'error']);
  const server = await spawnTarget(target, folder);
  const rows: HostileRow[] = [];
  try {
    await untilAnswered(server, () => getStatus(`${target.healthUrl}/readyz`));
    await warmUp(target.url);
    for (const [shape, make] of Object.entries(hostileShapes)) {
      const body = largestReview(make, bytes);
      for (const level of levels) {
        const url = `${target.url}/enforce/${level}`;
        rows.push({ shape, level, ...(await oneShape(url, target.url, body, repeats)) });
        progress();
      }
    }
  } finally {
    await server.stop();
  }
  rows.sort((a, b) => b.milliseconds - a.milliseconds);
  return { bytes, shapes: rows.length / levels.length, rows: rows.slice(0, options.rows) };
}

/** The review of a pod of so many bytes, or of as many as are read. */
export function largestReview(make: HostileShape, bytes: number): Buffer {
  for (let size = bytes; ;) {
    const review = reviewOf(make(size));
    const tooMany = valuesIn(review) / maxValues;
    if (tooMany <= 1) return Buffer.from(JSON.stringify(review));
    size *= 0.99 / tooMany;
  }
}

async function oneShape(
  url: string,
  smallUrl: string,
  body: Buffer,
  repeats: number,
): Promise<Omit<HostileRow, 'shape' | 'level'>> {
  const neighbour = startNeighbour(smallUrl);
  const times: number[] = [];
  let last = { status: 0, bytes: 0 };
  for (let turn = 0; turn < repeats; turn++) {
    const start = performance.now();
    last = await post(url, body, patienceMs).catch(() => ({ status: 0, bytes: 0 }));
    times.push(performance.now() - start);
  }
  return {
    milliseconds: Math.round(median(times)),
    requestBytes: body.length,
    status: last.status,
    answerBytes: last.bytes,
    neighbour: Math.round(await neighbour.stop()),
  };
}

const small = Buffer.from(bodyOf({ spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] } }));

/** Sends a small review every few milliseconds; `stop` answers how long the slowest took. */
function startNeighbour(url: string): { readonly stop: () => Promise<number> } {
  let running = true;
  const work = async (): Promise<number> => {
    let longest = 0;
    while (running) {
      const start = performance.now();
      await post(url, small, patienceMs).catch(() => undefined);
      longest = Math.max(longest, performance.now() - start);
      await delay(5);
    }
    return longest;
  };
  const done = work();
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}

async function warmUp(url: string): Promise<void> {
  const body = Buffer.from(
    bodyOf({
      spec: {
        containers: Array.from({ length: 50 }, (_, index) => ({
          name: `c${index}`,
          image: 'nginx',
        })),
      },
    }),
  );
  for (let turn = 0; turn < 300; turn++) await post(url, body);
}
