/**
 * A client like an API server that goes on asking about small pods, in a process of its own:
 * whoever makes and sends the large ones is not to keep it waiting. Its argument is the URL. Each
 * message is answered with how long the slowest answer since the one before took, and ends nothing;
 * it ends with whoever started it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { bodyOf, podWith } from '../admission/reviews.ts';
import { post } from '../bench/measure.ts';
import type { Waits } from './honest-client.ts';

const small = Buffer.from(bodyOf(podWith()));
/** Far above the 30 s that an API server may wait at most. */
const patienceMs = 60_000;
const pauseMs = 5;

const [url = ''] = process.argv.slice(2);
let asked = 0;
process.on('message', () => asked++);
process.on('disconnect', () => process.exit());

let longest = 0;
let unanswered = 0;
for (;;) {
  const start = performance.now();
  const status = await post(url, small, patienceMs).then(
    (answer) => answer.status,
    () => 0,
  );
  longest = Math.max(longest, performance.now() - start);
  if (status !== 200) unanswered++;
  for (; asked > 0; asked--) {
    process.send?.({ longest, unanswered } satisfies Waits);
    longest = 0;
    unanswered = 0;
  }
  await delay(pauseMs);
}
