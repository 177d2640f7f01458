import { createServer } from 'node:net';

/**
 * A port on which nobody listens at 127.0.0.1. It is below the range from which the kernel gives outgoing connections
 * theirs (ip_local_port_range): one of that range may be somebody's again before the server that it is for listens on it.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port from 15000 to 29999 on 127.0.0.1');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
