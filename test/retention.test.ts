/**
 * A review leaves nothing behind. What outlives two young collections is promoted, and each
 * megabyte of that brings the next full collection nearer, which holds every request up. V8 keeps
 * some objects that nobody refers to any more: copies by spreading that were given a new key, and
 * what functions in the fields of a literal refer to.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { goldenNames } from './golden/cases.ts';

const windows = 4;
const reviews = 400;
/**
 * What a review leaves behind is there in every window of every process. On a busy machine V8's
 * compiler, which works beside the program, is late, and what it notes was once above the limit in
 * all windows of one.
 */
const mostProcesses = 3;

/**
 * In bytes. The smallest object that was ever kept has 64; what V8 notes for its compiler comes and
 * goes.
 */
const mostPerReview = 32;

const whatToDo = `V8 promotes something of each review of this case: bytes for each. Find the rule that the case is
about, and in it the copy of a pod part or the object that is new. Make the copy by a function of
src/core/pod/change.ts, whose head says which copies V8 keeps; write an object out with all its keys instead of
spreading into it; make an object with functions in its fields a class`;

/**
 * Into `fewest`, by case: the bytes promoted for each review, in the window of this process, and of
 * those before, where they were fewest.
 */
function countPromoted(fewest: Map<string, number>): void {
  const script = fileURLToPath(new URL('retention/reviews.ts', import.meta.url));
  const flags = [
    ...['--expose-gc', '--max-semi-space-size=1', '--trace-gc', '--trace-gc-nvp'],
    '--import=tsx',
  ];
  const args = [...flags, script, `${windows}`, `${reviews}`];
  // A file takes every write. A pipe that is full refuses one (EAGAIN), since the child's end of it
  // does not block.
  const folder = mkdtempSync(join(tmpdir(), 'lithopod-retention-'));
  const trace = join(folder, 'trace');
  const output = openSync(trace, 'a');
  let stdout: string;
  try {
    const { status, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      stdio: ['ignore', output, 'pipe'],
    });
    if (status !== 0) throw new Error(stderr);
    stdout = readFileSync(trace, 'utf8');
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true });
  }
  for (const window of stdout.split('window of ').slice(1)) {
    const name = /^.*/.exec(window)?.[0] ?? '';
    const promoted = [...window.matchAll(/ gc=s .* promoted=(\d+)/g)].map(([, bytes]) =>
      Number(bytes),
    );
    // Two are asked for at its end: where there are fewer, the trace is not what it was.
    if (promoted.length < 2) throw new Error(`V8 told of ${promoted.length} collections`);
    const perReview = promoted.reduce((sum, bytes) => sum + bytes, 0) / reviews;
    fewest.set(name, Math.min(perReview, fewest.get(name) ?? Infinity));
  }
}

describe('what V8 keeps of a review', function () {
  this.timeout(240_000);
  const promoted = new Map<string, number>();

  before('review every golden case many times', () => {
    for (let run = 0; run < mostProcesses; run++) {
      countPromoted(promoted);
      if ([...promoted.values()].every((bytes) => bytes < mostPerReview)) break;
    }
  });

  for (const name of goldenNames()) {
    it(`is nothing: ${name}`, () => {
      expect(promoted.get(name), whatToDo).to.be.below(mostPerReview);
    });
  }
});
