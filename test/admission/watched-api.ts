/**
 * An API server on loopback that lists and watches ImageProfiles and Exemptions, as far as a test
 * tells it to.
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withFolder } from '../cli/run.ts';
import { kubeconfigText } from '../cluster/api-server.ts';

export interface WatchedApi {
  readonly kubeconfig: string;
  /** What is asked next of ImageProfiles is answered by this. */
  answer: (request: Asked) => void | Promise<void>;
  /** What is asked next of Exemptions: by default there are none. */
  answerExemptions: (request: Asked) => void | Promise<void>;
  /** The queries of all lists and watches of ImageProfiles. */
  readonly asked: URLSearchParams[];
  /** The bodies of all patches, by path. */
  readonly patched: readonly (readonly [path: string, body: string])[];
}

export interface Asked {
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  readonly reply: (status: number, body: object) => void;
  /** Sends these lines, and leaves the answer open. */
  readonly stream: (...events: readonly (object | string)[]) => void;
  /** Breaks the connection. */
  readonly destroy: () => void;
}

export const list = (
  version: string,
  items: readonly object[],
  more: { readonly continue?: string } = {},
): object => ({ metadata: { resourceVersion: version, ...more }, items });

/** `version`: of the object as a whole; its author wrote it as often as `generation` says. */
export function profile(name: string, path: string, generation = 1, version = '1'): object {
  return {
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'ImageProfile',
    metadata: {
      ...{ name, uid: `uid-of-${name}`, resourceVersion: version, generation },
      creationTimestamp: '2026-11-29T10:00:00Z',
    },
    spec: {
      images: [`registry.corp/${name}`],
      writable: [{ path, why: 'state' }],
      evidence: [{ kind: 'source', ref: 'example/x Dockerfile', seen: '2026-11-29' }],
    },
  };
}

/** Of the namespace `shop`, for the images of `registry.corp/agent`. */
export function exemption(name: string, spec: object = {}, generation = 1): object {
  return {
    apiVersion: 'lithopod.dev/v1alpha1',
    kind: 'Exemption',
    metadata: {
      ...{ name, namespace: 'shop', uid: `uid-of-${name}`, resourceVersion: '1', generation },
      creationTimestamp: '2026-11-29T10:00:00Z',
    },
    spec: {
      images: ['registry.corp/agent'],
      rules: ['no-privileged'],
      reason: 'It loads a module of the kernel.',
      expires: '2099-01-01',
      ...spec,
    },
  };
}

export async function withWatchedApi(use: (api: WatchedApi) => Promise<void>): Promise<void> {
  await withFolder({}, async (folder) => {
    const kubeconfig = join(folder, 'config');
    const patched: (readonly [string, string])[] = [];
    const api: WatchedApi = {
      kubeconfig,
      answer: ({ reply }) => {
        reply(503, {});
      },
      answerExemptions: ({ isWatch, reply }) => {
        if (!isWatch) reply(200, list('1', []));
      },
      asked: [],
      patched,
    };
    const server = createServer((request, response) => {
      void handle(request, response).catch((error: unknown) => {
        response.destroy(error as Error);
      });
    });
    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://fake');
      const reply = (status: number, body: object): void => {
        response.writeHead(status).end(JSON.stringify(body));
      };
      if (request.method === 'PATCH') {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        patched.push([pathname, body]);
        reply(200, {});
        return;
      }
      const isExemption = pathname.endsWith('/exemptions');
      if (!isExemption) api.asked.push(query);
      await (isExemption ? api.answerExemptions : api.answer)({
        query,
        isWatch: query.has('watch'),
        reply,
        stream: (...events) => {
          if (!response.headersSent) response.writeHead(200).flushHeaders();
          for (const event of events) {
            response.write(typeof event === 'string' ? event : `${JSON.stringify(event)}\n`);
          }
        },
        destroy: () => response.destroy(),
      });
    };
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await writeFile(kubeconfig, kubeconfigText({ server: `http://127.0.0.1:${port}` }));
    try {
      await use(api);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}
