import { createServer, type Server } from 'node:net';

/**
 * Ports on which nobody listens at 127.0.0.1. All are held until the last is found, so that they
 * differ.
 */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, holdPort));
  return Promise.all(holders.map((release) => release()));
}

/**
 * Takes a port below the range from which the kernel gives outgoing connections theirs
 * (ip_local_port_range): one of that range may be somebody's again before the server that it is for
 * listens on it.
 */
async function holdPort(): Promise<() => Promise<number>> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = await listening(port);
    if (server !== undefined) {
      return () =>
        new Promise((released) => {
          server.close(() => {
            released(port);
          });
        });
    }
  }
  throw new Error('no free port from 15000 to 29999 on 127.0.0.1');
}

function listening(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
