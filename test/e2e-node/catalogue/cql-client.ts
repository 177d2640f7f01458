// Asks a Cassandra, in version 4 of its protocol:
// https://github.com/apache/cassandra/blob/cassandra-5.0/doc/native_protocol_v4.spec

import { connect } from 'node:net';

const ERROR = 0;
const STARTUP = 1;
const QUERY = 7;
const HEADER = 9;

/**
 * What the server answers to the last of some statements, as bytes; rejects where it refuses one or
 * cannot be reached.
 */
export async function cql(
  host: string,
  port: number,
  statements: readonly string[],
): Promise<Buffer> {
  const frames = [
    frame(STARTUP, startup()),
    ...statements.map((text) => frame(QUERY, query(text))),
  ];
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect({ host, port, timeout: 10_000 }, () => socket.write(frames.shift()!));
    socket
      .on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        if (received.length < HEADER || received.length < HEADER + received.readInt32BE(5)) return;
        const answer = received;
        received = Buffer.alloc(0);
        const next = frames.shift();
        if (answer[4] === ERROR) socket.destroy(new Error(answer.toString('latin1', HEADER)));
        else if (next !== undefined) socket.write(next);
        else
          socket.end(() => {
            resolve(answer.subarray(HEADER));
          });
      })
      .on('timeout', () => socket.destroy(new Error('silence')))
      .on('error', reject)
      .on('close', () => {
        reject(new Error('closed early'));
      });
  });
}

function frame(opcode: number, body: Buffer): Buffer {
  const header = Buffer.from([4, 0, 0, 0, opcode, 0, 0, 0, 0]);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}

/** A map of strings: of one pair. */
function startup(): Buffer {
  const texts = ['CQL_VERSION', '3.0.0'].map((text) =>
    Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]),
  );
  return Buffer.concat([Buffer.from([0, 1]), ...texts]);
}

/** With consistency ONE and no parameters. */
function query(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text), Buffer.from([0, 1, 0])]);
}
