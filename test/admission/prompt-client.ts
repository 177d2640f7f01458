/**
 * A client in a thread of its own that sends two reviews, the second on the connection of the first
 * the moment it has its answer, or on a new one where that answer ends the connection. Posts the
 * two answers.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { parentPort, workerData } from 'node:worker_threads';
import type { IncomingMessage } from 'node:http';

export interface PromptClient {
  readonly port: number;
  readonly ca: string;
  readonly first: string;
  readonly second: string;
  /**
   * Becomes 1, and the server that waits for it is woken, when the second request is on its way or
   * needs a new connection.
   */
  readonly sent: Int32Array;
}

export interface PromptAnswer {
  readonly status: number;
  /** The server ends the connection with it. */
  readonly closed: boolean;
  /** In bytes. */
  readonly length: number;
  readonly uid: string;
}

const { port, ca, first, second, sent } = workerData as PromptClient;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function post(body: string, whenSent: () => void): Promise<PromptAnswer> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    ca,
    agent,
    method: 'POST',
    path: '/mutate',
    headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
  });
  outgoing.end(body, whenSent);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = Buffer.concat((await incoming.toArray()) as Buffer[]).toString();
  const { response } = JSON.parse(text) as { readonly response: { readonly uid: string } };
  return {
    status: incoming.statusCode!,
    closed: incoming.headers.connection === 'close',
    length: text.length,
    uid: response.uid,
  };
}

/** Lets the server go on. */
function wake(): void {
  Atomics.store(sent, 0, 1);
  Atomics.notify(sent, 0);
}

const answer = await post(first, () => undefined);
// No handshake without the server.
if (answer.closed) wake();
const answers = [answer, await post(second, wake)];
agent.destroy();
parentPort!.postMessage(answers);
