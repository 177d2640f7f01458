import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { largeBodyBytes, maxBodyBytes } from '../../src/admission/body-memory.ts';
import { BatchQueue } from '../../src/admission/turns.ts';
import { open, send } from './client.ts';
import { patchOf, startReviews } from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';
import type { TLSSocket } from 'node:tls';
import type { BareServer } from './harness.ts';

interface Named {
  readonly name: string;
  readonly text: string;
}

const named = (name: string, length = 100): Named => ({ name, text: ' '.repeat(length) });

/** A queue, and the names of each batch that it has answered. */
function recordedQueue(): { readonly queue: BatchQueue<Named>; readonly batches: string[][] } {
  const batches: string[][] = [];
  const queue = new BatchQueue<Named>((batch) => {
    if (batch.length > 0) batches.push(batch.map(({ name }) => name));
  });
  return { queue, batches };
}

/** Lets the turn end in which reviews were added. */
async function endTurn(): Promise<void> {
  await nextTurn();
}

describe('a queue of reviews', () => {
  it('answers one that comes alone at once', async () => {
    const { queue, batches } = recordedQueue();
    for (const name of ['a', 'b', 'c']) {
      queue.add(named(name));
      expect(batches.at(-1)).to.deep.equal([name]);
      await endTurn();
    }
    expect(batches).to.have.length(3);
  });

  it('answers those of one turn together once several have come in one', async () => {
    const { queue, batches } = recordedQueue();
    for (const name of ['a', 'b']) queue.add(named(name));
    expect(batches).to.deep.equal([['a'], ['b']]);
    await endTurn();
    for (const name of ['c', 'd', 'e']) queue.add(named(name));
    expect(batches).to.have.length(2);
    await endTurn();
    expect(batches.slice(2)).to.deep.equal([['c', 'd', 'e']]);
  });

  it('answers at once again after a hundred turns with one review each', async () => {
    const { queue, batches } = recordedQueue();
    for (const name of ['a', 'b']) queue.add(named(name));
    await endTurn();
    for (let turn = 0; turn < 100; turn++) {
      const answered = batches.length;
      queue.add(named(`${turn}`));
      expect(batches).to.have.length(answered);
      await endTurn();
      expect(batches).to.have.length(answered + 1);
    }
    queue.add(named('last'));
    expect(batches.at(-1)).to.deep.equal(['last']);
  });

  it('answers no more text together than a batch may have, and one text however long', async () => {
    const { queue, batches } = recordedQueue();
    for (const name of ['a', 'b']) queue.add(named(name));
    await endTurn();
    batches.length = 0;
    for (const name of ['1', '2', '3', '4', '5', '6']) queue.add(named(name, 60 * 1024));
    await endTurn();
    expect(batches).to.deep.equal([['1', '2', '3', '4']]);
    await endTurn();
    expect(batches.slice(1)).to.deep.equal([['5', '6']]);
  });

  it('answers large texts one a turn, after the small ones that came meanwhile', async () => {
    const { queue, batches } = recordedQueue();
    const large = largeBodyBytes + 1;
    queue.add(named('large 1', large));
    queue.add(named('large 2', large));
    expect(batches).to.deep.equal([]);
    await endTurn();
    expect(batches).to.deep.equal([['large 1']]);
    queue.add(named('small'));
    await endTurn();
    expect(batches.slice(1)).to.deep.equal([['small'], ['large 2']]);
  });

  it('does not know of the load of another', async () => {
    const [busy, quiet] = [recordedQueue(), recordedQueue()];
    for (const name of ['a', 'b']) busy.queue.add(named(name));
    await endTurn();
    busy.queue.add(named('c'));
    quiet.queue.add(named('c'));
    expect(quiet.batches).to.deep.equal([['c']]);
    expect(busy.batches).to.deep.equal([['a'], ['b']]);
  });
});

describe('two servers of one process', () => {
  let full: BareServer;
  let other: BareServer;
  before(async () => {
    [full, other] = await Promise.all([startReviews({}), startReviews({})]);
  });
  after(() => Promise.all([full.stop(), other.stop()]));

  /** A body of the largest size that goes on coming, so that it keeps its memory. */
  const beginLargest = async (): Promise<TLSSocket> => {
    const socket = await open(full);
    socket.on('error', () => undefined);
    const begun = once(full.server, 'request');
    socket.write(
      `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${maxBodyBytes}\r\n\r\n{${' '.repeat(2 * largeBodyBytes)}`,
    );
    const sending = setInterval(() => socket.write(' '.repeat(200 * 1024)), 100);
    socket.on('close', () => {
      clearInterval(sending);
    });
    await begun;
    return socket;
  };

  it('share no memory: where one is full of large bodies, the other answers at once', async () => {
    const holders = [await beginLargest(), await beginLargest()];
    const args = ['x'.repeat(1_000_000)];
    const large = bodyOf(podWith({ containers: [{ name: 'web', image: 'nginx', args }] }));
    let isAnswered = false;
    const waiting = send(full, { body: large }).then((answer) => {
      isAnswered = true;
      return answer;
    });
    for (let sent = 0; sent < 3; sent++) {
      expect(patchOf(await send(other, { body: large }))).not.to.be.empty;
    }
    expect(isAnswered).to.equal(false);
    for (const holder of holders) {
      const closed = once(holder, 'close');
      holder.destroy();
      await closed;
    }
    expect(patchOf(await waiting)).not.to.be.empty;
  });
});
