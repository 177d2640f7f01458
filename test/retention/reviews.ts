/**
 * Reviews each golden case over and over, at its own level, and says on standard output where each
 * window of reviews begins: all cases in turn, so that in the later windows the compiler has seen
 * them all. Run with V8's trace of its collections, which goes there too. Arguments: how many
 * windows, and how many reviews in each.
 */
import { writeSync } from 'node:fs';
import { review, textOfResponse } from '../../src/admission/answer-review.ts';
import { bodyOf } from '../admission/reviews.ts';
import { goldenCase, goldenNames } from '../golden/cases.ts';

const [windows = 0, reviews = 0] = process.argv.slice(2).map(Number);

interface Case {
  readonly name: string;
  readonly once: () => void;
}

async function caseOf(name: string): Promise<Case> {
  const { pod, catalogue, policy } = await goldenCase(name);
  // As the service gives it.
  const { level, unprofiled, masking } = policy;
  const route = { mode: 'enforce', level, mistyped: false } as const;
  const body = bodyOf(pod);
  return {
    name,
    once() {
      const result = review(JSON.parse(body), route, catalogue, { unprofiled, masking });
      if (result.outcome === 'unreadable') throw new Error(`${name}: ${result.reason}`);
      textOfResponse(result.response);
    },
  };
}

const cases = await Promise.all(goldenNames().map(caseOf));
for (let window = 0; window < windows; window++) {
  for (const { name, once } of cases) {
    writeSync(1, `window of ${name}\n`);
    for (let count = 0; count < reviews; count++) once();
    // What the last of them left behind survives the first of these and is promoted by the second.
    for (let round = 0; round < 2; round++) globalThis.gc?.({ type: 'minor' });
  }
}
