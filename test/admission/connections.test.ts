import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';
import type { TLSSocket } from 'node:tls';

import { expect } from 'chai';

import { largeBodyBytes, maxBodyBytes } from '../../src/admission/body-memory.ts';
import { loadCatalogue } from '../../src/profile-files/catalogue-files.ts';
import { reviewTimeouts } from '../../src/admission/server.ts';
import { collect } from '../collect.ts';
import { catalogueOf, entry, profile } from '../pods/profiles.ts';
import { heard, open, send } from './client.ts';
import {
  patchOf,
  refusalOf,
  responseOf,
  startReviews,
  valueOf,
  type BareServer,
} from './harness.ts';
import { bodyOf, podWith } from './reviews.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { PromptAnswer, PromptClient } from './prompt-client.ts';

const body = bodyOf(podWith());
const head = 'POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
const whole = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;

function answersIn(text: string): number {
  return text.split('"allowed":true').length - 1;
}

describe('the connections of the review port', () => {
  let reviews: BareServer;
  before(async () => {
    reviews = await startReviews({});
  });
  afterEach('the server answers', async () => {
    expect(patchOf(await send(reviews, { body }))).not.to.be.empty;
  });
  after(() => reviews.stop());

  it('outlive the 90 s for which the API server keeps an idle one, and bound slow clients', () => {
    const { keepAliveTimeout, headersTimeout, requestTimeout } = reviews.server;
    expect({ keepAliveTimeout, headersTimeout, requestTimeout }).to.deep.equal({
      keepAliveTimeout: 120_000,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
    });
    expect(keepAliveTimeout).to.be.greaterThan(90_000);
    expect(reviewTimeouts.handshakeTimeout).to.equal(10_000);
    expect(reviewTimeouts.connectionsCheckingInterval).to.equal(2_000);
  });

  it('carry many requests', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let connections = 0;
    reviews.server.on('secureConnection', () => connections++);
    for (let turn = 0; turn < 20; turn++) {
      const uid = `turn-${turn}`;
      const answer = await send(reviews, { agent, body: bodyOf(podWith(), { uid }) });
      expect(responseOf(answer).uid).to.equal(uid);
      expect(answer.headers.connection).to.equal('keep-alive');
    }
    agent.destroy();
    expect(connections).to.equal(1);
  });

  it('go on after a refusal of any kind', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let connections = 0;
    reviews.server.on('secureConnection', () => connections++);
    const statuses = [];
    for (const sent of [
      { body: '{' },
      { body: 'x'.repeat(9 * 1024 * 1024) },
      { body, headers: { 'content-type': 'text/plain' } },
      { body, path: '/nowhere' },
      { body, method: 'PUT' },
      { body },
    ]) {
      statuses.push((await send(reviews, { agent, ...sent })).status);
    }
    agent.destroy();
    expect(statuses).to.deep.equal([400, 413, 415, 404, 405, 200]);
    expect(connections).to.equal(1);
  });

  it('answer requests that were sent together, in their order', async () => {
    const socket = await open(reviews);
    const uids = ['a', 'b', 'c', 'd'];
    socket.write(
      uids
        .map((uid) => {
          const each = bodyOf(podWith(), { uid });
          return `${head}Content-Length: ${each.length}\r\n\r\n${each}`;
        })
        .join(''),
    );
    const text = await heard(socket, (sofar) => answersIn(sofar) === uids.length);
    socket.destroy();
    expect([...text.matchAll(/"uid":"(\w)"/g)].map(([, uid]) => uid)).to.deep.equal(uids);
  });

  it('each hear their own answer where many reviews come at once, good and bad, small and large', async () => {
    const padding = 'x'.repeat(300_000);
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const uid = `${round}-${index}`;
          if (index % 7 === 3) return (await send(reviews, { agent, body: '{' })).status === 400;
          const args = index % 10 === 0 ? [padding] : [];
          const pod = podWith({ containers: [{ name: `c${index}`, image: 'nginx', args }] });
          const answer = await send(reviews, { agent, body: bodyOf(pod, { uid }) });
          const said = JSON.stringify(patchOf(answer));
          return responseOf(answer).uid === uid && said.includes(`lithopod-c${index}-`);
        }),
      );
      expect(answers).not.to.include(false);
    }
    agent.destroy();
  });

  it('answer only so much in one turn, and then hear what came meanwhile', async () => {
    const whole = valueOf(await loadCatalogue());
    let turn = 0;
    const answeredIn = new Map<string, number>();
    const counted: Catalogue = {
      ...whole,
      match: (...asked) => {
        answeredIn.set(asked[0] ?? '', turn);
        return whole.match(...asked);
      },
    };
    const server = await startReviews({ catalogue: counted });
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open(server)));
    const texts = sockets.map((_, index) => {
      const args = ['x'.repeat(60_000)];
      const each = bodyOf(podWith({ containers: [{ name: 'c', image: `app:${index}`, args }] }));
      return `${head}Content-Length: ${each.length}\r\n\r\n${each}`;
    });
    const count = (): void => {
      turn++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    // Those of the first round are answered at once, and from then on the server knows that it is
    // under load.
    for (const round of ['first', 'second']) {
      // All but the last byte, so that they become whole together.
      await Promise.all(
        sockets.map(
          (socket, index) =>
            new Promise((resolve) => socket.write(texts[index]!.slice(0, -1), resolve)),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      const answers = sockets.map((socket) => heard(socket, (text) => answersIn(text) === 1));
      for (const socket of sockets) socket.write('}');
      for (const answer of await Promise.all(answers)) expect(answersIn(answer), round).to.equal(1);
    }
    clearImmediate(next);
    for (const socket of sockets) socket.destroy();
    await server.stop();
    const perTurn = new Map<number, number>();
    for (const at of answeredIn.values()) perTurn.set(at, (perTurn.get(at) ?? 0) + 1);
    expect(answeredIn.size).to.equal(40);
    expect(Math.max(...perTurn.values())).to.be.within(2, 4);
  });

  it('end after one answer with HTTP/1.0', async () => {
    const socket = await open(reviews);
    socket.write(whole.replace('HTTP/1.1', 'HTTP/1.0'));
    const text = await heard(socket);
    expect(text)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.match(/\r\nConnection: close\r\n/i);
    expect(answersIn(text)).to.equal(1);
  });

  it('go ahead for a client that asks before it sends', async () => {
    const socket = await open(reviews);
    socket.write(`${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`);
    const first = await heard(socket, (text) => text.includes('\r\n\r\n'));
    expect(first).to.match(/^HTTP\/1\.1 100 /);
    socket.write(body);
    expect(await heard(socket, (text) => answersIn(text) === 1)).to.match(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  // Under load its answer comes a moment later, when Node has closed the connection as it does for
  // every client like that.
  it('answer a client that has said all it had to say, where there is no load', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; turn < 110; turn++) await send(reviews, { agent, body });
    agent.destroy();
    const socket = await open(reviews);
    socket.end(whole);
    expect(answersIn(await heard(socket))).to.equal(1);
  });

  for (const [what, text] of [
    ['in the middle of its body', `${head}Content-Length: 1000000\r\n\r\n${body}`],
    ['in the middle of a chunk', `${head}Transfer-Encoding: chunked\r\n\r\nffff\r\n${body}`],
    ['before its body', `${head}Content-Length: 10\r\n\r\n`],
    ['in the middle of its headers', head],
    ['before it has read the answer', whole],
    [
      'in the middle of a body of another type',
      `POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx`,
    ],
    ['in the middle of a body that is too large', `${head}Content-Length: 10000000\r\n\r\nxxxx`],
    [
      'in the middle of a body to nowhere',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nx`,
    ],
  ] as const) {
    it(`may break ${what}`, async () => {
      const accepted = once(reviews.server, 'secureConnection') as Promise<[TLSSocket]>;
      const socket = await open(reviews);
      const [serverSide] = await accepted;
      socket.write(text);
      while (serverSide.bytesRead < text.length) await new Promise(setImmediate);
      const gone = new Promise((resolve) => serverSide.once('close', resolve));
      socket.destroy();
      await gone;
    });
  }

  for (const [what, text] of [
    [
      'more bytes than it announced',
      `${head}Content-Length: ${body.length}\r\n\r\n${body}trailing junk\r\n\r\n`,
    ],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a length that is no number', `${head}Content-Length: many\r\n\r\n`],
    ['two lengths', `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    [
      'a length and chunks',
      `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a broken chunk', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    [
      'headers without end',
      `POST /mutate HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(100_000)}\r\n\r\n`,
    ],
    ['no host', 'POST /mutate HTTP/1.1\r\n\r\n'],
  ] as const) {
    it(`end with a 4xx for ${what}`, async () => {
      const socket = await open(reviews);
      socket.write(text);
      const said = await heard(socket);
      expect(said).to.match(/HTTP\/1\.1 4\d\d [^\r]*\r\n(?!.*HTTP\/1\.1)/s);
    });
  }

  it('ends the connection on which a body falls short of its length', async () => {
    const socket = await open(reviews);
    const lines = reviews.logLines().length;
    socket.end(`${head}Content-Length: ${body.length + 10}\r\n\r\n${body}`);
    expect(answersIn(await heard(socket))).to.equal(0);
    expect(reviews.logLines()).to.have.length(lines);
  });

  it('are refused in plain HTTP', async () => {
    const socket = connect(reviews.port, '127.0.0.1');
    socket.write(whole);
    socket.on('error', () => undefined);
    let said = '';
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    await once(socket, 'close');
    expect(said).not.to.include('HTTP/1.1 200');
  });
});

describe('a client of the review port that goes on as soon as it has a long answer', () => {
  // 0: not yet, 1: the second request is sent.
  const sent = new Int32Array(new SharedArrayBuffer(4));
  let reviews: BareServer;
  before(async () => {
    // Between a long answer and the next turn of its event loop the server does nothing until the
    // next request lies ready.
    reviews = await startReviews({
      onLogged: () => {
        Atomics.wait(sent, 0, 0, 5_000);
      },
    });
  });
  after(() => reviews.stop());

  it('is answered', async () => {
    // Large, so that it is answered at the end of a turn: what Node puts off then waits until it
    // has read from sockets.
    const padding = 'x'.repeat(300_000);
    const containers = Array.from({ length: 200 }, (_, index) => ({
      name: `c${index}`,
      image: 'nginx',
      args: index === 0 ? [padding] : [],
    }));
    const first = bodyOf(podWith({ containers }), { uid: 'first' });
    // Several TLS records.
    const second = bodyOf(
      podWith({ containers: [{ ...containers[0]!, args: [padding.slice(250_000)] }] }),
      {
        uid: 'second',
      },
    );
    const { port, ca } = reviews;
    const client = new Worker(
      // A thread of Node 20 does not take over how the main thread loads TypeScript.
      `import('tsx/esm/api').then(({ register }) => { register(); return import('${new URL('prompt-client.ts', import.meta.url).href}'); });`,
      { eval: true, workerData: { port, ca, sent, first, second } satisfies PromptClient },
    );
    const [answers] = (await once(client, 'message')) as [readonly PromptAnswer[]];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    // Longer than the high-water marks of Node 20 and 24.
    expect(answers[0]!.length).to.be.greaterThan(65_536);
    expect(answers[1]!.uid).to.equal('second');
  });
});

describe('large bodies', () => {
  const padded = (bytes: number, uid = 'large'): string =>
    bodyOf(podWith({ containers: [{ name: 'web', image: 'nginx', args: ['x'.repeat(bytes)] }] }), {
      uid,
    });
  const large = padded(1_000_000);
  const inPieces = (text: string): Buffer[] => [Buffer.from(text), Buffer.from('')];
  /**
   * Says that it will send the largest body there may be, and begins with more than a small one may
   * have.
   */
  const beginAndStop = async (): Promise<TLSSocket> => {
    const socket = await open(reviews);
    socket.on('error', () => undefined);
    const begun = once(reviews.server, 'request');
    socket.write(
      `${head}Content-Length: ${maxBodyBytes}\r\n\r\n{${' '.repeat(2 * largeBodyBytes)}`,
    );
    await begun;
    return socket;
  };
  /**
   * The same, and goes on as fast as it has to where others wait: for four seconds, and then it is
   * whole.
   */
  const beginLargest = async (): Promise<TLSSocket> => {
    const socket = await beginAndStop();
    const sending = setInterval(() => socket.write(' '.repeat(200 * 1024)), 100);
    socket.on('close', () => {
      clearInterval(sending);
    });
    return socket;
  };
  const gone = async (socket: TLSSocket): Promise<void> => {
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  };
  let reviews: BareServer;
  beforeEach(async () => {
    reviews = await startReviews({});
  });
  afterEach('there is room again', async () => {
    const two = await Promise.all([beginLargest(), beginLargest()]);
    await Promise.all(two.map(gone));
    const sent = Array.from({ length: 3 }, () => send(reviews, { body: padded(7_000_000) }));
    for (const answer of await Promise.all(sent)) expect(patchOf(answer)).not.to.be.empty;
    await reviews.stop();
  });

  it('wait unread while those before them are held, and small ones do not', async () => {
    const holders = [await beginLargest(), await beginLargest()];
    const accepted: Socket[] = [];
    reviews.server.on('request', ({ socket }: IncomingMessage) => {
      accepted.push(socket);
    });
    const order: string[] = [];
    const waiting = [await open(reviews), await open(reviews)].map(async (socket, index) => {
      const each = padded(6_000_000, `waiter-${index}`);
      socket.write(`${head}Content-Length: ${each.length}\r\n\r\n${each}`);
      const text = await heard(socket, (sofar) => answersIn(sofar) === 1);
      order.push(/"uid":"([^"]*)"/.exec(text)?.[1] ?? text);
      socket.destroy();
    });
    for (const small of [body, inPieces(body)]) {
      for (let turn = 0; turn < 20; turn++) {
        expect(patchOf(await send(reviews, { body: small }))).not.to.be.empty;
      }
    }
    expect(order).to.be.empty;
    const large = accepted.filter(({ bytesRead }) => bytesRead > largeBodyBytes);
    expect(large).to.have.length(2);
    for (const { bytesRead } of large) expect(bytesRead).to.be.lessThan(500_000);
    await gone(holders[0]!);
    await Promise.all(waiting);
    expect(order).to.deep.equal(['waiter-0', 'waiter-1']);
    await gone(holders[1]!);
  });

  it('that come in pieces wait too, once they are large', async () => {
    const holders = [await beginLargest(), await beginLargest()];
    let answered = false;
    const waiting = send(reviews, { body: inPieces(large) }).then((answer) => {
      answered = true;
      return answer;
    });
    for (let turn = 0; turn < 20; turn++) await send(reviews, { body });
    expect(answered).to.equal(false);
    for (const holder of holders) await gone(holder);
    expect(patchOf(await waiting)).not.to.be.empty;
  });

  it('are held until they are answered', async () => {
    const each = padded(maxBodyBytes - 10_000);
    const responses: ServerResponse[] = [];
    const held: number[] = [];
    reviews.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let resumed = 0;
      request.on('resume', () => {
        // Once for its beginning, and once for the rest.
        if (++resumed !== 2) return;
        responses.push(response);
        held.push(responses.filter(({ writableEnded }) => !writableEnded).length);
      });
    });
    const sent = Array.from({ length: 6 }, () => send(reviews, { body: each }));
    for (const answer of await Promise.all(sent)) expect(patchOf(answer)).not.to.be.empty;
    // There is room for two of them.
    expect(held).to.deep.equal([1, 2, 2, 2, 2, 2]);
  });

  it('that are given up while they wait leave the others their turn', async () => {
    const holders = [await beginLargest(), await beginLargest()];
    await Promise.all(Array.from({ length: 10 }, async () => gone(await beginLargest())));
    const waiting = send(reviews, { body: large });
    for (const holder of holders) await gone(holder);
    expect(patchOf(await waiting)).not.to.be.empty;
  });

  const tooLate = 'There are too many large reviews at once, or this one did not come in time.';

  it('wait for as long as their client does', async () => {
    const holders = [await beginLargest(), await beginLargest()];
    const start = performance.now();
    const path = '/mutate/enforce/immutable?timeout=1s';
    for (const sent of [{ body: padded(70_000) }, { body: inPieces(padded(70_000)) }]) {
      expect(refusalOf(await send(reviews, { path, ...sent }))).to.deep.equal([408, tooLate]);
    }
    expect(performance.now() - start).to.be.greaterThan(1_900);
    for (const holder of holders) await gone(holder);
  });

  it('that come in drops do so for as long as their client waits', async () => {
    const socket = await open(reviews);
    socket.on('error', () => undefined);
    const slow = head.replace('/mutate', '/mutate?timeout=1s');
    socket.write(`${slow}Content-Length: ${large.length}\r\n\r\n`);
    const dripping = setInterval(() => socket.write(' '), 50);
    expect(await heard(socket))
      .to.match(/^HTTP\/1\.1 408 /)
      .and.include(tooLate);
    clearInterval(dripping);
  });

  it('are not late where it is the server that did not look', async () => {
    const begun = once(reviews.server, 'request');
    const socket = await open(reviews);
    const each = padded(80_000);
    socket.write(`${head}Content-Length: ${each.length}\r\n\r\n`);
    await begun;
    const answer = heard(socket, (text) => /^HTTP\/1\.1 \d/.test(text));
    socket.write(each);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_300);
    expect(await answer).to.match(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('whose client says nothing do not keep others waiting for long', async () => {
    const silent = [await beginAndStop(), await beginAndStop()];
    const said = silent.map((socket) => heard(socket));
    expect(patchOf(await send(reviews, { body: large }))).not.to.be.empty;
    for (const text of await Promise.all(said)) {
      expect(text)
        .to.match(/^HTTP\/1\.1 408 /)
        .and.include(tooLate);
    }
  });

  it('in the smallest pieces take no more memory than others', async () => {
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const accepted = once(reviews.server, 'secureConnection') as Promise<[TLSSocket]>;
    const socket = await open(reviews);
    const [serverSide] = await accepted;
    const before = heap();
    const pieces = Buffer.from('1\r\n \r\n'.repeat(300_000));
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    socket.write(pieces);
    while (serverSide.bytesRead < pieces.length) await new Promise(setImmediate);
    // An object for each of them would be thirty megabytes.
    expect(heap() - before).to.be.lessThan(5_000_000);
    socket.write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    expect(answersIn(await heard(socket, (text) => answersIn(text) === 1))).to.equal(1);
    socket.destroy();
  });

  it('are all answered where many come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        send(reviews, { body: padded(1_000_000, `large-${index}`) }),
      ),
    );
    expect(answers.map((answer) => responseOf(answer).uid)).to.deep.equal(
      answers.map((_, index) => `large-${index}`),
    );
  });

  // Each is sent often enough to take all the room, if it were not given back.
  for (const [what, status, sent] of [
    ['are no JSON', 400, { body: `{${large}` }],
    ['are no review', 400, { body: JSON.stringify(['x'.repeat(1_000_000)]) }],
    ['have too many values', 413, { body: `[${Array(500_000).fill('0').join(',')}]` }],
    ['are no text', 400, { body: Buffer.alloc(1_000_000, 0xff) }],
    ['come in pieces', 200, { body: inPieces(large) }],
    ['come in pieces and are small', 200, { body: inPieces(body) }],
    ['turn out to be too large', 413, { body: inPieces('x'.repeat(maxBodyBytes + 1)) }],
    ['are not reviewed', 200, { body: bodyOf(podWith({ x: large }), { operation: 'DELETE' }) }],
    [
      'are small without their managed fields',
      200,
      {
        body: bodyOf(
          podWith({}, { name: 'web', managedFields: [{ manager: 'x'.repeat(1_000_000) }] }),
        ),
      },
    ],
  ] as const) {
    it(`that ${what} give back their room`, async () => {
      for (let turn = 0; turn < 17; turn++) {
        expect((await send(reviews, sent)).status).to.equal(status);
      }
    });
  }

  it('that break off give back their room', async () => {
    for (let turn = 0; turn < 5; turn++) await gone(await beginLargest());
  });

  it('that their client gives up before they are answered give back their room', async () => {
    for (let turn = 0; turn < 17; turn++) {
      const socket = await open(reviews);
      const written = new Promise((resolve) =>
        socket.write(`${head}Content-Length: ${large.length}\r\n\r\n${large}`, resolve),
      );
      await written;
      await gone(socket);
    }
  });

  it('that were sent behind others on a connection that breaks give back their room', async () => {
    const each = `${head}Content-Length: ${large.length}\r\n\r\n${large}`;
    for (let turn = 0; turn < 17; turn++) {
      const socket = await open(reviews);
      socket.on('error', () => undefined);
      socket.write(`${each}${each}${each}`);
      await heard(socket, (text) => answersIn(text) > 0);
      await gone(socket);
    }
  });
});

describe('slow clients of the review port', () => {
  let reviews: BareServer;
  before(async () => {
    reviews = await startReviews({
      timeouts: {
        handshakeTimeout: 100,
        headersTimeout: 100,
        requestTimeout: 200,
        keepAliveTimeout: 60_000,
        silenceTimeout: 300,
        connectionsCheckingInterval: 20,
      },
    });
  });
  after(() => reviews.stop());

  it('are cut off when they never begin the handshake', async () => {
    const socket = connect(reviews.port, '127.0.0.1');
    socket.resume();
    await once(socket, 'close');
  });

  it('are cut off when they never begin a request', async () => {
    expect(await heard(await open(reviews))).to.match(/^(HTTP\/1\.1 408 |$)/);
  });

  it('are cut off when their headers do not end', async () => {
    const socket = await open(reviews);
    socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\n');
    let count = 0;
    const dripping = setInterval(() => socket.write(`X-${count++}: y\r\n`), 20);
    expect(await heard(socket)).to.match(/^HTTP\/1\.1 408 /);
    clearInterval(dripping);
  });

  for (const [how, start, drip] of [
    ['with a length', `${head}Content-Length: 100000\r\n\r\n{`, ' '],
    ['in chunks', `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
  ] as const) {
    it(`are cut off when their body, ${how}, does not end`, async () => {
      const socket = await open(reviews);
      socket.write(start);
      const dripping = setInterval(() => socket.write(drip), 20);
      expect(await heard(socket)).to.match(/^HTTP\/1\.1 408 /);
      clearInterval(dripping);
    });
  }

  it('are cut off when they go on sending what was refused', async () => {
    const socket = await open(reviews);
    socket.write(`${head}Content-Length: 9000000\r\n\r\n{`);
    const dripping = setInterval(() => socket.write(' '), 20);
    expect(await heard(socket)).to.match(/^HTTP\/1\.1 413 /);
    clearInterval(dripping);
  });

  it('are not those that are idle between two requests', async () => {
    const socket = await open(reviews);
    socket.write(whole);
    await heard(socket, (text) => answersIn(text) === 1);
    // Longer than both limits together.
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.write(whole);
    expect(answersIn(await heard(socket, (text) => answersIn(text) === 1))).to.equal(1);
    socket.destroy();
  });
});

describe('a client of the review port that does not read its long answer', () => {
  const paths = Array.from({ length: 50 }, (_, index) => entry(`/srv/${'x'.repeat(100)}/${index}`));
  let reviews: BareServer;
  before(async () => {
    reviews = await startReviews({
      catalogue: catalogueOf(profile('app', { writable: paths })),
      timeouts: { ...reviewTimeouts, silenceTimeout: 300 },
    });
  });
  after(() => reviews.stop());

  it('is cut off', async () => {
    const accepted = once(reviews.server, 'secureConnection') as Promise<[TLSSocket]>;
    const socket = await open(reviews);
    const [serverSide] = await accepted;
    socket.pause().on('error', () => undefined);
    const silent = once(serverSide, 'timeout');
    // The answer is more than the kernel takes for a client.
    const containers = Array.from({ length: 400 }, (_, index) => ({
      name: `c${index}`,
      image: 'app',
    }));
    const long = bodyOf(podWith({ containers }));
    socket.write(`${head}Content-Length: ${long.length}\r\n\r\n${long}`);
    await silent;
    expect(serverSide.bytesWritten).to.be.greaterThan(6_000_000);
    await once(serverSide, 'close');
    socket.destroy();
  });
});
