import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect } from 'chai';

import { readConnection } from '../../src/cluster/kubeconfig.ts';
import { watchObject } from '../../src/cluster/object-watch.ts';
import { withFolder } from '../cli/run.ts';
import { kubeconfigText } from './api-server.ts';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';

/**
 * What the test's API server does with each watch, one after the other; the last one stays open.
 */
type Answer = (response: ServerResponse) => void;

/** Resolves with the news when there were `count` of them, and with what was asked for. */
async function newsOf(
  answers: readonly Answer[],
  count: number,
): Promise<{ readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answers[Math.min(asked.length, answers.length) - 1]!(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await withFolder({}, async (folder) => {
      const kubeconfig = join(folder, 'config');
      await writeFile(kubeconfig, kubeconfigText({ server: url }));
      const connection = readConnection({ kubeconfig }, {});
      if (!connection.ok) throw new Error('no connection');
      const target = { collection: '/api/v1/namespaces/x/secrets', name: 'y' };
      let seen = 0;
      await new Promise<void>((resolve) => {
        const end = watchObject(connection.value, target, () => {
          if (++seen < count) return;
          end();
          resolve();
        });
      });
      return { asked };
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const stays: Answer = (response) => {
  response.writeHead(200).write('{"type":"ADDED"}\n');
};

describe('the watch of an object', () => {
  it('asks for that object alone', async () => {
    const { asked } = await newsOf([stays], 2);
    expect(asked).to.deep.equal([
      '/api/v1/namespaces/x/secrets?watch=true&fieldSelector=metadata.name%3Dy&timeoutSeconds=290',
    ]);
  });

  it('goes on after an end, a 410, an error of the server and a connection that breaks', async () => {
    const { asked } = await newsOf(
      [
        (response) => response.writeHead(200).end(),
        (response) => response.writeHead(410).end('{"code":410}'),
        (response) => response.writeHead(503).end('etcd is away'),
        (response) => response.destroy(),
        (response) => response.writeHead(200).end('{"type":"ERROR","object":{"code":410}}\n'),
        stays,
      ],
      4,
    );
    expect(asked).to.have.length(6);
  });
});
