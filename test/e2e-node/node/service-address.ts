// The address of the API server's Service, by which pods of a cluster reach it.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { runCommand } from '../../e2e/control-plane/owned-process.ts';
import { serviceAddress } from '../../e2e/control-plane/server-flags.ts';
import type { Cluster } from './cluster.ts';

const PORT = 443;
const COMMAND_MS = 10_000;

/**
 * Lets pods reach the API server as they do everywhere: there is no kube-proxy here, so the bridge
 * of the node has the address, and this process passes on what comes. The address goes with the
 * bridge, which ends with the node. Answers what ends it.
 */
export async function serveApiServer({ premises, plane }: Cluster): Promise<() => void> {
  const { bridge } = premises;
  // The network plugin takes one that is there already.
  await ip(['link', 'add', 'name', bridge, 'type', 'bridge'], /File exists/);
  await ip(
    ['address', 'add', `${serviceAddress}/32`, 'dev', bridge],
    /File exists|already assigned/,
  );
  await ip(['link', 'set', bridge, 'up']);
  const port = Number(new URL(plane.url).port);
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(PORT, serviceAddress);
  await once(server, 'listening');
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

async function ip(args: readonly string[], fine?: RegExp): Promise<void> {
  const { code, stderr } = await runCommand('ip', args, { timeoutMs: COMMAND_MS });
  if (code !== 0 && fine?.test(stderr) !== true) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
