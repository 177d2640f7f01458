/**
 * `npm run fuzz`: bodies of reviews that are changed again and again, guided by which blocks of our
 * code they run. A body that runs a block which none before it ran, or runs one more often than
 * any, is kept and changed further.
 *
 *   npm run fuzz -- [--seconds 60 | --runs 1000] [--seed 1] [--out FOLDER]
 *
 * Each must be answered as `checks.ts` says. A kept one is made larger at one place as well: four
 * times the body may cause no more than about four times the work. What is not so is written into
 * FOLDER as small as it gets, and the run fails.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countWork } from '../hostile/work.ts';
import { enlarge, mutateBytes, mutateValue, pick } from './mutate.ts';
import { shrink } from './shrink.ts';
import type { Asking } from '../hostile/shapes.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(tmpdir(), 'lithopod-fuzz') },
  },
});
const seconds = flags.runs === undefined ? Number(flags.seconds ?? '60') : Infinity;
const runs = Number(flags.runs ?? Infinity);

// V8 counts in code alone that it compiles from now on: nothing of ours may be loaded yet.
const work = countWork();
const { loadCatalogue } = await import('../../src/profile-files/catalogue-files.ts');
const { answer, faultOf } = await import('./checks.ts');
const { seeds } = await import('./seeds.ts');
const { askings, sequence } = await import('../hostile/shapes.ts');

const loaded = await loadCatalogue();
if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
const catalogue = loaded.value;
const random = sequence(Number(flags.seed));

interface Kept {
  readonly body: Buffer;
  readonly asking: Asking;
}

const corpus: Kept[] = [];
/**
 * How often each block ran at most, as a power of two: once more is nothing new, twice as often is.
 */
const seen = new Map<string, number>();
const faults = new Map<string, string>();
/** Above this a body is only enlarged. */
const maxKeptBytes = 16 * 1024;

function isNew(places: ReadonlyMap<string, number>): boolean {
  let found = false;
  for (const [place, count] of places) {
    const magnitude = Math.floor(Math.log2(count));
    if (magnitude <= (seen.get(place) ?? -1)) continue;
    seen.set(place, magnitude);
    found = true;
  }
  return found;
}

async function tell(kind: string, fault: string, { body, asking }: Kept): Promise<void> {
  const key = `${kind} ${fault.split('\n').slice(0, 2).join(' ').replace(/\d+/g, 'N').slice(0, 160)}`;
  if (faults.has(key)) return;
  const { mode, level } = asking.route;
  const file = join(flags.out, `${kind}-${faults.size}-${mode}-${level}.json`);
  faults.set(key, file);
  await mkdir(flags.out, { recursive: true });
  await writeFile(file, body);
  console.error(`fuzz: ${fault}\n  ${file}`);
}

/** Tries it, and keeps it where it led somewhere new. */
async function attempt(candidate: Kept): Promise<void> {
  const { body, asking } = candidate;
  let fault: string | undefined;
  const { places } = work.during(() => {
    fault = faultOf(body, asking.route, catalogue);
  });
  if (fault !== undefined) {
    const start = fault.slice(0, 40);
    const isSame = (smaller: Buffer): boolean =>
      faultOf(smaller, asking.route, catalogue)?.startsWith(start) === true;
    await tell('answer', fault, { body: shrink(body, isSame), asking });
    return;
  }
  if (!isNew(places) || body.length > maxKeptBytes) return;
  corpus.push(candidate);
  await grow(candidate);
}

const times = [64, 256, 1024] as const;
/** Of four times as much; a loop in a loop has sixteen. */
const mostGrowth = 6;
/** Below this a loop in a loop has not shown yet, and what is done once has. */
const leastBlocks = 20_000;

async function grow({ body, asking }: Kept): Promise<void> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return;
  }
  const place = random();
  const made: { readonly body: Buffer; readonly blocks: number }[] = [];
  for (const count of times) {
    // The same place each time.
    const large = enlarge(value, count, sequence(place * 2 ** 31));
    if (large === undefined) return;
    const text = Buffer.from(JSON.stringify(large));
    if (text.length > 1024 * 1024) return;
    const { blocks } = work.during(() => void answer(text, asking.route, catalogue));
    made.push({ body: text, blocks });
  }
  const [, middle, last] = made;
  if (middle === undefined || last === undefined || middle.blocks < leastBlocks) return;
  const growth = last.blocks / middle.blocks;
  const allowed = mostGrowth * Math.max(1, last.body.length / middle.body.length / 4);
  if (growth <= allowed) return;
  await tell('growth', `${growth.toFixed(1)} times the work for four times as much`, {
    body: last.body,
    asking,
  });
}

const started = performance.now();
let tried = 0;
for (const body of seeds(catalogue)) await attempt({ body, asking: pick(random, askings) });
for (; tried < runs && performance.now() - started < seconds * 1000; tried++) {
  // The latest lead furthest.
  const recent = random() < 0.5 ? corpus.slice(-50) : corpus;
  const parent = pick(random, recent);
  const other = pick(random, corpus).body;
  const asking = random() < 0.2 ? pick(random, askings) : parent.asking;
  await attempt({ body: changed(parent.body, other), asking });
}
work.stop();
console.log(
  `fuzz: ${tried} bodies, ${corpus.length} kept, ${seen.size} blocks, ${faults.size} faults`,
);
if (faults.size > 0) process.exitCode = 1;

function changed(body: Buffer, other: Buffer): Buffer {
  if (random() < 0.15) return mutateBytes(body, other, random);
  try {
    const [value, part] = [body, other].map((each) => JSON.parse(each.toString('utf8')) as unknown);
    return Buffer.from(JSON.stringify(mutateValue(value, part, random)));
  } catch {
    return mutateBytes(body, other, random);
  }
}
