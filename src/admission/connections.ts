/**
 * Who is connected to the review port, and who has to go where they are too many.
 *
 * Each connection takes 50 KB before it has said anything, so there is a bound. The newest is never
 * refused: whoever comes may be an API server, while those who have been silent for long are none
 * (docs/adr/0007-quiet-peers-give-way.md).
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface ConnectionLimits {
  /** With 50 KB for each, a quarter of the memory of manifests/30-deployment.yaml. */
  readonly all: number;
  /**
   * All API servers may come from one address, with a connection for each of up to 2,000 requests,
   * so this is above that; the rest is for others.
   */
  readonly perAddress: number;
}

export const connectionLimits: ConnectionLimits = { all: 2_560, perAddress: 2_304 };

/** Where one is too many, so many more go: looking for them takes longer than ending them. */
const share = 64;

/** One connection. Its fields tell how useful it has been so far. */
export interface Peer {
  /** A request has begun: its headers are there. */
  readonly begins: () => void;
  /** The body of that request is whole, and its review is to be answered. */
  readonly whole: () => void;
  /** So it was, well or not. */
  readonly answered: () => void;
  /** The body of the request is not read: it was refused. */
  readonly refused: () => void;
}

/**
 * `silent`: has not sent a whole review yet, or only a part of the next, or does not read. `idle`:
 * waits between two. `working`: a review is whole and its answer is not there yet, which is our
 * doing.
 */
type Standing = 'silent' | 'idle' | 'working';

class Connection implements Peer {
  readonly socket: Socket;
  readonly address: string;
  secure: TLSSocket | undefined;
  /** Counts steps of all connections: the lower, the longer ago was the last one of this. */
  lastStep = 0;
  #reviews = 0;
  #receiving = false;
  #inHand = 0;
  readonly #nextStep: () => number;

  constructor(socket: Socket, nextStep: () => number) {
    this.socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.#nextStep = nextStep;
    this.step();
  }

  step(): void {
    this.lastStep = this.#nextStep();
  }

  begins(): void {
    this.#receiving = true;
    this.step();
  }

  whole(): void {
    this.#receiving = false;
    this.#reviews++;
    this.#inHand++;
  }

  answered(): void {
    this.#inHand--;
  }

  refused(): void {
    this.#receiving = false;
  }

  standing(): Standing {
    if (this.#inHand > 0) return 'working';
    const unread = (this.secure?.writableLength ?? 0) > 0;
    return this.#receiving || unread || this.#reviews === 0 ? 'silent' : 'idle';
  }
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #onCut: (count: number) => void;
  /**
   * By address and port of the other end, since one connection is two sockets: the plain one and
   * the one over it.
   */
  readonly #connections = new Map<string, Connection>();
  readonly #perAddress = new Map<string, number>();
  readonly #peers = new WeakMap<Socket, Connection>();
  #steps = 0;

  /** `onCut` is told how many were ended at once. */
  constructor(limits: ConnectionLimits, onCut: (count: number) => void) {
    this.#limits = limits;
    this.#onCut = onCut;
  }

  /** Follows every connection of the server from now on. */
  follow(server: Server): void {
    // Ahead of the listeners that begin the handshake, and the first request.
    server.prependListener('connection', (socket: Socket) => {
      this.#add(socket);
    });
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      const connection = this.#connections.get(keyOf(socket));
      if (connection === undefined) return;
      connection.secure = socket;
      connection.step();
      this.#peers.set(socket, connection);
    });
  }

  /** Whose request came on the socket. */
  peerOf(socket: Socket): Peer {
    return this.#peers.get(socket) ?? unknownPeer;
  }

  #add(socket: Socket): void {
    const connection = new Connection(socket, () => ++this.#steps);
    const { address } = connection;
    const key = keyOf(socket);
    this.#connections.set(key, connection);
    const ofAddress = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, ofAddress);
    socket.once('close', () => {
      // Another may have the same port by now.
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
      this.#leave(address);
    });
    const { all, perAddress } = this.#limits;
    if (ofAddress > perAddress) {
      this.#endQuietest(perAddress, connection, (other) => other.address === address);
    } else if (this.#connections.size > all) this.#endQuietest(all, connection, () => true);
  }

  #leave(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }

  /**
   * Ends a part of those that `among` finds, of which there may be `limit`: those whose last step
   * is longest ago. Silent ones before idle ones, unless the silent are the fewer: whoever has just
   * come is one of them for a moment, and must not have to go for the sake of many who sent one
   * review each. Those that work are idle in a moment, and none of them goes.
   */
  #endQuietest(limit: number, newest: Connection, among: (other: Connection) => boolean): void {
    const found: Record<Standing, Connection[]> = { silent: [], idle: [], working: [] };
    let count = 0;
    for (const connection of this.#connections.values()) {
      if (connection.socket.destroyed || !among(connection)) continue;
      count++;
      if (connection !== newest) found[connection.standing()].push(connection);
    }
    const over = count - limit;
    if (over <= 0) return;
    const { silent, idle } = found;
    for (const each of [silent, idle]) each.sort((a, b) => a.lastStep - b.lastStep);
    const inOrder = silent.length > limit / 2 ? [...silent, ...idle] : [...idle, ...silent];
    const ended = inOrder.slice(0, over + Math.floor(limit / share));
    for (const { socket } of ended) socket.destroy();
    if (ended.length > 0) this.#onCut(ended.length);
  }
}

const unknownPeer: Peer = {
  begins: () => undefined,
  whole: () => undefined,
  answered: () => undefined,
  refused: () => undefined,
};

function keyOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
