/**
 * Peers without a name: many, silent or slow, beside one that is an honest client all the while.
 */
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { expect } from 'chai';

import { largeBodyBytes, maxBodyBytes } from '../../src/admission/body-memory.ts';
import { connectionLimits } from '../../src/admission/connections.ts';
import { reviewTimeouts } from '../../src/admission/server.ts';
import { collect } from '../collect.ts';
import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import { heard, open, send } from './client.ts';
import { patchOf, startReviews, type BareServer } from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';

const small = bodyOf(podWith());
const large = bodyOf(
  podWith({ containers: [{ name: 'web', image: 'nginx', args: ['x'.repeat(300_000)] }] }),
);
const head = (bytes: number): string =>
  `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
const wholeSmall = `${head(small.length)}${small}`;
const answered = (text: string): boolean => text.includes('"allowed":true');

describe('peers of the review port', () => {
  let reviews: BareServer;
  let sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    await reviews.stop();
  });

  const peer = async (): Promise<TLSSocket> => {
    const socket = await open(reviews);
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    return socket;
  };
  const peers = (count: number): Promise<TLSSocket[]> =>
    Promise.all(Array.from({ length: count }, peer));
  const isOpen = (socket: Socket): boolean => !socket.closed && !socket.readableEnded;
  /** A turn of the server, and of the network. */
  const settle = async (): Promise<void> => {
    await send(reviews, { body: small });
    await new Promise((resolve) => setTimeout(resolve, 50));
  };

  describe('that are too many', () => {
    const limits = { all: 64, perAddress: 64 };
    beforeEach(async () => {
      reviews = await startReviews({ limits });
    });

    it('go where they were silent for longest, and the newest never', async () => {
      const silent = await peers(limits.all);
      for (let turn = 0; turn < 3 * limits.all; turn++) {
        expect(patchOf(await send(reviews, { body: small }))).not.to.be.empty;
      }
      await settle();
      expect(isOpen(silent[0]!)).to.equal(false);
      const newest = await peer();
      const answer = heard(newest, answered);
      newest.write(wholeSmall);
      expect(answered(await answer)).to.equal(true);
    });

    for (const [how, begin] of [
      ['say nothing', () => undefined],
      [
        'do not end their headers',
        (socket) => socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\n'),
      ],
      ['do not end their body', (socket) => socket.write(`${head(1_000)}{`)],
    ] as const satisfies readonly (readonly [string, (socket: TLSSocket) => unknown])[]) {
      it(`leave those alone that sent reviews, where they ${how}`, async () => {
        const useful = await peers(10);
        for (const socket of useful) {
          const answer = heard(socket, answered);
          socket.write(wholeSmall);
          await answer;
        }
        for (let turn = 0; turn < 4; turn++) {
          for (const socket of await peers(limits.all / 2)) begin(socket);
        }
        await settle();
        expect(useful.map(isOpen)).to.deep.equal(useful.map(() => true));
        expect(sockets.filter(isOpen)).to.have.length.within(10, limits.all);
      });
    }

    it('do not keep a newcomer out where each sent a review, or never began a handshake', async () => {
      for (const socket of await peers(limits.all)) {
        const answer = heard(socket, answered);
        socket.write(wholeSmall);
        await answer;
      }
      expect(patchOf(await send(reviews, { body: small }))).not.to.be.empty;
      for (let turn = 0; turn < 2 * limits.all; turn++) {
        const socket = connectPlain(reviews.port, '127.0.0.1');
        socket.on('error', () => undefined).resume();
        sockets.push(socket);
      }
      expect(patchOf(await send(reviews, { body: small }))).not.to.be.empty;
      expect(reviews.logText()).to.include('the quietest were ended');
    });

    it('are counted down when they go', async () => {
      for (let turn = 0; turn < 3 * limits.all; turn++) {
        const socket = await peer();
        const gone = once(socket, 'close');
        socket.destroy();
        await gone;
      }
      const kept = await peers(limits.all - 8);
      await settle();
      expect(kept.every(isOpen)).to.equal(true);
    });
  });

  it('of one address leave room for others', async () => {
    reviews = await startReviews({ limits: { all: 40, perAddress: 32 } });
    const mine = await peers(36);
    await settle();
    expect(mine.filter(isOpen)).to.have.length.within(24, 32);
    expect(connectionLimits.perAddress - Math.floor(connectionLimits.perAddress / 64)).to.be.above(
      2_000,
    );
    expect(connectionLimits.all).to.be.above(connectionLimits.perAddress);
  });

  describe('with bodies that do not end', () => {
    const dripping = async (count: number, text: string): Promise<void> => {
      for (const socket of await peers(count)) {
        socket.write(text);
        const drop = setInterval(() => socket.write(' '), 100);
        socket.once('close', () => {
          clearInterval(drop);
        });
      }
    };
    beforeEach(async () => {
      reviews = await startReviews({});
    });

    for (const [what, count, text] of [
      ['four large ones, a byte at a time', 4, `${head(maxBodyBytes)}{`],
      ['many large ones, a byte at a time', 200, `${head(maxBodyBytes)}{`],
      [
        'many large ones that begin well',
        200,
        `${head(maxBodyBytes)}${' '.repeat(2 * largeBodyBytes)}`,
      ],
      [
        'many that are as large as others',
        200,
        `${head(large.length)}${' '.repeat(largeBodyBytes + 100)}`,
      ],
      // 38 MiB of them together.
      ['small ones', 600, `${head(largeBodyBytes)}${' '.repeat(60_000)}`],
    ] as const) {
      it(`keep nobody out: ${what}`, async () => {
        await dripping(count, text);
        const answers = await Promise.all(
          [small, large, large, small, large].map((body) =>
            send(reviews, { body, path: '/mutate?timeout=5s' }),
          ),
        );
        for (const answer of answers) expect(patchOf(answer)).not.to.be.empty;
      });
    }

    it('hold no more than there is room for', async () => {
      const held = (): number => {
        // What was thrown away is not held, though it may not have been collected yet.
        collect();
        return process.memoryUsage().arrayBuffers;
      };
      const before = held();
      // 60 MB.
      await dripping(1_000, `${head(largeBodyBytes)}${' '.repeat(60_000)}`);
      // What the clients have still to send is in this process too, and goes as they are sent away
      // or heard.
      const most = 48_000_000;
      for (let looks = 0; looks < 50 && held() - before > most; looks++) await settle();
      expect(held() - before).to.be.below(most);
      expect(patchOf(await send(reviews, { body: large }))).not.to.be.empty;
    });
  });

  it('that do not read long answers go, those first whose answers lie longest', async function () {
    // Each answer names 20,000 volumes, which a busy machine works on for seconds.
    this.timeout(90_000);
    const paths = Array.from({ length: 50 }, (_, index) =>
      entry(`/srv/${'x'.repeat(100)}/${index}`),
    );
    reviews = await startReviews({
      catalogue: catalogueOf(profile('app', { writable: paths })),
      timeouts: reviewTimeouts,
    });
    const containers = Array.from({ length: 400 }, (_, index) => ({
      name: `c${index}`,
      image: 'app',
    }));
    const long = bodyOf(podWith({ containers }));
    const served: TLSSocket[] = [];
    reviews.server.on('secureConnection', (socket: TLSSocket) => served.push(socket));
    // More than six MB of answer for each.
    for (let turn = 0; turn < 8; turn++) {
      const socket = await peer();
      socket.pause();
      socket.write(`${head(long.length)}${long}`);
    }
    const answer = await send(reviews, { body: long });
    expect(patchOf(answer)).not.to.be.empty;
    const unread = served.reduce((sum, { writableLength }) => sum + writableLength, 0);
    expect(unread).to.be.below(24_000_000);
    expect(served[0]!.destroyed).to.equal(true);
  });
});
