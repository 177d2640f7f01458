/**
 * What a webhook gets over a long time: mostly ordinary reviews, some large ones, some made to
 * hurt, some that are none.
 */
import { Agent, request } from 'node:https';
import { maxValues } from '../../src/admission/body.ts';
import {
  bodyOf,
  deploymentOf,
  deployments,
  podWith,
  reviewOf,
  valuesIn,
} from '../admission/reviews.ts';
import { aimedPods } from '../hostile/aimed-pods.ts';

/** A request and the status that is the right answer to it. */
export interface Sample {
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly expected: number;
}

/** Counts of everything that was sent. */
export interface Counts {
  sent: number;
  answered: number;
  /** Answered with another status than the right one. */
  unexpected: number;
  /** What went wrong, by kind. */
  readonly problems: Map<string, number>;
}

export interface Traffic {
  readonly counts: Counts;
  /** Lets each client finish what it has sent. */
  readonly stop: () => Promise<void>;
}

/** Far above the 30 s that an API server may wait at most: an answer that comes is an answer. */
const patienceMs = 45_000;

/**
 * Starts `clients` that send one request after the other. `bytes`: the size of the largest hostile
 * pods. The mix is the same in every run; how its parts fall together is not.
 */
export function startTraffic(port: number, clients: number, bytes: number): Traffic {
  const counts: Counts = { sent: 0, answered: 0, unexpected: 0, problems: new Map() };
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const ordinary = ordinarySamples();
  const faulty = faultySamples();
  let running = true;
  const client = async (seed: number): Promise<void> => {
    const random = sequence(seed);
    while (running) {
      const sample = pick(random, ordinary, faulty, bytes);
      // Some come on a connection of their own, as after a restart of the API server. Not what is
      // refused before it was sent whole: where the connection is to be closed, Node closes it with
      // the answer, which the client may then miss.
      const alone = random() < 0.05 && sample.expected !== 413;
      await send(port, sample, alone ? undefined : agent, counts);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, (_, index) => client(index + 1)));
  return {
    counts,
    stop: async () => {
      running = false;
      await done;
      agent.destroy();
    },
  };
}

function pick(
  random: () => number,
  ordinary: readonly Sample[],
  faulty: readonly Sample[],
  bytes: number,
): Sample {
  const kind = random();
  if (kind < 0.9) return ordinary[Math.floor(random() * ordinary.length)]!;
  if (kind < 0.96) return faulty[Math.floor(random() * faulty.length)]!;
  const shapes = Object.values(aimedPods);
  const shape = shapes[Math.floor(random() * shapes.length)]!;
  // One in a hundred of the hostile ones is as large as the API server lets through.
  const size = random() < 0.01 ? bytes : Math.min(bytes, 2_000 + random() * 40_000);
  const level = random() < 0.5 ? 'immutable' : 'restricted';
  const hostile = reviewOf(shape(size));
  const expected = valuesIn(hostile) > maxValues ? 413 : 200;
  return review(`/mutate/enforce/${level}`, JSON.stringify(hostile), expected);
}

function review(path: string, text: string, expected = 200): Sample {
  return { path, body: Buffer.from(text), contentType: 'application/json', expected };
}

function ordinarySamples(): readonly Sample[] {
  const container = (index: number): { name: string; image: string } => ({
    name: `c${index}`,
    image: ['nginx:1.29', 'redis:8', 'tomcat:11', `example.com/app:${index}`][index % 4]!,
  });
  const containers = (count: number): string =>
    bodyOf(podWith({ containers: Array.from({ length: count }, (_, index) => container(index)) }));
  const ephemeral = podWith({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] });
  return [
    review('/mutate', containers(1)),
    review('/mutate/enforce/immutable?timeout=10s', containers(2)),
    review('/mutate/enforce/restricted', containers(3)),
    review('/mutate/enforce/unknown-level', containers(1)),
    review('/mutate/enforce/restricted', containers(10)),
    review('/mutate/enforce/immutable', containers(100)),
    review('/mutate/audit/restricted', containers(1)),
    review('/mutate/warn/immutable', bodyOf(deploymentOf(podWith()), { resource: deployments })),
    review(
      '/mutate',
      bodyOf(ephemeral, {
        subResource: 'ephemeralcontainers',
        operation: 'UPDATE',
        oldObject: podWith(),
      }),
    ),
    review('/mutate', bodyOf(null, { operation: 'DELETE' })),
  ];
}

function faultySamples(): readonly Sample[] {
  return [
    review('/mutate', '{"kind":', 400),
    review('/mutate', '[]', 400),
    review('/mutate', JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'v1' }), 400),
    review('/mutate', bodyOf({ spec: { containers: 'none' } }), 400),
    { ...review('/mutate', '{}', 400), body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
    { ...review('/mutate', '{}', 415), contentType: 'text/plain' },
    review('/mutate', ' '.repeat(8 * 1024 * 1024 + 1), 413),
    review('/elsewhere', '{}', 404),
  ];
}

function send(
  port: number,
  sample: Sample,
  agent: Agent | undefined,
  counts: Counts,
): Promise<void> {
  counts.sent++;
  const problem = (what: string): void => {
    counts.problems.set(what, (counts.problems.get(what) ?? 0) + 1);
  };
  return new Promise((resolve) => {
    const failed = (error: Error): void => {
      problem(`${sample.path}, to be answered ${sample.expected}: ${error.message}`);
      resolve();
    };
    const call = request(
      {
        ...{ host: '127.0.0.1', port, path: sample.path, method: 'POST' },
        ...{ agent: agent ?? false, rejectUnauthorized: false, timeout: patienceMs },
        headers: { 'Content-Type': sample.contentType, 'Content-Length': sample.body.length },
      },
      (response) => {
        response.resume();
        response.on('error', failed);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          counts.answered++;
          if (status !== sample.expected) {
            counts.unexpected++;
            problem(`${sample.path}: ${status} where ${sample.expected} is right`);
          }
          resolve();
        });
      },
    );
    call.on('error', failed);
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.end(sample.body);
  });
}

/**
 * Numbers from 0 to 1, the same for the same seed (a linear congruence, Numerical Recipes'
 * constants).
 */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
