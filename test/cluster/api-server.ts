/**
 * A server on loopback that answers GETs as the API server would, and a kubeconfig that leads to
 * it.
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { withFolder } from '../cli/run.ts';

export interface Reply {
  readonly status?: number;
  readonly body: unknown;
}

export interface FakeApi {
  readonly url: string;
  readonly kubeconfig: string;
  readonly folder: string;
  /** Method and URL of each request, in order. */
  readonly asked: readonly string[];
}

/** What the API server sends where it refuses. */
export function status(code: number, message: string): Reply {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code },
  };
}

/**
 * Runs `use` against a server that answers with what `answer` gives for a path; 404 where it gives
 * nothing.
 */
export async function withApi<T>(
  answer: (path: string, query: URLSearchParams) => Reply | undefined,
  use: (api: FakeApi) => Promise<T>,
): Promise<T> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const reply = answer(pathname, searchParams) ?? status(404, 'pods "nobody" not found');
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status ?? 200).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await withFolder({}, async (folder) => {
      const kubeconfig = join(folder, 'config');
      await writeFile(kubeconfig, kubeconfigText({ server: url }));
      return use({ url, kubeconfig, folder, asked });
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export interface KubeconfigParts {
  readonly server: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly current?: string | null;
}

/** JSON is YAML. */
export function kubeconfigText({
  server,
  context = 'here',
  namespace = 'shop',
  current = context,
}: KubeconfigParts): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server } }],
    users: [{ name: context, user: { token: 'sesame' } }],
    contexts: [{ name: context, context: { cluster: context, user: context, namespace } }],
    ...(current !== null && { 'current-context': current }),
  });
}
