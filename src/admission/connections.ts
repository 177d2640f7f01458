/**
 * The connections to the review port, and which of them are closed where they are too many.
 *
 * Each connection takes 50 KB before its client has sent anything, so their number has a limit. The
 * newest connection is never refused: it may be an API server's, while one that has been silent for
 * long is not (docs/adr/0007-quiet-peers-give-way.md).
 */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface ConnectionLimits {
  /** With 50 KB for each, a quarter of the memory of manifests/30-deployment.yaml. */
  readonly all: number;
  /**
   * All API servers may come from one address, with a connection for each of up to 2,000 requests,
   * so this is above that; the rest is for other addresses.
   */
  readonly perAddress: number;
}

export const connectionLimits: ConnectionLimits = { all: 2_560, perAddress: 2_304 };

/**
 * Where there is one connection too many, this part of the limit is closed beside it, because
 * looking for quiet connections takes longer than closing them.
 */
const extraShare = 1 / 64;

/**
 * The client of one connection. The endpoint reports here what each of its requests has reached.
 */
export interface Peer {
  /** The headers of a request have come. */
  readonly requestBegun: () => void;
  /** The body of that request has come whole, and its review is to be answered. */
  readonly bodyComplete: () => void;
  /** That review was answered, well or not. */
  readonly reviewAnswered: () => void;
  /** The request was rejected, and its body is not read. */
  readonly requestRejected: () => void;
}

/**
 * `silent`: has not sent a whole review yet, or only a part of the next one, or does not read its
 * answer. `idle`: waits between two reviews. `working`: a review has come whole and we have not
 * answered it yet.
 */
type PeerState = 'silent' | 'idle' | 'working';

class Connection implements Peer {
  readonly socket: Socket;
  readonly address: string;
  secure: TLSSocket | undefined;
  /**
   * When this connection was last active, as the number of that step among the steps of all
   * connections.
   */
  lastStep = 0;
  #completeBodies = 0;
  #isReceiving = false;
  #unanswered = 0;
  readonly #nextStep: () => number;

  constructor(socket: Socket, nextStep: () => number) {
    this.socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.#nextStep = nextStep;
    this.noteActivity();
  }

  noteActivity(): void {
    this.lastStep = this.#nextStep();
  }

  requestBegun(): void {
    this.#isReceiving = true;
    this.noteActivity();
  }

  bodyComplete(): void {
    this.#isReceiving = false;
    this.#completeBodies++;
    this.#unanswered++;
  }

  reviewAnswered(): void {
    this.#unanswered--;
  }

  requestRejected(): void {
    this.#isReceiving = false;
  }

  state(): PeerState {
    if (this.#unanswered > 0) return 'working';
    const isUnread = (this.secure?.writableLength ?? 0) > 0;
    return this.#isReceiving || isUnread || this.#completeBodies === 0 ? 'silent' : 'idle';
  }

  /** A request has come or its answer is on its way. */
  isInFlight(): boolean {
    const isUnread = (this.secure?.writableLength ?? 0) > 0;
    return this.#unanswered > 0 || this.#isReceiving || isUnread;
  }
}

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #onClosed: (count: number) => void;
  /**
   * By address and port of the other end, since one connection is two sockets: the plain one and
   * the TLS one over it.
   */
  readonly #connections = new Map<string, Connection>();
  readonly #countByAddress = new Map<string, number>();
  readonly #peers = new WeakMap<Socket, Connection>();
  #steps = 0;

  /** `onClosed` is called with the number of connections that were closed for being too many. */
  constructor(limits: ConnectionLimits, onClosed: (count: number) => void) {
    this.#limits = limits;
    this.#onClosed = onClosed;
  }

  /** Follows every connection of the server from now on. */
  follow(server: Server): void {
    // Ahead of the listeners that begin the handshake and the first request.
    server.prependListener('connection', (socket: Socket) => {
      this.#add(socket);
    });
    server.prependListener('secureConnection', (socket: TLSSocket) => {
      const connection = this.#connections.get(keyOf(socket));
      if (connection === undefined) return;
      connection.secure = socket;
      connection.noteActivity();
      this.#peers.set(socket, connection);
    });
  }

  /** The client whose request came on the socket. */
  peerOf(socket: Socket): Peer {
    return this.#peers.get(socket) ?? unknownPeer;
  }

  /** Closes the connections on which nothing is in flight, also those in their handshake. */
  closeQuiet(): void {
    for (const connection of this.#connections.values()) {
      if (!connection.isInFlight()) connection.socket.destroy();
    }
  }

  #add(socket: Socket): void {
    const connection = new Connection(socket, () => ++this.#steps);
    const { address } = connection;
    const key = keyOf(socket);
    this.#connections.set(key, connection);
    const ofAddress = (this.#countByAddress.get(address) ?? 0) + 1;
    this.#countByAddress.set(address, ofAddress);
    socket.once('close', () => {
      // Another connection may have the same port by now.
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
      this.#countDown(address);
    });
    const { all, perAddress } = this.#limits;
    if (ofAddress > perAddress) {
      this.#closeQuietest(perAddress, connection, (other) => other.address === address);
    } else if (this.#connections.size > all) this.#closeQuietest(all, connection, () => true);
  }

  #countDown(address: string): void {
    const left = (this.#countByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, left);
  }

  /**
   * Closes a part of the connections that `isCounted` selects, of which there may be `limit`: those
   * that were active longest ago. Silent ones go before idle ones unless they are the fewer: a
   * client that has just come is silent for a moment, and must not go for the sake of many who sent
   * one review each. Working ones stay, since they are idle in a moment.
   */
  #closeQuietest(
    limit: number,
    newest: Connection,
    isCounted: (other: Connection) => boolean,
  ): void {
    const byState: Record<PeerState, Connection[]> = { silent: [], idle: [], working: [] };
    let count = 0;
    for (const connection of this.#connections.values()) {
      if (connection.socket.destroyed || !isCounted(connection)) continue;
      count++;
      if (connection !== newest) byState[connection.state()].push(connection);
    }
    const excess = count - limit;
    if (excess <= 0) return;
    const { silent, idle } = byState;
    for (const each of [silent, idle]) each.sort((a, b) => a.lastStep - b.lastStep);
    const inOrder = silent.length > limit / 2 ? [...silent, ...idle] : [...idle, ...silent];
    const closed = inOrder.slice(0, excess + Math.floor(limit * extraShare));
    for (const { socket } of closed) socket.destroy();
    if (closed.length > 0) this.#onClosed(closed.length);
  }
}

/** For a socket that was connected before `follow`. */
const unknownPeer: Peer = {
  requestBegun: () => undefined,
  bodyComplete: () => undefined,
  reviewAnswered: () => undefined,
  requestRejected: () => undefined,
};

function keyOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
